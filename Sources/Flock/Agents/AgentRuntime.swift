import FlockCore

/// An agent as workers need it.
final class AgentRuntime: Sendable {
  let name: String
  let symbol: Symbol
  let index: Int32
  let definition: AgentDefinition
  let identity: Identity
  let contracts: [Contract]
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
    contracts = agent.definition.outputs.map(Contract.init)
    self.engine = engine
    function = engine as? FunctionEngine
    hooks = agent.hooks
    runHooks = agent.hooks.filter(\.observesRuns)
    contextProvider = agent.contextProvider
    timeoutNanoseconds = agent.definition.limits.timeout?.inNanoseconds ?? .max
  }
}

/// An output contract, shared instead of copied for each output.
final class Contract: Sendable {
  let type: ArtifactType
  let fanOut: OutputContract.FanOut
  let filter: Matcher?
  let validations: [OutputContract.Validation]
  let visibility: OutputContract.VisibilityRule
  let tags: Tags

  init(_ contract: OutputContract) {
    type = contract.type
    fanOut = contract.fanOut
    filter = contract.filter
    validations = contract.validations
    visibility = contract.visibility
    tags = contract.tags
  }
}

/// Bounds of what is published.
enum PublishLimits {
  static let maximumPartitionKeyBytes = 512

  /// What callers and hooks made themselves has the same limits as what is published by value.
  static func check(_ artifact: Artifact, in store: any BlackboardStore) throws {
    if !artifact.tags.isEmpty { try artifact.tags.validate() }
    if let key = artifact.partitionKey { try check(partitionKey: key) }
    if case .public = artifact.visibility {} else { try artifact.visibility.validate() }
    guard store.keepsBytes else { return }
    let bytes = try artifact.payload.encoded().count
    guard bytes <= store.maximumOutcomeBytes else {
      throw FlockError(
        .limitExceeded, "a '\(artifact.type)' of \(bytes) bytes; the store takes \(store.maximumOutcomeBytes) in one artifact")
    }
  }

  static func check(partitionKey: String) throws {
    guard (1...maximumPartitionKeyBytes).contains(partitionKey.utf8.count) else {
      throw FlockError(.limitExceeded, "a partition key has 1 to \(maximumPartitionKeyBytes) bytes, not \(partitionKey.utf8.count)")
    }
  }
}
