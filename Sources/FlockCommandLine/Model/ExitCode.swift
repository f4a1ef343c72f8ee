/// What the program's status says; the numbers from 64 on are those of BSD's sysexits.
public enum ExitCode: Int32, Sendable, CaseIterable {
  case success = 0
  case failure = 1
  case partialFailure = 2
  case usage = 64
  case badInput = 65
  case noInput = 66
  case unavailable = 69
  case cannotCreate = 73
  case temporary = 75
  case configuration = 78
  case interrupted = 130

  public var meaning: String {
    switch self {
    case .success: "Done."
    case .failure: "It failed."
    case .partialFailure: "Some of the work failed or was dead-lettered."
    case .usage: "The command line is wrong."
    case .badInput: "The input data is wrong."
    case .noInput: "An input is missing or cannot be read."
    case .unavailable: "A service that is needed does not answer."
    case .cannotCreate: "An output cannot be created."
    case .temporary: "Another process holds it, or it is busy: try again later."
    case .configuration: "The configuration is wrong."
    case .interrupted: "Interrupted by a signal."
    }
  }
}

/// An error that knows the status it ends the program with. Its `description` is what the user reads.
public protocol ExitCodeProviding: Error {
  var exitCode: ExitCode { get }
}

/// The plain way for a command to stop: a message and a status.
public struct CommandFailure: ExitCodeProviding, CustomStringConvertible {
  public let exitCode: ExitCode
  public let message: String

  public init(_ exitCode: ExitCode, _ message: String) {
    self.exitCode = exitCode
    self.message = message
  }

  public var description: String { message }
}
