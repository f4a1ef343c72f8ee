public import FlockCore

/// One entry of a shard's log.
public enum LogRecord: Sendable {
  case artifact(Artifact)
  /// What another shard's owner passed on to a rule that lives here.
  case relay(Relay)
  /// An input that was handed to one agent directly; no subscription sees it.
  case invocation(Invocation)
  case control(Control)

  /// The artifact that the record puts on the board, if it does.
  @inlinable public var artifact: Artifact? {
    switch self {
    case .artifact(let artifact): artifact
    case .invocation(let invocation): invocation.artifact
    case .relay, .control: nil
    }
  }
}

/// A record with the instant at which the log took it. Windows and delays are counted from that instant.
public struct LoggedRecord: Sendable {
  public let record: LogRecord
  public let appendedAt: Timestamp

  @inlinable public init(_ record: LogRecord, appendedAt: Timestamp) {
    self.record = record
    self.appendedAt = appendedAt
  }
}

/// Consecutive records of one shard.
public struct RecordBatch: Sendable {
  public let firstOffset: Int64
  public let records: ArraySlice<LoggedRecord>

  @inlinable public init(firstOffset: Int64, records: ArraySlice<LoggedRecord>) {
    self.firstOffset = firstOffset
    self.records = records
  }

  public var endOffset: Int64 { firstOffset + Int64(records.count) }
}

/// Artifacts on their way to a rule on another shard. They carry everything, so that the receiver's state refers only
/// to positions in its own log.
public final class Relay: Sendable {
  /// Where in a subscription's machinery the artifacts continue.
  public enum Stage: UInt8, Sendable {
    /// An artifact that matched: it enters the subscription's gate, join or run.
    case matched = 1
    /// A completed set: it enters the subscription's batch.
    case completedSet = 2
    /// Counted by the conditions of its correlation, and nothing else.
    case counted = 3
    /// A cancelled correlation, told to every shard.
    case cancelled = 4
  }

  public let sourceShard: Int
  public let targetShard: Int
  /// The source's commit and the place within it: the receiver drops what is not above the highest it has ingested.
  public let sequence: Int64
  public let index: Int32
  public let stage: Stage
  /// ``SubscriptionID`` zero where the stage concerns none.
  public let subscription: SubscriptionID
  /// The group's key, or zero.
  public let key: UniqueID
  public let correlation: CorrelationID
  public let artifacts: [Artifact]

  public init(
    sourceShard: Int, targetShard: Int, sequence: Int64, index: Int32, stage: Stage, subscription: SubscriptionID,
    key: UniqueID, correlation: CorrelationID, artifacts: [Artifact]
  ) {
    self.sourceShard = sourceShard
    self.targetShard = targetShard
    self.sequence = sequence
    self.index = index
    self.stage = stage
    self.subscription = subscription
    self.key = key
    self.correlation = correlation
    self.artifacts = artifacts
  }
}

/// A direct call of one agent.
public final class Invocation: Sendable {
  public let agent: Symbol
  public let artifact: Artifact

  public init(agent: Symbol, artifact: Artifact) {
    self.agent = agent
    self.artifact = artifact
  }

  /// Names the run of an invocation: whoever waits for it can compute it.
  public static func run(of artifact: ArtifactID, agent: String) -> RunID {
    RunIdentity.invocation(agent: agent, input: artifact)
  }
}

/// A request of an operator, ordered with the artifacts of its shard.
public final class Control: Sendable {
  public enum Command: Sendable, Hashable {
    /// Makes a dead-lettered or cancelled run anew. `number` is the replay number that ended so; it acts once.
    case replay(run: RunID, number: UInt32, fresh: Bool)
    /// Forgets a dead letter.
    case drop(run: RunID, number: UInt32)
    case cancelRun(RunID)
    case cancelCorrelation(CorrelationID)
  }

  public let command: Command
  /// Who asked, for the record. At most 200 bytes.
  public let requestedBy: String
  /// The shard of the run that the command names; a correlation finds its own.
  public let shard: Int?

  public init(_ command: Command, shard: Int? = nil, requestedBy: String = "") {
    self.command = command
    self.shard = shard
    self.requestedBy = String(requestedBy.prefix(200))
  }
}
