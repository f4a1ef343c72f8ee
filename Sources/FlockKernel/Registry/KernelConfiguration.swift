import FlockCore

/// The limits and defaults of a shard's kernel. Each has a page in the guide under "Limits".
public struct KernelConfiguration: Sendable {
  /// Keeps the runs of two programs on one board apart. Default `"flock"`.
  public var namespace = "flock"
  /// Runs of one correlation; the next one is dead-lettered with `runLimit`, so that a feedback loop ends. Default 10 000.
  /// Runs on a root artifact itself are not counted: their number is bounded by the subscriptions.
  public var maximumRunsPerCorrelation = 10_000
  /// Runs that are open at once on a shard; beyond it the log is read no further. Default 100 000.
  public var maximumOpenRuns = 100_000
  /// Artifacts in the gates and joins of one subscription; beyond it the oldest group expires. Default 1 000 000.
  public var maximumPooledArtifacts = 1_000_000
  /// Correlations with state; beyond it the oldest is forgotten, with an event. Default 100 000.
  public var maximumCorrelations = 100_000
  /// How long a correlation's state outlives its last artifact. Default 24 hours.
  public var correlationIdle: Duration = .seconds(86_400)
  /// Dead letters of one subscription that are kept for replay; at the limit the subscription pauses. Default 10 000.
  public var maximumDeadLetters = 10_000
  /// How long a dead letter can be replayed. Default 30 days.
  public var deadLetterRetention: Duration = .seconds(30 * 86_400)
  /// Crashes of the process while one run alone was running, before that run is given up. Default 3.
  public var maximumCrashes: UInt32 = 3
  /// A group of suspects that has run so long without a crash is cleared. Default 60 seconds.
  public var suspectPatience: Duration = .seconds(60)
  /// Records that may be ingested and not yet committed; after an unclean end so many may be suspects. Default 1 024.
  public var maximumUncommittedRecords = 1024
  /// Steps of one run. Default 10 000.
  public var maximumSteps = 10_000
  /// Bytes of one step's recorded result. Default 1 MiB.
  public var maximumStepBytes = 1 << 20
  /// Non-firing reasons that one commit carries; more are counted, not kept. Default 100 000.
  public var maximumReasons = 100_000
  /// An instant more than this ahead of the owner's clock is taken as the owner's own. Default 5 minutes.
  public var maximumClockSkew: Duration = .seconds(300)
  /// What happens to what a subscription holds when its declaration has changed.
  public var changedSubscription = ChangePolicy.refuse
  /// Ids that are remembered for deduplication, where the store does not do it. Default 0: the embedded stores do.
  public var deduplicationWindow = 0

  public enum ChangePolicy: Sendable {
    /// Restoring throws `subscriptionChanged` when the subscription holds anything.
    case refuse
    /// What its pools held expires, with an event for each; pending runs go on.
    case expire
  }

  public init() {}
}
