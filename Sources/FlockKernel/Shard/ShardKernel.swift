public import FlockCore

/// One shard's decisions: matching, gates, joins, batches, conditions, timers, retries, dead letters, the effect ledger.
///
/// A value without I/O, clock, randomness, tasks or locks. The shell feeds it events and instants, takes what became
/// ready, and commits what it hands out. The same events with the same verdicts give the same bytes.
public struct ShardKernel: Sendable {
  public let shard: Int
  public let registry: Registry
  public let configuration: KernelConfiguration
  let router: ShardRouter

  // MARK: Position and time
  /// Never goes back.
  public internal(set) var now: Timestamp
  /// The owner's clock when the step began.
  var clock = Timestamp(nanoseconds: 0)
  /// Every record below it has been fed.
  public internal(set) var ingestedOffset: Int64 = 0
  /// Of the last commit that was handed out.
  public internal(set) var sequence: Int64 = 0

  // MARK: State
  var runs = Slab<RunEntry>()
  var generation: UInt32 = 0
  /// Runs that are open, waiting or held.
  public internal(set) var openRuns = 0
  /// Runs that the scheduler or a worker has.
  public internal(set) var activeRuns = 0
  var touchedRuns: ContiguousArray<Int32> = []
  var touchedPools: ContiguousArray<TouchedMember> = []
  var touchedBatches: ContiguousArray<TouchedMember> = []
  var touchedDelayed: ContiguousArray<Int32> = []
  /// A record later than this ends a window or a batch first; may be too early, never too late.
  var nextWindowEnd = Int64.max
  /// Runs of subscriptions with too many dead letters.
  var pausedRuns: [Fifo<RunRef>]
  var pools: [PoolSet]
  var batches: [BatchSet]
  var correlations = CorrelationTable()
  var ledgers = Slab<Ledger>()
  var delayed = Slab<DelayedMatch>()
  var schedules: [ScheduleState]
  var timers = TimerHeap<TimerEntry>()
  var relayHigh: [RelayMark]
  var deadLetterCounts: [Int32]
  var suspects = SuspectState()
  var dedup: DedupWindow

  // MARK: What the next commit carries
  var pendingDeletes: [[UInt8]] = []
  var outcomes: [Outcome] = []
  var deadLetters: [DeadLetter] = []
  var endedDeadLetters: [(run: RunID, replayNumber: UInt32)] = []
  var outputs: [Artifact] = []
  var relays: [Relay] = []
  var reasons: [NonFiring] = []
  var droppedReasons = 0
  var metaDirty = false
  /// The state lacks the digest of some subscription's declaration.
  var hasNewDigests = true
  /// Stored runs of agents that this program does not have.
  public internal(set) var orphanedRuns = 0
  var isCleanlyClosed = false
  var events = EventRecorder()
  var verdicts: VerdictSource
  /// Something happened that the next commit must carry.
  public internal(set) var isDirty = false
  public internal(set) var counters = KernelCounters()

  // MARK: Commands: the shell takes and clears them
  /// Runs that the scheduler may admit.
  public var ready: ContiguousArray<RunRef> = []
  /// Runs to stop, queued or running.
  public var withdrawn: ContiguousArray<RunRef> = []

  /// A kernel of an empty shard; ``restore(_:resolve:)`` fills it from a stored state.
  public init(
    shard: Int, shardCount: Int, registry: Registry, configuration: KernelConfiguration = KernelConfiguration(),
    verdicts: VerdictSource = .live
  ) {
    self.shard = shard
    self.registry = registry
    self.configuration = configuration
    router = ShardRouter(shardCount: shardCount)
    now = Timestamp(nanoseconds: 0)
    pools = registry.subscriptions.map { _ in PoolSet() }
    batches = registry.subscriptions.map { _ in BatchSet() }
    schedules = registry.subscriptions.map { _ in ScheduleState() }
    relayHigh = Array(repeating: RelayMark(), count: shardCount)
    pausedRuns = registry.subscriptions.map { _ in Fifo<RunRef>() }
    deadLetterCounts = Array(repeating: 0, count: registry.subscriptions.count)
    dedup = DedupWindow(capacity: configuration.deduplicationWindow)
    self.verdicts = verdicts
  }

