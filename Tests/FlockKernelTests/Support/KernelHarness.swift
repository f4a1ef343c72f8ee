import FlockCore
import FlockKernel
import Testing

/// Plays store, scheduler and workers for one kernel a shard: logs, committed states, running attempts, and one process
/// that can die. Nothing happens by itself; time stands still until ``clock`` is set.
struct KernelHarness {
  struct Shard {
    var kernel: ShardKernel
    var log: [LoggedRecord] = []
    var state: [[UInt8]: [UInt8]] = [:]
    var running: [RunDescription] = []
    var isCaughtUp = false
    var lastAppended = Timestamp(nanoseconds: 0)
  }

  let registry: Registry
  let configuration: KernelConfiguration
  let router: ShardRouter
  var shards: [Shard] = []
  var clock = Timestamp.origin
  /// The shard whose suspects run alone in the process.
  var exclusive: Int?
  var commits: [ShardCommit] = []
  var outcomes: [Outcome] = []
  var deadLetters: [DeadLetter] = []
  var endedDeadLetters: [(run: RunID, replayNumber: UInt32)] = []
  var reasons: [NonFiring] = []
  /// Every attempt that was begun, in order, also those that a crash made vain.
  var started: [RunDescription] = []
  var withdrawn: [RunRef] = []
  /// Records that one turn may ingest.
  var ingestLimit = 512

  init(
    _ agents: [AgentDefinition], shards count: Int = 1, configuration: KernelConfiguration = KernelConfiguration()
  ) throws {
    self.configuration = configuration
    registry = try Registry(agents, namespace: configuration.namespace, shardCount: count)
    router = ShardRouter(shardCount: count)
    for shard in 0..<count {
      shards.append(Shard(kernel: KernelHarness.fresh(shard, count, registry, configuration)))
    }
    for shard in 0..<count { try open(shard) }
  }

  private static func fresh(
    _ shard: Int, _ count: Int, _ registry: Registry, _ configuration: KernelConfiguration
  ) -> ShardKernel {
    ShardKernel(shard: shard, shardCount: count, registry: registry, configuration: configuration)
  }

  // MARK: The log

  mutating func publish(_ artifacts: Artifact...) { publish(artifacts) }

  mutating func publish(_ artifacts: [Artifact]) {
    for artifact in artifacts { append(.artifact(artifact), to: router.shard(of: artifact)) }
  }

  mutating func append(_ record: LogRecord, to shard: Int = 0, at instant: Timestamp? = nil) {
    shards[shard].log.append(LoggedRecord(record, appendedAt: instant ?? clock))
    shards[shard].isCaughtUp = false
  }

  mutating func control(_ command: Control.Command, shard: Int = 0) {
    append(.control(Control(command, shard: shard, requestedBy: "a test")), to: shard)
  }

  // MARK: Life and death

  /// State, then a commit of its own, as an owner does.
  private mutating func open(_ shard: Int) throws {
    let state = storedState(shard)
    var records: [Int64: LogRecord] = [:]
    for offset in try state.referencedOffsets() { records[offset] = shards[shard].log[Int(offset)].record }
    shards[shard].kernel.advance(to: clock)
    try shards[shard].kernel.restore(state, records: records)
    shards[shard].kernel.advance(to: clock)
    shards[shard].kernel.startSchedules()
    shards[shard].running = []
    shards[shard].isCaughtUp = false
    shards[shard].lastAppended = Timestamp(nanoseconds: 0)
    commit(shard)
  }

  func storedState(_ shard: Int = 0) -> ShardState {
    let entries = shards[shard].state.map { (key: $0.key, value: $0.value) }
      .sorted { $0.key.lexicographicallyPrecedes($1.key) }
    return ShardState(entries: entries, logEnd: Int64(shards[shard].log.count))
  }

  /// The owner of these shards dies: everything since their last commits never happened.
  mutating func crash(_ dead: [Int]? = nil) throws {
    for shard in dead ?? Array(shards.indices) {
      if exclusive == shard { exclusive = nil }
      shards[shard].kernel = KernelHarness.fresh(shard, shards.count, registry, configuration)
      try open(shard)
    }
  }

  /// An orderly end: running attempts are returned, the last commit says so.
  mutating func restart(_ stopped: [Int]? = nil) throws {
    for shard in stopped ?? Array(shards.indices) {
      shards[shard].kernel.advance(to: clock)
      collect(shard)
      for run in shards[shard].running { shards[shard].kernel.finish(run.ref, .returned, startedAt: clock) }
      shards[shard].running = []
      shards[shard].kernel.closeCleanly()
      commit(shard)
      if exclusive == shard { exclusive = nil }
      shards[shard].kernel = KernelHarness.fresh(shard, shards.count, registry, configuration)
      try open(shard)
    }
  }

  // MARK: Turns

