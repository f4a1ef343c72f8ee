import Flock
import FlockCore
import FlockKernel

/// What the cases publish.
struct Item: ArtifactPayload, Equatable {
  static let artifactType = ArtifactType("conformance.item")
  var number: Int
}

struct Part: ArtifactPayload, Equatable {
  static let artifactType = ArtifactType("conformance.part")
  var number: Int
}

struct Whole: ArtifactPayload, Equatable {
  static let artifactType = ArtifactType("conformance.whole")
  var numbers: [Int]
}

/// Makes artifacts whose ids and instants are the same in every run of a case.
struct ArtifactMaker {
  private var ids: IDGenerator
  private(set) var now = Timestamp(nanoseconds: 1_767_225_600_123_456_789)

  init(seed: UInt64 = 1) { ids = IDGenerator(seed: seed) }

  mutating func artifact<T: ArtifactPayload>(
    _ value: T, producer: Symbol = .external, correlation: CorrelationID? = nil, partitionKey: String? = nil,
    tags: Tags = Tags(), visibility: Visibility = .public, after pause: Duration = .microseconds(1), run: RunID = .none,
    parents: Parents = .none, depth: UInt32 = 0
  ) throws -> Artifact {
    now = now + pause
    return Artifact(
      id: ids.next(at: now), type: T.artifactType, payload: try EncodedPayload(bytes: Box(value).encoded()),
      producer: producer, correlation: correlation, partitionKey: partitionKey, tags: tags, visibility: visibility,
      createdAt: now, run: run, parents: parents, depth: depth)
  }

  mutating func items(_ numbers: Range<Int>, correlation: CorrelationID? = nil) throws -> [Artifact] {
    var made: [Artifact] = []
    for number in numbers { made.append(try artifact(Item(number: number), correlation: correlation)) }
    return made
  }

  /// An artifact that the router sends to the shard.
  mutating func item(_ number: Int, to shard: Int, _ router: ShardRouter, run: RunID = .none, parents: Parents = .none)
    throws -> Artifact
  {
    while true {
      let made = try artifact(Item(number: number), run: run, parents: parents)
      if router.shard(of: made) == shard { return made }
    }
  }

  mutating func id() -> UniqueID {
    now = now + .microseconds(1)
    return ids.next(at: now).value
  }
}

/// Everything of an artifact that a store must keep.
struct ArtifactImage: Equatable, CustomStringConvertible {
  let id: ArtifactID
  let type: ArtifactType
  let payload: [UInt8]
  let producer: String
  let correlation: CorrelationID
  let partitionKey: String?
  let tags: Tags
  let visibility: Visibility
  let createdAt: Timestamp
  let run: RunID
  let parents: [ArtifactID]
  let depth: UInt32

  init(_ artifact: Artifact) throws {
    id = artifact.id
    type = artifact.type
    payload = try artifact.payload.encoded()
    producer = artifact.producer.name
    correlation = artifact.correlation
    partitionKey = artifact.partitionKey
    tags = artifact.tags
    visibility = artifact.visibility
    createdAt = artifact.createdAt
    run = artifact.run
    parents = artifact.parents.ids
    depth = artifact.depth
  }

  var description: String {
    "\(type) \(id) \(String(decoding: payload, as: UTF8.self)) by \(producer) in \(correlation) key \(partitionKey ?? "-")"
      + " tags \(tags.names) \(visibility) at \(createdAt.nanoseconds) run \(run) parents \(parents) depth \(depth)"
  }
}

extension BlackboardStore {
  /// The whole log of a shard, read in pages.
  func log(_ shard: Int, pageSize: Int = 7) async throws -> [LoggedRecord] {
    var found: [LoggedRecord] = []
    while true {
      let batch = try await read(shard: shard, from: Int64(found.count), maximum: pageSize)
      try require(batch.records.count <= pageSize, "a page of \(pageSize) records holds \(batch.records.count)")
      if batch.records.isEmpty { return found }
      try requireEqual(batch.firstOffset, Int64(found.count), "the first offset of a page of shard \(shard)")
      found += batch.records
    }
  }

  func logs() async throws -> [[LoggedRecord]] {
    var found: [[LoggedRecord]] = []
    for shard in 0..<shardCount { found.append(try await log(shard)) }
    return found
  }

  func publish(_ artifacts: [Artifact]) async throws -> PublishReceipt { try await publish(artifacts.map(LogRecord.artifact)) }

  func openSession(shard: Int) async throws -> any ShardSession { try await openSession(shard: shard) {} }
}

/// A commit with one of everything, for a session of a shard.
struct CommitMaker {
  let shard: Int
  var sequence: Int64 = 0
  var maker: ArtifactMaker

  init(shard: Int, seed: UInt64) {
    self.shard = shard
    maker = ArtifactMaker(seed: seed)
  }

  /// - Returns: the next commit, empty.
  mutating func next(ingested: Int64 = 0) -> ShardCommit {
    sequence += 1
    return ShardCommit(shard: shard, sequence: sequence, ingestedOffset: ingested, instant: maker.now)
  }

  mutating func outcome(
    run: RunID? = nil, number: UInt32 = 0, kind: Outcome.Kind = .success, inputs: [ArtifactID] = [], outputs: Int = 0,
    agent: String = "worker"
  ) -> Outcome {
    let run = run ?? RunID(maker.id())
    return Outcome(
      run: run, replayNumber: number, subscription: SubscriptionID(agent: agent, name: "item"), agent: Symbol(agent), kind: kind,
      attempts: 2, correlation: CorrelationID(maker.id()), inputs: Parents(inputs), outputCount: Int32(outputs),
      startedAt: maker.now, finishedAt: maker.now + .microseconds(3),
      failure: kind == .success ? nil : Failure(kind == .cancelled ? .cancelled : .attemptsExhausted, "it broke"))
  }

  func letter(_ outcome: Outcome, inputs: [Artifact]) -> DeadLetter {
    DeadLetter(
      run: outcome.run, replayNumber: outcome.replayNumber, shard: shard, subscription: outcome.subscription,
      agent: outcome.agent.name, correlation: outcome.correlation, inputs: inputs, attempts: outcome.attempts,
      failure: outcome.failure ?? Failure(.permanent, "none"),
      steps: [StepSummary(name: "call", occurrence: 1, state: .succeeded)], at: outcome.finishedAt)
  }

  /// A key that no kernel uses.
  static func key(_ number: UInt8) -> [UInt8] { [250, 0, number] }
}
