/// How a child process ended.
public enum ProcessExit: Sendable, Hashable, CustomStringConvertible {
  /// It ended by itself; 0 means success by convention, and the code is within 0...255.
  case exited(code: Int32)
  /// A signal ended it, for example 15 (SIGTERM) or 9 (SIGKILL).
  case signalled(number: Int32)
  /// It ended, but something else in this process took its status: a `waitpid` for any child, or an ignored SIGCHLD.
  case lost

  /// It exited with code 0.
  public var isSuccess: Bool { self == .exited(code: 0) }

  public var description: String {
    switch self {
    case .exited(let code): "exited with code \(code)"
    case .signalled(let number): "ended by signal \(number)"
    case .lost: "ended with an unknown status, which something else in this process collected"
    }
  }
}
