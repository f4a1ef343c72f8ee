public import FlockCore
public import FlockKernel

/// Called around an agent's runs. For one run, with hooks A and B added in that order:
///
/// A.willRun, B.willRun, engine, then for success B.didRun, A.didRun; for an error B.didFail, A.didFail.
/// `willPublish` is called for each output after the contract's filter and before its validation, A before B.
public protocol AgentHooks: Sendable {
  /// Before the first run of the agent, after the orchestrator's `willStart`.
  func didStart(agent: String) async throws
  /// Throwing fails the attempt before the engine is asked.
  func willRun(_ context: RunContext) async throws
  /// May throw to refuse an output: the attempt fails.
  func willPublish(_ payload: Payload, _ context: RunContext) throws
  /// The attempt has ended well; its outputs are not durable yet.
  func didRun(_ context: RunContext) async throws
  /// The attempt has failed. Errors of this hook are not passed on.
  func didFail(_ context: RunContext, _ error: any Error) async
  /// After the last run of the agent.
  func didStop(agent: String) async
  /// Whether the hooks around a run do anything: false spares them their calls.
  var observesRuns: Bool { get }
}

extension AgentHooks {
  public func didStart(agent: String) async throws {}
  public func willRun(_ context: RunContext) async throws {}
  public func willPublish(_ payload: Payload, _ context: RunContext) throws {}
  public func didRun(_ context: RunContext) async throws {}
  public func didFail(_ context: RunContext, _ error: any Error) async {}
  public func didStop(agent: String) async {}
  public var observesRuns: Bool { true }
}

/// Called by the orchestrator. Order of a program's life: `willStart`, agents' `didStart`, then for each publication
/// `willPublish`; for each committed outcome `didCommit`; `didBecomeIdle`; at the end agents' `didStop`, `didStop`.
public protocol FlockHooks: Sendable {
  func willStart() async throws
  /// Before anything is stored: may change the artifact's replacement, or throw to refuse it. What is refused is not stored.
  func willPublish(_ artifact: Artifact) async throws -> Artifact
  /// After the commit; called on the committing task, so keep it short.
  func didCommit(_ outcomes: [Outcome]) async
  func didBecomeIdle() async
  func didStop() async
}

extension FlockHooks {
  public func willStart() async throws {}
  public func willPublish(_ artifact: Artifact) async throws -> Artifact { artifact }
  public func didCommit(_ outcomes: [Outcome]) async {}
  public func didBecomeIdle() async {}
  public func didStop() async {}
}
