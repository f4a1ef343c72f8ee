public import FlockCore
public import FlockKernel
import Synchronization

/// One attempt at one run, as its engine sees it: inputs, context, publishing, durable steps.
// Proof: `let` properties are Sendable values. `startedAt`, `deadline`, `result`, `status` and `board` are written by the
// worker that has the run, or by the node under its lock, and read by whoever takes the run over through that lock.
// `buffer` is a Mutex.
public final class RunContext: @unchecked Sendable {
  public let run: RunID
  /// 0 for the first time, one more for each replay that an operator asked for.
  public let replayNumber: UInt32
  /// Begins with 1.
  public let attempt: UInt32
  public let correlation: CorrelationID
  public let trigger: RunTrigger
  /// What the run consumes.
  public let inputs: RunInputs

  let runtime: AgentRuntime
  let node: Node
  let shard: Int32
  let ref: RunRef
  let priority: Int32
  let recordedContext: [UInt8]?

  enum Status: UInt8 {
    case queued, running, cancelling, disowned, withdrawn
  }

  var status = Status.queued
  var startedAt = Timestamp(nanoseconds: 0)
  var deadline = Timestamp.distantFuture
  var result = AttemptResult.returned
  var isTimedOut = false
  var cancelReason: String?
  let buffer = Mutex(RunBuffer())

  /// What of the board the agent's context provider chose; the same in every attempt once the run has made a step.
  public internal(set) var board: [Artifact] = []

  init(_ description: borrowing RunDescription, runtime: AgentRuntime, node: Node, shard: Int, recordedContext: [UInt8]?) {
    run = description.id
    replayNumber = description.replayNumber
    attempt = description.attempt
    correlation = description.correlation
    trigger = description.trigger
    inputs = description.inputs
    ref = description.ref
    priority = description.priority
    self.runtime = runtime
    self.node = node
    self.shard = Int32(shard)
    self.recordedContext = recordedContext
  }

  public var agent: String { runtime.name }
  /// The artifacts that the run consumes, in the order of the subscription's types, then of arrival.
  public var artifacts: [Artifact] { inputs.artifacts }
  public var isBatch: Bool { trigger == .batch }
  /// The node's clock.
  public var now: Timestamp { node.clock.now() }

  /// The first input of the type.
  /// - Throws: ``FlockError`` with `.typeMismatch` when there is none, `.decodingFailed` when it does not decode.
  @inlinable
  public func input<T: ArtifactPayload>(_ type: T.Type = T.self) throws -> T {
    if case .one(let artifact) = inputs { return try artifact.value(as: type) }
    for artifact in inputs.artifacts where artifact.type.symbol == T.artifactType.symbol {
      return try artifact.value(as: type)
    }
    throw FlockError(.typeMismatch, "run \(run) has no input of type '\(T.artifactType)'")
  }

  /// All inputs of the type, in order of arrival.
  @inlinable
  public func inputs<T: ArtifactPayload>(_ type: T.Type = T.self) throws -> [T] {
    try inputs.artifacts.filter { $0.type.symbol == T.artifactType.symbol }.map { try $0.value(as: type) }
  }

  // MARK: Publishing

  /// Publishes an output of the run: it is on the board when the run's outcome is committed, all of them or none.
  ///
  /// - Parameters:
  ///   - visibility: replaces the contract's rule.
  ///   - correlation: replaces the run's.
  /// - Returns: the id that the artifact will have, `nil` when the contract's filter dropped it.
  /// - Throws: ``FlockError`` with `.contractViolation`; the attempt then fails even if the error is caught.
  @inlinable @discardableResult
  public func publish<T: ArtifactPayload>(
    _ value: T, tags: Tags = Tags(), visibility: Visibility? = nil, partitionKey: String? = nil,
    correlation: CorrelationID? = nil
  ) throws -> ArtifactID? {
    try publish(
      type: T.artifactType, payload: Box(value), tags: tags, visibility: visibility, partitionKey: partitionKey,
      correlation: correlation)
  }

  /// The same for a payload whose type is only known at run time.
  @discardableResult
  public func publish(
    type: ArtifactType, payload: Payload, tags: Tags = Tags(), visibility: Visibility? = nil,
    partitionKey: String? = nil, correlation: CorrelationID? = nil
  ) throws -> ArtifactID? {
    do {
      return try append(type, payload, tags, visibility, partitionKey, correlation)
    } catch {
      buffer.withLock { if $0.violation == nil { $0.violation = error } }
      throw error
    }
  }

