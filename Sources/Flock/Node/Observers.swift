public import FlockCore
public import FlockKernel
import Synchronization

/// What an observer of a program sees. Nothing here is durable; the store's history is.
public enum FlockEvent: Sendable {
  case started(run: RunID, agent: String, attempt: UInt32)
  /// Partial output of a run, in order; `sequence` counts from 0 within the attempt's observer.
  case partial(run: RunID, agent: String, text: String)
  case finished(Outcome)
  case published(Artifact)
}

/// A bounded stream of events. An observer that lags loses the oldest, and knows how many.
public struct FlockEvents: AsyncSequence, Sendable {
  let observer: Observer
  let hub: ObserverHub

  public struct Iterator: AsyncIteratorProtocol {
    let observer: Observer
    public mutating func next() async -> FlockEvent? { await observer.next() }
    public mutating func next(isolation actor: isolated (any Actor)?) async -> FlockEvent? { await observer.next() }
  }

  public func makeAsyncIterator() -> Iterator { Iterator(observer: observer) }

  /// Events that this observer was too slow for.
  public var dropped: Int { observer.dropped }

  /// Ends the stream.
  public func cancel() { hub.remove(observer) }
}

final class Observer: Sendable {
  private struct State {
    var events: [FlockEvent] = []
    var head = 0
    var dropped = 0
    var isEnded = false
    var waiter: CheckedContinuation<FlockEvent?, Never>?
  }

  private let capacity: Int
  private let state = Mutex(State())

  init(capacity: Int) { self.capacity = max(1, capacity) }

  var dropped: Int { state.withLock { $0.dropped } }

  func send(_ event: FlockEvent) {
    let waiter = state.withLock { state -> CheckedContinuation<FlockEvent?, Never>? in
      guard !state.isEnded else { return nil }
      if let waiter = state.waiter {
        state.waiter = nil
        return waiter
      }
      if state.events.count - state.head >= capacity {
        state.head += 1
        state.dropped += 1
      }
      state.events.append(event)
      if state.head > capacity {
        state.events.removeFirst(state.head)
        state.head = 0
      }
      return nil
    }
    waiter?.resume(returning: event)
  }

  func next() async -> FlockEvent? {
    await withTaskCancellationHandler {
      await withCheckedContinuation { (continuation: CheckedContinuation<FlockEvent?, Never>) in
        let (isReady, event) = state.withLock { state -> (Bool, FlockEvent?) in
          if state.head < state.events.count {
            state.head += 1
            return (true, state.events[state.head - 1])
          }
          if state.isEnded || Task.isCancelled { return (true, nil) }
          precondition(state.waiter == nil, "one task at a time reads an event stream")
          state.waiter = continuation
          return (false, nil)
        }
        if isReady { continuation.resume(returning: event) }
      }
    } onCancel: {
      end()
    }
  }

  func end() {
    let waiter = state.withLock { state in
      state.isEnded = true
      defer { state.waiter = nil }
      return state.waiter
    }
    waiter?.resume(returning: nil)
  }
}

/// Hands events to observers; costs one atomic load where nobody observes.
final class ObserverHub: Sendable {
  private let capacity: Int
  private let count = Atomic<Int>(0)
  private let observers = Mutex<[Observer]>([])

  init(capacity: Int) { self.capacity = capacity }

  var isObserved: Bool { count.load(ordering: .relaxed) > 0 }

  func add() -> FlockEvents {
    let observer = Observer(capacity: capacity)
    observers.withLock { $0.append(observer) }
    count.wrappingAdd(1, ordering: .relaxed)
    return FlockEvents(observer: observer, hub: self)
  }

  func remove(_ observer: Observer) {
    let isRemoved = observers.withLock { observers -> Bool in
      let before = observers.count
      observers.removeAll { $0 === observer }
      return observers.count < before
    }
    if isRemoved { count.wrappingAdd(-1, ordering: .relaxed) }
    observer.end()
  }

  func endAll() {
    for observer in observers.withLock({ $0 }) { remove(observer) }
  }

  private func send(_ event: FlockEvent) {
    for observer in observers.withLock({ $0 }) { observer.send(event) }
  }

  func started(_ context: RunContext) {
    send(.started(run: context.run, agent: context.agent, attempt: context.attempt))
  }

  func partial(_ context: RunContext, _ text: String) {
    guard isObserved else { return }
    send(.partial(run: context.run, agent: context.agent, text: text))
  }

  func committed(_ commit: ShardCommit) {
    for artifact in commit.outputs { send(.published(artifact)) }
    for outcome in commit.outcomes { send(.finished(outcome)) }
  }

  func published(_ artifacts: [Artifact]) {
    for artifact in artifacts { send(.published(artifact)) }
  }
}