  /// Begins a step of the shell: sets the kernel's time.
  ///
  /// The time is `max(last instant, instant)`. The instants of records are measured against this one, see
  /// ``KernelConfiguration/maximumClockSkew``.
  public mutating func advance(to instant: Timestamp) {
    clock = instant
    if instant > now { now = instant }
    events.step(instant)
  }

  /// Whether another batch of records may be ingested.
  public var acceptsRecords: Bool { openRuns < configuration.maximumOpenRuns }

  /// Everything that matching needs to know of an open run to start it.
  public func describe(_ ref: RunRef) -> RunDescription? {
    guard runs.contains(ref.slot) else { return nil }
    let entry = runs[ref.slot]
    // A cancel may have come before the run was handed out.
    guard entry.generation == ref.generation, entry.phase == .open else { return nil }
    return RunDescription(
      ref: ref, id: entry.id, replayNumber: entry.replayNumber, attempt: entry.attempt,
      agentIndex: Int(entry.agentIndex),
      subscription: entry.subscription >= 0 ? registry.subscriptions[Int(entry.subscription)].id : SubscriptionID(0),
      inputs: entry.inputs, correlation: entry.correlation, trigger: entry.trigger,
      priority: entry.subscription >= 0 ? registry.subscriptions[Int(entry.subscription)].priority : 0)
  }

  /// Takes what became ready, described. In place, because a copy of a kernel costs a reference count for each of its tables.
  ///
  /// - Parameter body: is given each run, and what an earlier attempt of it was shown.
  public mutating func takeReady(_ body: (borrowing RunDescription, [UInt8]?) -> Void) {
    for ref in ready {
      if let description = describe(ref) {
        body(description, runs[ref.slot].ledger >= 0 ? ledgers[runs[ref.slot].ledger].context : nil)
      }
    }
    ready.removeAll(keepingCapacity: true)
  }

  func isCurrent(_ ref: RunRef) -> Bool {
    runs.contains(ref.slot) && runs[ref.slot].generation == ref.generation
  }
}

/// What the kernel has counted since it was made. Not part of its state.
public struct KernelCounters: Sendable, Hashable {
  public var artifactsIngested = 0
  public var runsStarted = 0
  public var successes = 0
  public var retries = 0
  public var deadLetters = 0
  public var cancelled = 0
  public var duplicates = 0
  public var divergentDuplicates = 0
  public var refusedControls = 0
  /// Relays of a shard that the board does not have.
  public var refusedRelays = 0
  public var expiredGroups = 0
  public var forgottenCorrelations = 0
  public var unknownEffectsRepeated = 0
  public var stepsReplayed = 0

  public init() {}
}

struct RelayMark: Hashable, Sendable {
  var sequence: Int64 = -1
  var index: Int32 = -1
  var isDirty = false
}

enum TimerEntry: Sendable {
  /// A run's next attempt.
  case retry(RunRef)
  case visible(slot: Int32, generation: UInt32)
  case schedule(subscription: Int32)
  case deadLetterExpiry(RunRef)
  case suspectPatience(round: UInt32)
}

/// An artifact that becomes visible to one subscription later.
struct DelayedMatch: SlabElement {
  mutating func vacate() { artifact = nil }

  var artifact: Artifact!
  var ref: InputRef
  var subscription: Int32
  var input: Int32
  var due: Timestamp
  var generation: UInt32
  var isPersisted: Bool
}

struct ScheduleState: Sendable {
  var next: Timestamp?
  var iteration = 0
  var isStarted = false
  var isDirty = false
}

extension KernelCounters {
  public mutating func add(_ other: KernelCounters) {
    artifactsIngested += other.artifactsIngested
    runsStarted += other.runsStarted
    successes += other.successes
    retries += other.retries
    deadLetters += other.deadLetters
    cancelled += other.cancelled
    duplicates += other.duplicates
    divergentDuplicates += other.divergentDuplicates
    refusedControls += other.refusedControls
    refusedRelays += other.refusedRelays
    expiredGroups += other.expiredGroups
    forgottenCorrelations += other.forgottenCorrelations
    unknownEffectsRepeated += other.unknownEffectsRepeated
    stepsReplayed += other.stepsReplayed
  }
}
