/// An operating error: what happened, where, and how to mend it. Never holds a payload or a secret.
public struct FlockError: Error, Sendable, CustomStringConvertible {
  public let code: ErrorCode
  /// For a person: says where it happened and what to do.
  public let message: String
  /// The same call may go through later.
  public let isRetriable: Bool
  /// The session, or the program's part that raised it, cannot go on.
  public let isFatal: Bool
  public let underlying: (any Error)?

  public init(
    _ code: ErrorCode, _ message: String, isRetriable: Bool = false, isFatal: Bool = false,
    underlying: (any Error)? = nil
  ) {
    self.code = code
    self.message = message
    self.isRetriable = isRetriable
    self.isFatal = isFatal
    self.underlying = underlying
  }

  public var description: String { "\(code): \(message) (see Documentation/errors/\(code).md)" }
}

/// A short text for any error, without the noise of nested Swift types.
package func describe(_ error: any Error) -> String {
  switch error {
  case let error as FlockError: return "\(error.code): \(error.message)"
  case let error as DecodingError: return describe(decoding: error)
  case is CancellationError: return "cancelled"
  default: return String(describing: error)
  }
}

private func describe(decoding error: DecodingError) -> String {
  func path(_ context: DecodingError.Context) -> String {
    context.codingPath.isEmpty
      ? "at the top" : "at " + context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
  }
  switch error {
  case .keyNotFound(let key, let context): return "'\(key.stringValue)' is missing \(path(context))"
  case .typeMismatch(let type, let context): return "a \(type) is expected \(path(context))"
  case .valueNotFound(let type, let context): return "a \(type) is expected, not null, \(path(context))"
  case .dataCorrupted(let context): return "\(context.debugDescription) \(path(context))"
  @unknown default: return String(describing: error)
  }
}
