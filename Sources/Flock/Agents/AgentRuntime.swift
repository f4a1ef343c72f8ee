import FlockCore

/// An agent as workers need it.
final class AgentRuntime: Sendable {
  let name: String
  let symbol: Symbol
  let index: Int32
  let definition: AgentDefinition
  let identity: Identity
  let contracts: [OutputContract]
  let engine: any Engine
  /// Spares an existential call for the usual engine.
  let function: FunctionEngine?
  let hooks: [any AgentHooks]
  let runHooks: [any AgentHooks]
  let contextProvider: (any ContextProvider)?
  let timeoutNanoseconds: Int64

  init(_ agent: Agent, index: Int, engine: any Engine) {
    name = agent.name
    symbol = Symbol(agent.name)
    self.index = Int32(index)
    definition = agent.definition
    identity = agent.definition.identity
    contracts = agent.definition.outputs
    self.engine = engine
    function = engine as? FunctionEngine
    hooks = agent.hooks
    runHooks = agent.hooks.filter(\.observesRuns)
    contextProvider = agent.contextProvider
    timeoutNanoseconds = agent.definition.limits.timeout?.inNanoseconds ?? .max
  }
}

/// Bounds of what is published.
enum PublishLimits {
  static let maximumPartitionKeyBytes = 512

  static func check(partitionKey: String) throws {
    guard (1...maximumPartitionKeyBytes).contains(partitionKey.utf8.count) else {
      throw FlockError(.limitExceeded, "a partition key has 1 to \(maximumPartitionKeyBytes) bytes, not \(partitionKey.utf8.count)")
    }
  }
}