  private func append(
    _ type: ArtifactType, _ value: Payload, _ tags: Tags, _ visibility: Visibility?, _ partitionKey: String?,
    _ correlation: CorrelationID?
  ) throws -> ArtifactID? {
    var payload = value
    let slot = runtime.contracts.firstIndex { $0.type.symbol == type.symbol }
    guard let slot else {
      throw FlockError(
        .contractViolation,
        "agent '\(runtime.name)' published '\(type)', which it does not declare; add publishes(...) for it")
    }
    let contract = runtime.contracts[slot]
    if let filter = contract.filter, try !filter.verdict(payload) { return nil }
    for hooks in runtime.hooks { try hooks.willPublish(payload, self) }
    for validation in contract.validations where try !validation.matcher.verdict(payload) {
      throw FlockError(.contractViolation, "agent '\(runtime.name)', output '\(type)': \(validation.message)")
    }
    let rule: Visibility
    if let visibility {
      try visibility.validate()
      rule = visibility
    } else {
      switch contract.visibility {
      case .fixed(let fixed): rule = fixed
      case .computed(let compute): rule = try compute(payload)
      }
    }
    if !tags.isEmpty { try tags.validate() }
    if let partitionKey { try PublishLimits.check(partitionKey: partitionKey) }
    var bytes = 0
    if node.keepsBytes {
      let encoded = try payload.encoded()
      bytes = encoded.count
      payload = EncodedPayload(bytes: encoded, version: type.version)
    }
    let createdAt = startedAt
    return try buffer.withLock { buffer in
      guard !buffer.isClosed else {
        throw FlockError(.cancelled, "run \(run) of agent '\(runtime.name)' has ended; what it publishes now is refused")
      }
      buffer.bytes += bytes
      guard buffer.bytes <= node.maximumOutcomeBytes else { throw OversizedOutcome(bytes: buffer.bytes) }
      guard buffer.count < runtime.definition.limits.maximumOutputs else {
        throw FlockError(
          .contractViolation,
          "agent '\(runtime.name)' published more than \(runtime.definition.limits.maximumOutputs) artifacts in one run (maximumOutputs)")
      }
      let index = buffer.next(slot: slot, of: runtime.contracts.count)
      let id = RunIdentity.output(run: run, replayNumber: replayNumber, slot: UInt32(slot), index: index)
      let artifact = Artifact(
        id: id, type: type, payload: payload, producer: runtime.symbol, correlation: correlation ?? self.correlation,
        partitionKey: partitionKey, tags: contract.tags.isEmpty ? tags : contract.tags.union(tags), visibility: rule,
        createdAt: createdAt, run: run, parents: inputs.parents, depth: inputs.nextDepth)
      buffer.append(artifact)
      return id
    }
  }

  /// Passes partial output to whoever observes the program, such as a model's tokens. Nothing of it is stored, and a
  /// slow observer loses parts, never delays the run.
  public func stream(_ text: String) { node.observers.partial(self, text) }

  /// Closes the run: later calls of `publish` are refused.
  func finish() throws -> RunOutputs {
    let (outputs, violation) = buffer.withLock { buffer in
      buffer.isClosed = true
      return (buffer.take(), buffer.violation)
    }
    if let violation { throw violation }
    for (slot, contract) in runtime.contracts.enumerated() where contract.fanOut != .any {
      let count = outputs.count == 0 ? 0 : outputs.artifacts.count { $0.type.symbol == contract.type.symbol }
      guard contract.fanOut.accepts(count) else {
        throw FlockError(
          .contractViolation,
          "agent '\(runtime.name)' published \(count) artifacts of '\(runtime.contracts[slot].type)'; its contract says \(contract.fanOut)")
      }
    }
    return outputs
  }

  func close() { buffer.withLock { $0.isClosed = true } }
}

/// What a run has published so far, without an allocation for one output of one type.
struct RunBuffer {
  private var first: Artifact?
  private var rest: [Artifact] = []
  private var counts: [UInt32] = []
  private var firstSlot = -1
  private(set) var count = 0
  var bytes = 0
  var isClosed = false
  /// What most runs never have: one word instead of many to make and to destroy.
  private var rare: Rare?

  private final class Rare {
    var violation: (any Error)?
    var steps: [String: Int] = [:]
    var lastStepFailure: (key: StepKey, error: any Error)?
  }

  private mutating func makeRare() -> Rare {
    if let rare { return rare }
    let made = Rare()
    rare = made
    return made
  }

  var violation: (any Error)? {
    get { rare?.violation }
    set { makeRare().violation = newValue }
  }

  /// How often each step's name was asked for.
  var steps: [String: Int] {
    get { rare?.steps ?? [:] }
    set { makeRare().steps = newValue }
  }

  /// A step failed with this error; if it ends the attempt, the step is made again.
  var lastStepFailure: (key: StepKey, error: any Error)? {
    get { rare?.lastStepFailure }
    set { makeRare().lastStepFailure = newValue }
  }

  mutating func next(slot: Int, of slots: Int) -> UInt32 {
    if counts.isEmpty {
      if firstSlot < 0 {
        firstSlot = slot
        return 0
      }
      counts = Array(repeating: 0, count: slots)
      counts[firstSlot] = 1
    }
    defer { counts[slot] += 1 }
    return counts[slot]
  }

  mutating func append(_ artifact: Artifact) {
    count += 1
    if first == nil, rest.isEmpty {
      first = artifact
    } else {
      if rest.isEmpty, let first { rest = [first] }
      rest.append(artifact)
    }
  }

  mutating func take() -> RunOutputs {
    defer {
      first = nil
      rest = []
    }
    if !rest.isEmpty { return .many(rest) }
    return first.map(RunOutputs.one) ?? .none
  }
}

/// The outcome exceeds what the store takes.
struct OversizedOutcome: Error {
  let bytes: Int
}
