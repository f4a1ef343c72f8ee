/// Why a repository cannot be read.
public struct GitError: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Code: String, Sendable {
    /// There is no such directory.
    case notADirectory
    case notARepository
    /// The directory belongs to somebody else, and git does not trust it.
    case notTrusted
    /// A range that is malformed.
    case invalidRange
    /// A revision of the range that is not in the repository.
    case unknownRevision
    /// git is not installed.
    case gitMissing
    /// git answered more than the limit.
    case tooLarge
    case timedOut
    /// git failed, or answered what no git answers.
    case failed
  }

  public let code: Code
  public let message: String

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }

  /// The same call may go through later.
  var isRetriable: Bool { code == .timedOut || code == .failed }
}
