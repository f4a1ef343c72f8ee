public import FlockCore
public import FlockKernel

/// A durable (or, in memory, process-long) log of artifacts in shards, the state of each shard, and its history.
///
/// The contract is Documentation/protocol.md; `FlockTestKit`'s conformance suite checks it.
public protocol BlackboardStore: Sendable {
  /// Fixed when the store is made.
  var shardCount: Int { get }
  /// Payloads are kept as bytes: encoding happens where they are published, and limits on bytes apply.
  var keepsBytes: Bool { get }
  /// The largest payload of one artifact, and the largest outcome of one run, in bytes.
  var maximumOutcomeBytes: Int { get }

  /// Appends records; each goes to the shard that the router names. Returns when they are durable to the store's promise.
  /// Idempotent by artifact id.
  func publish(_ records: [LogRecord]) async throws -> PublishReceipt

  /// Becomes the owner of a shard, fencing the one before it.
  ///
  /// - Parameter wake: called, from any thread and at any time until the session ends, when the log may have grown.
  /// - Throws: ``FlockError`` with `.ownedElsewhere` when another live process owns it.
  func openSession(shard: Int, wake: @escaping @Sendable () -> Void) async throws -> any ShardSession

  /// Records of a shard from an offset on, whoever owns it; fewer than `maximum` at the end of the log.
  func read(shard: Int, from offset: Int64, maximum: Int) async throws -> RecordBatch

  // MARK: History
  func artifact(_ id: ArtifactID) async throws -> Artifact?
  func artifacts(_ query: ArtifactQuery) async throws -> ArtifactPage
  func summary(_ filter: ArtifactFilter) async throws -> BoardSummary
  /// Who consumed an artifact: one for each run with an outcome, in order of time.
  func consumptions(of id: ArtifactID) async throws -> [Consumption]
  /// The committed outcomes of a run, by replay number.
  func outcomes(of run: RunID) async throws -> [Outcome]
  /// The newest outcomes first.
  func outcomes(limit: Int) async throws -> [Outcome]
  /// Artifacts that a run published.
  func outputs(of run: RunID) async throws -> [Artifact]
  /// Why subscriptions on its type did not fire for an artifact, as far as the retention of reasons reaches.
  func reasons(for id: ArtifactID) async throws -> [NonFiring]
  /// Dead letters that were neither replayed nor dropped, newest first.
  func deadLetters(limit: Int) async throws -> [DeadLetter]
  /// Artifacts that name this one as a parent.
  func children(of id: ArtifactID) async throws -> [Artifact]

  func close() async
}

/// One owner's tenure of one shard: exclusive and fenced. Used by one task at a time.
public protocol ShardSession: Sendable {
  /// The committed state, and the records that it refers to.
  func restore() async throws -> RestoredShard
  /// The next records at `offset`, or `nil` when there are none now.
  func records(from offset: Int64, maximum: Int) async throws -> RecordBatch?
  /// Makes all of it durable, or throws and none of it is: `.fenced` ends the session, `.commitUnknown` too.
  func commit(_ commit: ShardCommit) async throws
  /// Gives the shard up.
  func release() async
}

public struct RestoredShard: Sendable {
  public var state: ShardState
  public var records: [Int64: LogRecord]

  public init(state: ShardState, records: [Int64: LogRecord]) {
    self.state = state
    self.records = records
  }
}

public struct PublishReceipt: Sendable {
  /// Where each record lies, in the order of the call. A duplicate names the place of the first one.
  public var positions: [Position]
  /// Records whose artifact was there already.
  public var duplicates: Int

  public init(positions: [Position], duplicates: Int) {
    self.positions = positions
    self.duplicates = duplicates
  }
}
