import Glibc

/// Why a ``TextWriter`` writes no more.
public enum WriteFailure: Error, Hashable, Sendable, CustomStringConvertible {
  /// The reader went away, as `head` does when it has seen enough. Not worth a message.
  case readerGone
  /// A collecting writer's limit is reached.
  case full
  /// The system refused, with this `errno`.
  case system(Int32)

  public var description: String {
    switch self {
    case .readerGone: "the reader went away"
    case .full: "the limit of the collected text is reached"
    case .system(let code): WriteFailure.text(of: code)
    }
  }

  private static func text(of code: Int32) -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
