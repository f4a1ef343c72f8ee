/// A child's life as a value: decides what a reader gets, when the group is signalled, and when a deadline is due.
///
/// It makes no system calls and reads no clock. After each event the driver sends what `takeSignal()` returns.
struct ChildMachine {
  typealias Instant = ContinuousClock.Instant

  enum Phase: Equatable {
    case running
    /// SIGTERM was sent; SIGKILL follows at the deadline.
    case terminating
    /// SIGKILL was sent.
    case killed
    case ended(ProcessExit)
  }

  enum Signal: Equatable {
    case terminate, kill
  }

  enum Demand {
    /// A line without its line feed.
    case line
    /// Whatever has arrived.
    case bytes
  }

  enum Outcome: Equatable {
    case bytes([UInt8])
    case end
    case failed(ChildProcessError)
  }

  struct Limits {
    var outputBytes: Int
    var errorBytes: Int
    var lineBytes: Int
    var timeout: Duration?
    var grace: Duration
  }

  /// How much is read before anyone asks for it.
  static let readAheadBytes = 64 << 10
  /// Instants cannot be added to without end: longer durations are as good as none.
  private static let longestDuration = Duration.seconds(100 * 365 * 86_400)

  private let limits: Limits
  private(set) var phase = Phase.running
  /// Why the child is being ended or was; `nil` for a child that ended by itself or by `terminate`.
  private(set) var failure: ChildProcessError?
  /// When to call `deadlineReached`.
  private(set) var deadline: Instant?
  private var signal: Signal?
  private var output = LineBuffer()
  private var outputIsOpen = true
  private var outputBytes = 0
  private var errors: TailBuffer

  init(_ limits: Limits, now: Instant) {
    self.limits = limits
    errors = TailBuffer(limit: limits.errorBytes)
    deadline = limits.timeout.map { now + min($0, Self.longestDuration) }
  }

  var exit: ProcessExit? {
    if case .ended(let exit) = phase { exit } else { nil }
  }

  var errorTail: [UInt8] { errors.bytes }

  /// Whether standard output should be read now: for a reader, a little ahead of one, or to be thrown away so that a
  /// child that is being ended does not hang on a full pipe.
  func wantsOutput(readerWaits: Bool) -> Bool {
    outputIsOpen && (failure != nil || readerWaits || output.count < Self.readAheadBytes)
  }

  // Events.

  mutating func outputArrived(_ bytes: UnsafeRawBufferPointer, now: Instant) {
    guard failure == nil else { return }
    let accepted = min(bytes.count, limits.outputBytes - outputBytes)
    output.append(UnsafeRawBufferPointer(rebasing: bytes[..<accepted]))
    outputBytes += accepted
    if accepted < bytes.count { fail(.outputTooLong(limits.outputBytes), now: now) }
  }

  mutating func outputEnded() {
    outputIsOpen = false
  }

  mutating func errorsArrived(_ bytes: UnsafeRawBufferPointer) {
    errors.append(bytes)
  }

  /// What a reader gets now; `nil` to wait.
  mutating func take(_ demand: Demand, now: Instant) -> Outcome? {
    // What came before the output's limit is still good, whenever the reader asks.
    if let failure, failure.code != .outputTooLong { return .failed(failure) }
    switch demand {
    case .bytes:
      if let bytes = output.takeAll() { return .bytes(bytes) }
    case .line:
      switch output.takeLine(limit: limits.lineBytes) {
      case .complete(let line):
        return .bytes(line)
      case .tooLong:
        failure = nil
        let error = ChildProcessError.lineTooLong(limits.lineBytes)
        fail(error, now: now)
        return .failed(error)
      case nil:
        break
      }
    }
    if let failure { return .failed(failure) }
    if outputIsOpen { return nil }
    return output.takeAll().map { .bytes($0) } ?? .end
  }

  mutating func terminate(now: Instant) {
    guard phase == .running else { return }
    if limits.grace > .zero {
      phase = .terminating
      deadline = now + min(limits.grace, Self.longestDuration)
      signal = .terminate
    } else {
      kill()
    }
  }

  /// Ends the child because of an error. The first error stays.
  mutating func fail(_ error: ChildProcessError, now: Instant) {
    guard failure == nil else { return }
    failure = error
    if error.code != .outputTooLong { output.removeAll() }
    terminate(now: now)
  }

  /// A child that has ended is beyond cancelling: its output and exit stay as they are.
  mutating func cancel(now: Instant) {
    if exit == nil { fail(.cancelled, now: now) }
  }

  mutating func deadlineReached(now: Instant) {
    guard let deadline, now >= deadline else { return }
    switch phase {
    case .running: fail(.timedOut(limits.timeout ?? .zero), now: now)
    case .terminating: kill()
    case .killed, .ended: self.deadline = nil
    }
  }

  /// The child is gone, and so is whatever was left in its group. No output follows.
  mutating func ended(_ exit: ProcessExit) {
    phase = .ended(exit)
    outputIsOpen = false
    deadline = nil
    signal = nil
  }

  /// What to send to the child's group, once.
  mutating func takeSignal() -> Signal? {
    defer { signal = nil }
    return signal
  }

  private mutating func kill() {
    phase = .killed
    deadline = nil
    signal = .kill
  }
}