  /// One turn of a shard, without a commit unless suspects ask for one: timers, records, suspects, ready runs.
  mutating func turn(_ shard: Int = 0) {
    shards[shard].kernel.advance(to: clock)
    shards[shard].kernel.fireTimers(frontier: shards[shard].isCaughtUp ? clock : shards[shard].lastAppended)
    ingest(shard)
    shards[shard].kernel.settleSuspects()
    if case .choose(let isExclusive) = shards[shard].kernel.suspectStage, grants(shard, isExclusive) {
      shards[shard].kernel.chooseSuspects()
    }
    collect(shard)
    if shards[shard].kernel.suspectStage == .commit {
      commit(shard)
      shards[shard].kernel.releaseSuspects()
      collect(shard)
    }
    if exclusive == shard, shards[shard].kernel.suspectStage == .none { exclusive = nil }
  }

  private mutating func grants(_ shard: Int, _ isExclusive: Bool) -> Bool {
    guard isExclusive else { return exclusive == nil }
    if let exclusive { return exclusive == shard }
    guard shards.allSatisfy({ $0.running.isEmpty }) else { return false }
    exclusive = shard
    return true
  }

  private mutating func ingest(_ shard: Int) {
    let from = Int(shards[shard].kernel.ingestedOffset)
    let end = min(shards[shard].log.count, from + ingestLimit)
    guard from < end else {
      shards[shard].isCaughtUp = true
      return
    }
    guard shards[shard].kernel.acceptsRecords else { return }
    let records = shards[shard].log[from..<end]
    for record in records { shards[shard].lastAppended = max(shards[shard].lastAppended, record.appendedAt) }
    shards[shard].kernel.ingest(RecordBatch(firstOffset: Int64(from), records: records))
    shards[shard].isCaughtUp = end == shards[shard].log.count && end - from < ingestLimit
  }

  /// Ready runs begin to run, unless another shard's suspects run alone.
  private mutating func collect(_ shard: Int) {
    withdrawn.append(contentsOf: shards[shard].kernel.withdrawn)
    let stopped = Set(shards[shard].kernel.withdrawn)
    shards[shard].running.removeAll { stopped.contains($0.ref) }
    shards[shard].kernel.withdrawn.removeAll()
    guard exclusive == nil || exclusive == shard else { return }
    for ref in shards[shard].kernel.ready {
      guard let description = shards[shard].kernel.describe(ref) else { continue }
      started.append(description)
      shards[shard].running.append(description)
    }
    shards[shard].kernel.ready.removeAll()
  }

  // MARK: Ends

  @discardableResult
  mutating func finish(_ shard: Int, _ index: Int, _ result: AttemptResult = .success(.none)) -> Bool {
    let run = shards[shard].running.remove(at: index)
    shards[shard].kernel.advance(to: clock)
    return shards[shard].kernel.finish(run.ref, result, startedAt: clock)
  }

  /// Finishes everything that runs.
  mutating func finishAll(_ result: (RunDescription) -> AttemptResult = { _ in .success(.none) }) {
    for shard in shards.indices {
      while let run = shards[shard].running.first { finish(shard, 0, result(run)) }
    }
  }

  mutating func commit(_ shard: Int = 0) {
    let commit = shards[shard].kernel.makeCommit()
    for change in commit.changes { shards[shard].state[change.key] = change.value }
    outcomes += commit.outcomes
    deadLetters += commit.deadLetters
    endedDeadLetters += commit.endedDeadLetters
    reasons += commit.reasons
    for output in commit.outputs { append(.artifact(output), to: router.shard(of: output)) }
    for relay in commit.relays { append(.relay(relay), to: relay.targetShard) }
    commits.append(commit)
  }

  var isQuiet: Bool {
    shards.allSatisfy { shard in
      shard.running.isEmpty && shard.kernel.ready.isEmpty && shard.kernel.suspectStage == .none && !shard.kernel.isDirty
        && Int(shard.kernel.ingestedOffset) == shard.log.count && shard.isCaughtUp
    }
  }

  /// Turns, ends and commits until nothing moves any more. Time stands still.
  /// - Returns: false when it did not come to rest within so many rounds.
  @discardableResult
  mutating func settle(rounds: Int = 200, _ result: (RunDescription) -> AttemptResult = { _ in .success(.none) }) -> Bool {
    for _ in 0..<rounds {
      for shard in shards.indices { turn(shard) }
      finishAll(result)
      for shard in shards.indices where shards[shard].kernel.isDirty { commit(shard) }
      if isQuiet {
        // Another turn sees the clock as the log's frontier.
        for shard in shards.indices { turn(shard) }
        if isQuiet { return true }
      }
    }
    return false
  }

  /// ``settle(rounds:_:)``, which must come to rest.
  mutating func rest(
    _ result: (RunDescription) -> AttemptResult = { _ in .success(.none) }, at location: SourceLocation = #_sourceLocation
  ) {
    if !settle(result) { Issue.record("the shards do not come to rest", sourceLocation: location) }
  }

  // MARK: Looking

  func inputs(of kind: Outcome.Kind = .success) -> [[ArtifactID]] { outcomes.filter { $0.kind == kind }.map(\.inputs.ids) }

  func waiting(_ kind: WaitingItem.Kind) -> [WaitingItem] {
    shards.flatMap { $0.kernel.waiting(limit: 100_000).filter { $0.kind == kind } }
  }

  func reasons(for number: Int) -> [NonFiring.Reason] {
    reasons.filter { $0.artifact == artifactID(number) }.map(\.reason)
  }
}
