/// Why a child process could not be started, was ended, or could not be written to.
///
/// The message says how to mend it. It names programs, directories and variables, and never holds the value of an
/// environment variable, an argument, or what the child read or wrote.
public struct ChildProcessError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What happened.
  public let code: Code
  /// For a person: what happened and how to mend it.
  public let message: String
  /// The system's error number, when a system call failed.
  public let errorNumber: Int32?

  /// The same call may go through later without a change: the machine was short of processes, descriptors or memory.
  public var isRetriable: Bool { code == .resourcesExhausted }

  public var description: String {
    errorNumber.map { "\(code): \(message) (errno \($0))" } ?? "\(code): \(message)"
  }

  init(_ code: Code, _ message: String, errorNumber: Int32? = nil) {
    self.code = code
    self.message = message
    self.errorNumber = errorNumber
  }
}

extension ChildProcessError {
  /// What happened, as a stable word.
  public struct Code: Sendable, Hashable, CustomStringConvertible {
    private enum Name: String {
      case invalidConfiguration, executableNotFound, executableRefused, workingDirectoryUnavailable, argumentsTooLong
      case resourcesExhausted, systemCallFailed
      case inputClosed, lineTooLong, outputTooLong, timedOut, cancelled
    }

    private let name: Name

    private init(_ name: Name) { self.name = name }

    /// A field of the configuration breaks its rule. Nothing was started.
    public static var invalidConfiguration: Code { Code(.invalidConfiguration) }
    /// There is no such program. Nothing was started.
    public static var executableNotFound: Code { Code(.executableNotFound) }
    /// The program is there, but the system does not run it. Nothing was started.
    public static var executableRefused: Code { Code(.executableRefused) }
    /// The working directory is absent or may not be entered. Nothing was started.
    public static var workingDirectoryUnavailable: Code { Code(.workingDirectoryUnavailable) }
    /// Arguments and environment together exceed what the system passes to a program. Nothing was started.
    public static var argumentsTooLong: Code { Code(.argumentsTooLong) }
    /// No more processes, descriptors or memory for now.
    public static var resourcesExhausted: Code { Code(.resourcesExhausted) }
    /// A system call failed in a way that no configuration explains.
    public static var systemCallFailed: Code { Code(.systemCallFailed) }
    /// The child, or `closeInput()`, closed its standard input, or the child ended.
    public static var inputClosed: Code { Code(.inputClosed) }
    /// A line exceeds `maximumLineBytes`. The child's group is being ended.
    public static var lineTooLong: Code { Code(.lineTooLong) }
    /// Standard output exceeds `maximumOutputBytes`. The child's group is being ended.
    public static var outputTooLong: Code { Code(.outputTooLong) }
    /// The child ran longer than `timeout`. Its group is being ended.
    public static var timedOut: Code { Code(.timedOut) }
    /// A task that awaited the child was cancelled. The child's group is being ended.
    public static var cancelled: Code { Code(.cancelled) }

    /// The code's stable name: `process.timedOut`.
    public var description: String { "process." + name.rawValue }
  }
}

extension ChildProcessError {
  static let cancelled = ChildProcessError(
    .cancelled, "a task that awaited the child was cancelled, which ends the child; start another one")

  static let inputClosed = ChildProcessError(
    .inputClosed, "the child's standard input is closed; its exit and standard error may say why")

  static func timedOut(_ timeout: Duration) -> ChildProcessError {
    ChildProcessError(.timedOut, "the child ran longer than \(timeout); raise timeout or give it less to do")
  }

  static func lineTooLong(_ limit: Int) -> ChildProcessError {
    ChildProcessError(
      .lineTooLong, "the child wrote a line of more than \(limit) bytes; raise maximumLineBytes or shorten its lines")
  }

  static func outputTooLong(_ limit: Int) -> ChildProcessError {
    ChildProcessError(
      .outputTooLong,
      "the child wrote more than \(limit) bytes to standard output; raise maximumOutputBytes or make it say less")
  }
}
