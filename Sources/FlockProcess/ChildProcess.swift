/// A program that runs beside this one, with pipes to its standard input, output and error.
///
/// The child leads a process group of its own, and the group is what is ended: SIGTERM, and SIGKILL after
/// `terminationGrace`. That happens when the child runs longer than `timeout`, breaks a limit, when a task that awaits
/// it is cancelled, and when the last reference to this object goes. The kernel kills the child when this process dies.
/// As soon as the child has ended, whatever it left in its group is killed and the child is reaped, so that it never
/// stays a zombie. Descendants that move to a group or session of their own are out of reach.
///
/// Any task may use it; at a time, one may read. A thread of its own serves all children; no call blocks its caller's
/// thread.
public final class ChildProcess: Sendable {
  private let link: ChildLink

  private init(_ link: ChildLink) {
    self.link = link
  }

  deinit {
    link.cancel()
  }

  /// Starts a child and returns when its program runs.
  ///
  /// - Throws: `ChildProcessError`, when nothing was started; `CancellationError`, when the task was cancelled. Either
  ///   way no process is left.
  public static func spawn(_ configuration: ChildProcessConfiguration) async throws -> ChildProcess {
    try Task.checkCancellation()
    try configuration.validate()
    let reactor = try ChildReactor.shared()
    let outcome = await withCheckedContinuation { reactor.send(.launch(configuration, $0)) }
    let child = ChildProcess(try outcome.get())
    if Task.isCancelled {
      // Waiting in a cancelled task ends the child.
      _ = await child.waitForExit()
      throw CancellationError()
    }
    return child
  }

  /// The process's id, which is its group's id too. It may belong to another process once the child has ended.
  public var pid: Int32 { link.pid }

  /// How the child ended; `nil` while it runs.
  public var exit: ProcessExit? { link.peek { $0.machine.exit } }

  /// Why the child is being or was ended; `nil` if it ended by itself or by `terminate()`.
  public var failure: ChildProcessError? { link.peek { $0.machine.failure } }

  /// The last bytes of standard error, at most `maximumErrorBytes`. Complete once `waitForExit()` has returned.
  public var standardErrorTail: [UInt8] { link.peek { $0.machine.errorTail } }

  /// Writes to standard input and returns when the pipe has taken all of it. Calls are served in their order.
  ///
  /// The child's reading is the back-pressure: a call waits as long as the child does not read. A child that writes
  /// while it reads needs a reader at the same time, or both sides wait for each other.
  /// - Throws: `ChildProcessError`: `inputClosed`, or why the child was ended; `CancellationError`, which ends the child.
  public func write(_ bytes: [UInt8]) async throws {
    if case .failure(let error) = await link.write(bytes) { throw Self.thrown(error) }
  }

  /// Closes standard input after the writes that wait already. May be called again.
  public func closeInput() {
    link.closeInput()
  }

  /// The next line of standard output without its line feed (a carriage return stays), or `nil` at the end. A last line
  /// without a line feed counts if it is not empty.
  ///
  /// The output is read at most 64 KiB ahead of its reader: a child whose output nobody reads waits.
  /// - Throws: `ChildProcessError`: `lineTooLong`, `outputTooLong`, `timedOut`, or why else the child was ended;
  ///   `CancellationError`, which ends the child.
  public func nextLine() async throws -> [UInt8]? {
    try await read(.line)
  }

  /// The next bytes of standard output, as many as have arrived and at least one, or `nil` at the end.
  ///
  /// Reads ahead and throws as `nextLine()` does, `lineTooLong` excepted.
  public func nextBytes() async throws -> [UInt8]? {
    try await read(.bytes)
  }

  /// Ends the child's group: SIGTERM now, SIGKILL after `terminationGrace`. Returns at once; output that was written
  /// may still be read.
  public func terminate() {
    link.terminate()
  }

  /// Waits until the child is gone and reaped, and says how it ended. Any number of tasks may wait.
  ///
  /// A child with output that nobody reads may never end: read to the end first, or call `terminate()`. When the
  /// waiting task is cancelled the child is ended; the call still returns only when it is gone.
  public func waitForExit() async -> ProcessExit {
    await link.exit()
  }

  private func read(_ demand: ChildMachine.Demand) async throws -> [UInt8]? {
    switch await link.read(demand) {
    case .bytes(let bytes): return bytes
    case .end: return nil
    case .failed(let error): throw Self.thrown(error)
    }
  }

  /// A cancelled task gets what cancelled tasks get; others that used the same child learn why it ended.
  static func thrown(_ error: ChildProcessError) -> any Error {
    error.code == .cancelled && Task.isCancelled ? CancellationError() : error
  }
}
