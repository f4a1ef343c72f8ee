public import FlockCore

/// A promise that was not kept: what was expected, and what came instead.
///
/// The kit throws it instead of calling a test framework, so that it works with any of them.
public struct ConformanceFailure: Error, Sendable, Hashable, CustomStringConvertible {
  /// For a person.
  public let message: String

  public init(_ message: String) { self.message = message }

  public var description: String { message }
}

/// - Throws: ``ConformanceFailure`` with the message unless the condition holds.
public func require(_ condition: Bool, _ message: @autoclosure () -> String) throws(ConformanceFailure) {
  guard condition else { throw ConformanceFailure(message()) }
}

/// - Throws: ``ConformanceFailure`` that names both values unless they are equal.
public func requireEqual<T: Equatable>(_ found: T, _ expected: T, _ what: @autoclosure () -> String) throws(ConformanceFailure) {
  guard found == expected else {
    throw ConformanceFailure("\(what()): \(short(expected)) was expected, \(short(found)) was found")
  }
}

/// - Throws: ``ConformanceFailure`` unless the value is there.
public func requireValue<T>(_ value: T?, _ what: @autoclosure () -> String) throws(ConformanceFailure) -> T {
  guard let value else { throw ConformanceFailure("\(what()) is missing") }
  return value
}

/// - Throws: ``ConformanceFailure`` unless the body throws a ``FlockError`` with the code.
@discardableResult
public func requireRefusal<T>(
  _ code: ErrorCode, _ what: @autoclosure () -> String, _ body: () async throws -> T
) async throws(ConformanceFailure) -> FlockError {
  do {
    _ = try await body()
  } catch let error as FlockError where error.code == code {
    return error
  } catch {
    throw ConformanceFailure("\(what()): an error '\(code)' was expected, but it was: \(error)")
  }
  throw ConformanceFailure("\(what()): an error '\(code)' was expected, but it went through")
}

/// A value's text, cut so that a failure stays readable.
private func short<T>(_ value: T) -> String {
  let text = String(describing: value)
  return text.count <= 600 ? text : text.prefix(600) + "... (\(text.count) characters)"
}
