public import FlockCore

/// What a session makes durable in one step: all of it or nothing.
public struct ShardCommit: Sendable {
  public var shard: Int
  /// Goes on over sessions, by one for each commit.
  public var sequence: Int64
  /// Every record below it has been fed to the kernel.
  public var ingestedOffset: Int64
  /// The kernel's time at the commit.
  public var instant: Timestamp
  public var changes: [StateChange] = []
  public var outcomes: [Outcome] = []
  public var deadLetters: [DeadLetter] = []
  /// Dead letters that a replay or a drop ended.
  public var endedDeadLetters: [(run: RunID, replayNumber: UInt32)] = []
  /// What successful runs published; each goes to the shard that the router names.
  public var outputs: [Artifact] = []
  public var relays: [Relay] = []
  /// What the kernel was fed since the last commit, in its own encoding; see ``EventRecorder``.
  public var events: [UInt8] = []
  /// Why subscriptions on an artifact's type did not fire.
  public var reasons: [NonFiring] = []

  public init(shard: Int, sequence: Int64, ingestedOffset: Int64, instant: Timestamp) {
    self.shard = shard
    self.sequence = sequence
    self.ingestedOffset = ingestedOffset
    self.instant = instant
  }
}

/// One keyed change of a shard's state; no value deletes the key.
public struct StateChange: Sendable, Hashable {
  public var key: [UInt8]
  public var value: [UInt8]?

  public init(key: [UInt8], value: [UInt8]?) {
    self.key = key
    self.value = value
  }
}

/// A subscription on the artifact's type that did not fire for it, and why.
public struct NonFiring: Sendable, Hashable {
  public enum Reason: UInt8, Sendable, CaseIterable {
    case source = 1
    case tags = 2
    case selfTrigger = 3
    case visibility = 4
    case predicate = 5
    /// A predicate or key function threw: taken as "no".
    case predicateFailed = 6
    /// The correlation's `until` held already.
    case until = 7
    case correlationCancelled = 8
    case runLimit = 9
    /// Its group's window ended before the group was complete.
    case windowExpired = 10
    /// The subscription's pools were full and this group was the oldest.
    case poolLimit = 11
    case duplicate = 12
    /// Not yet: hidden until an instant.
    case visibleLater = 13
    /// Its payload does not decode as the type that the subscription reads.
    case undecodable = 14
    /// The subscription is paused: it has too many dead letters.
    case paused = 15

    public var word: String {
      switch self {
      case .source: "source"
      case .tags: "tags"
      case .selfTrigger: "selfTrigger"
      case .visibility: "visibility"
      case .predicate: "predicate"
      case .predicateFailed: "predicateFailed"
      case .until: "until"
      case .correlationCancelled: "correlationCancelled"
      case .runLimit: "runLimit"
      case .windowExpired: "windowExpired"
      case .poolLimit: "poolLimit"
      case .duplicate: "duplicate"
      case .visibleLater: "visibleLater"
      case .undecodable: "undecodable"
      case .paused: "paused"
      }
    }
  }

  public let artifact: ArtifactID
  public let subscription: SubscriptionID
  public let reason: Reason
  public let at: Timestamp

  public init(artifact: ArtifactID, subscription: SubscriptionID, reason: Reason, at: Timestamp) {
    self.artifact = artifact
    self.subscription = subscription
    self.reason = reason
    self.at = at
  }
}
