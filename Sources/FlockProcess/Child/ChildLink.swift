import CFlockProcess
import Glibc
import Synchronization

/// A child between the tasks that await it and the reactor that serves it.
///
/// Everything mutable is behind one lock, system calls on the descriptors included, none of which blocks. The reactor
/// holds the link until the child is gone, so that a forgotten child is still ended and reaped.
final class ChildLink: Sendable {
  /// Names a channel of a child for the poller.
  struct Token {
    enum Channel: UInt64 {
      case input, output, errors, handle
    }

    let id: UInt64
    let channel: Channel

    init(_ id: UInt64, _ channel: Channel) {
      self.id = id
      self.channel = channel
    }

    init(_ rawValue: UInt64) {
      id = rawValue >> 2
      channel = Channel(rawValue: rawValue & 3) ?? .handle
    }

    var rawValue: UInt64 { id << 2 | channel.rawValue }
  }

  struct Channel: Sendable {
    let descriptor: Int32
    var isWatched = false
  }

  struct Reader: Sendable {
    let demand: ChildMachine.Demand
    let continuation: CheckedContinuation<ChildMachine.Outcome, Never>
  }

  struct PendingWrite: Sendable {
    let bytes: [UInt8]
    var written = 0
    let continuation: CheckedContinuation<Result<Void, ChildProcessError>, Never>
  }

  struct State: Sendable {
    var machine: ChildMachine
    var input: Channel?
    var output: Channel?
    var errors: Channel?
    var handle: Channel?
    var reader: Reader?
    var writes: [PendingWrite] = []
    var closesInputAfterWrites = false
    var exitWaiters: [CheckedContinuation<ProcessExit, Never>] = []
    /// What the reactor knows.
    var announcedDeadline: ContinuousClock.Instant?
  }

  let id: UInt64
  let pid: Int32
  let reactor: ChildReactor
  private let state: Mutex<State>

  init(
    id: UInt64, pid: Int32, configuration: ChildProcessConfiguration, reactor: ChildReactor,
    input: Int32, output: Int32, errors: Int32, handle: Int32
  ) {
    self.id = id
    self.pid = pid
    self.reactor = reactor
    let limits = ChildMachine.Limits(
      outputBytes: configuration.maximumOutputBytes, errorBytes: configuration.maximumErrorBytes,
      lineBytes: configuration.maximumLineBytes, timeout: configuration.timeout,
      grace: configuration.terminationGrace)
    let machine = ChildMachine(limits, now: .now)
    state = Mutex(
      State(
        machine: machine, input: Channel(descriptor: input), output: Channel(descriptor: output),
        errors: Channel(descriptor: errors), handle: Channel(descriptor: handle), announcedDeadline: machine.deadline))
  }

  /// Runs a step under the lock, then does what follows from it. Continuations are resumed outside the lock.
  @discardableResult
  func step<Value: Sendable>(_ body: (inout State) -> Value) -> Value {
    var effects = Effects()
    let value = state.withLock { state in
      let value = body(&state)
      settle(&state, &effects)
      return value
    }
    if effects.deadlineChanged { reactor.send(.reschedule(id)) }
    effects.resume()
    return value
  }

  func peek<Value: Sendable>(_ body: (borrowing State) -> Value) -> Value {
    state.withLock { body($0) }
  }

  // From tasks.

  var deadline: ContinuousClock.Instant? { peek { $0.machine.deadline } }

  func read(_ demand: ChildMachine.Demand) async -> ChildMachine.Outcome {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        step { state in
          precondition(state.reader == nil, "one task at a time may read a child's output")
          state.reader = Reader(demand: demand, continuation: continuation)
        }
      }
    } onCancel: {
      cancel()
    }
  }

  func write(_ bytes: [UInt8]) async -> Result<Void, ChildProcessError> {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let refusal: ChildProcessError? = step { state in
          if let failure = state.machine.failure { return failure }
          if state.input == nil || state.closesInputAfterWrites { return .inputClosed }
          state.writes.append(PendingWrite(bytes: bytes, continuation: continuation))
          return nil
        }
        if let refusal { continuation.resume(returning: .failure(refusal)) }
      }
    } onCancel: {
      cancel()
    }
  }

  func exit() async -> ProcessExit {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        step { $0.exitWaiters.append(continuation) }
      }
    } onCancel: {
      cancel()
    }
  }

  func closeInput() {
    step { $0.closesInputAfterWrites = true }
  }

  func terminate() {
    step { $0.machine.terminate(now: .now) }
  }

  func cancel() {
    step { $0.machine.cancel(now: .now) }
  }
}
