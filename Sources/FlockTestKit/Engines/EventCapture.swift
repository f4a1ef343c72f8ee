public import Flock
public import FlockCore
public import FlockKernel
import Synchronization

/// Collects what a program's observers see, from the moment it is made.
public final class EventCapture: Sendable {
  private struct State {
    var events: [FlockEvent] = []
    var overflow = 0
    var isEnded = false
  }

  /// Events that are kept; further ones are counted in ``overflow``. Default 100 000.
  public let limit: Int
  private let stream: FlockEvents
  private let state = Mutex(State())

  public init(_ flock: Flock, limit: Int = 100_000) {
    self.limit = limit
    stream = flock.events()
    Task { [self] in
      for await event in stream { keep(event) }
      state.withLock { $0.isEnded = true }
    }
  }

  private func keep(_ event: FlockEvent) {
    state.withLock { state in
      if state.events.count < limit { state.events.append(event) } else { state.overflow += 1 }
    }
  }

  public var events: [FlockEvent] { state.withLock { $0.events } }
  public var overflow: Int { state.withLock { $0.overflow } }
  /// Events that the capture was too slow for.
  public var dropped: Int { stream.dropped }
  /// The program has ended the stream, or ``stop()`` has.
  public var isEnded: Bool { state.withLock { $0.isEnded } }

  public var published: [Artifact] {
    events.compactMap { event in
      if case .published(let artifact) = event { artifact } else { nil }
    }
  }

  public var outcomes: [Outcome] {
    events.compactMap { event in
      if case .finished(let outcome) = event { outcome } else { nil }
    }
  }

  /// Attempts that were begun, in order: agent and attempt.
  public var starts: [(run: RunID, agent: String, attempt: UInt32)] {
    events.compactMap { event in
      if case .started(let run, let agent, let attempt) = event { (run, agent, attempt) } else { nil }
    }
  }

  /// The partial output of an agent's runs, put together.
  public func text(of agent: String) -> String {
    events.reduce(into: "") { text, event in
      if case .partial(_, agent, let part) = event { text += part }
    }
  }

  /// Waits until the captured events satisfy the condition.
  /// - Throws: ``ConformanceFailure`` at the limit.
  public func wait(
    within limit: Duration = .seconds(10), _ what: String = "the expected events", until condition: (EventCapture) -> Bool
  ) async throws {
    try await eventually(within: limit, what) { condition(self) }
  }

  public func stop() { stream.cancel() }
}
