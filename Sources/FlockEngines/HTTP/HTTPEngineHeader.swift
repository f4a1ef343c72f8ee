#if HTTP
import FlockCore
import FlockHTTP
import Glibc

/// A header field that the engine sends with each request. Its value is in no description, log or error.
public struct HTTPEngineHeader: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  enum Source: Sendable {
    case fixed(String)
    case environment(variable: String, prefix: String)
    case computed(@Sendable () async throws -> String)
  }

  public let name: String
  let source: Source

  /// The same value each time.
  public static func fixed(_ name: String, _ value: String) -> HTTPEngineHeader {
    HTTPEngineHeader(name: name, source: .fixed(value))
  }

  /// The value that an environment variable of this process has when the request is made.
  /// - Parameter prefix: stands before it, such as `"Bearer "`.
  public static func environment(_ name: String, _ variable: String, prefix: String = "") -> HTTPEngineHeader {
    HTTPEngineHeader(name: name, source: .environment(variable: variable, prefix: prefix))
  }

  /// Asked for before each request, such as a token that expires. What it throws fails the attempt, and only the kind
  /// of that error is told.
  public static func computed(_ name: String, _ value: @escaping @Sendable () async throws -> String) -> HTTPEngineHeader {
    HTTPEngineHeader(name: name, source: .computed(value))
  }

  public var description: String { name }
  public var debugDescription: String { name }
  public var customMirror: Mirror { Mirror(self, children: ["name": name]) }

  /// - Throws: `FlockError` that names field and variable, never a value; `CancellationError`.
  func value() async throws -> String {
    switch source {
    case .fixed(let value): return value
    case .environment(let variable, let prefix):
      guard let value = getenv(variable).flatMap({ String(validatingCString: $0) }), !value.isEmpty else {
        throw FlockError(
          .invalidConfiguration, "header '\(name)' takes its value from the variable '\(variable)', which is not set: set it")
      }
      return prefix + value
    case .computed(let make):
      do {
        return try await make()
      } catch is CancellationError {
        throw CancellationError()
      } catch {
        throw FlockError(
          .engineFailed, "the value of header '\(name)' could not be made: a \(type(of: error)) was thrown", isRetriable: true)
      }
    }
  }
}
#endif
