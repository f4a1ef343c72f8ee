/// Does an agent's work: a function, a process, a request; later a model.
///
/// An engine reads its inputs from the context and publishes through it. It may be called many times at once and must
/// honour cancellation: a run that its time-out or an operator ended is cancelled, and disowned after a grace.
public protocol Engine: Sendable {
  /// One attempt at one run.
  /// - Throws: whatever; the run is retried by the agent's policy unless the error is a ``PermanentFailure``.
  func run(_ context: RunContext) async throws
  /// Before the first run. Called once for each agent that has the engine.
  func start() async throws
  /// After the last run.
  func stop() async
}

extension Engine {
  public func start() async throws {}
  public func stop() async {}
}

/// A failure that no retry can mend: the run is dead-lettered at once.
public struct PermanentFailure: Error, Sendable, CustomStringConvertible {
  public let message: String
  public init(_ message: String) { self.message = message }
  public var description: String { message }
}

/// An agent whose work is a Swift function.
public struct FunctionEngine: Engine {
  @usableFromInline let body: @Sendable (RunContext) async throws -> Void

  @inlinable
  public init(_ body: @escaping @Sendable (RunContext) async throws -> Void) { self.body = body }

  @inlinable
  public func run(_ context: RunContext) async throws { try await body(context) }
}
