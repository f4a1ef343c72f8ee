import FlockCore
import FlockKernel

/// Feeds one shard's kernel and commits what it decides.
// Proof: a shard has one turn at a time (`ShardQueue.isInTurn`, set and cleared under the node's lock), and everything
// mutable here is touched in a turn, in `restore` before the first turn, or in `close` after the last one.
final class ShardDriver: @unchecked Sendable {
  let shard: Int
  private unowned let node: Node
  private let session: any ShardSession
  private var kernel: ShardKernel
  private var lastAppended = Timestamp(nanoseconds: 0)
  private var isCaughtUp = false
  private var ingestLimit: Int
  private var ingestedAt = Timestamp.distantPast
  /// Since when something waits for its commit.
  private var dirtySince: Timestamp?
  private var answers: [(CheckedContinuation<StepAnswer, any Error>, StepAnswer)] = []
  private var recorded: [CheckedContinuation<Void, any Error>] = []

  init(shard: Int, node: Node, session: any ShardSession) {
    self.shard = shard
    self.node = node
    self.session = session
    ingestLimit = node.configuration.ingestBatch
    kernel = ShardKernel(
      shard: shard, shardCount: node.store.shardCount, registry: node.registry, configuration: node.configuration.kernel)
  }

  /// State, then a commit of our own, then runs: whoever comes after a crash knows that we were here.
  func restore() async throws {
    let restored = try await session.restore()
    kernel.advance(to: node.clock.now())
    try kernel.restore(restored.state, records: restored.records)
    kernel.advance(to: node.clock.now())
    kernel.startSchedules()
    try await commit()
  }

  func abandon() async { await session.release() }

  // MARK: One turn

  func turn() async {
    let inbox = node.takeInbox(shard)
    let inspections = inbox.inspections
    do {
      try await process(inbox)
    } catch {
      for inspection in inspections { inspection.fail(error) }
      for (continuation, _) in answers { continuation.resume(throwing: error) }
      for continuation in recorded { continuation.resume(throwing: error) }
      answers = []
      recorded = []
      node.fail(error)
    }
    node.endTurn(
      shard, isQuiet: kernel.isQuiet && !kernel.isDirty && isCaughtUp && kernel.suspectStage == .none,
      ingestedOffset: kernel.ingestedOffset, wakeAt: nextWake(), wantsMore: !isCaughtUp && kernel.acceptsRecords)
  }

  private func process(_ inbox: consuming ShardInbox) async throws {
    let now = node.clock.now()
    kernel.advance(to: now)
    for context in inbox.finished { kernel.finish(context.ref, context.result, startedAt: context.startedAt) }
    for request in inbox.steps { handle(request) }
    if inbox.isFlushing { kernel.flushBatches() }
    if kernel.isDirty, isCommitDue(now) { try await commit() }

    kernel.fireTimers(frontier: isCaughtUp ? now : lastAppended)
    if kernel.acceptsRecords, isIngestDue(now) { try await ingest() }
    kernel.settleSuspects()
    if case .choose(let isExclusive) = kernel.suspectStage, node.grantExclusive(shard, isExclusive) {
      kernel.chooseSuspects()
    }
    dispatch()
    if kernel.isDirty, isCommitDue(now) { try await commit() }
    if kernel.suspectStage == .none { node.releaseExclusive(shard) }
    for inspection in inbox.inspections { inspection.look(&kernel) }
    dispatch()
  }

  /// Runs that were made of the last batch go first: a commit between two batches then finds nothing open. Only for as long
  /// as a commit may wait, because what comes next may be a cancellation.
  private func isIngestDue(_ now: Timestamp) -> Bool {
    if node.startableRuns >= node.configuration.ingestBatch / 4, now < ingestedAt + node.configuration.commitInterval { return false }
    ingestedAt = now
    return true
  }

  private func ingest() async throws {
    let maximum = ingestLimit
    guard let batch = try await session.records(from: kernel.ingestedOffset, maximum: maximum) else {
      isCaughtUp = true
      return
    }
    if let last = batch.records.last { lastAppended = max(lastAppended, last.appendedAt) }
    let before = kernel.counters.runsStarted
    kernel.ingest(batch)
    isCaughtUp = batch.records.count < maximum
    // So many records that their runs are about as many as one batch: a commit in the middle of a wide fan-out would have
    // to keep every run that it leaves open.
    let runs = max(1, kernel.counters.runsStarted - before)
    let fitting = batch.records.count * node.configuration.ingestBatch / runs
    ingestLimit = min(node.configuration.ingestBatch, max(16, fitting))
  }

  private func isCommitDue(_ now: Timestamp) -> Bool {
    if !answers.isEmpty || !recorded.isEmpty || kernel.activeRuns == 0 || kernel.suspectStage == .commit { return true }
    if kernel.pendingOutcomes >= node.configuration.commitOutcomes { return true }
    guard let since = dirtySince else {
      dirtySince = now
      return false
    }
    return now >= since + node.configuration.commitInterval
  }

  private func commit() async throws {
    let commit = kernel.makeCommit()
    dirtySince = nil
    let answers = answers
    let recorded = recorded
    self.answers = []
    self.recorded = []
    do {
      try await write(commit)
    } catch {
      for (continuation, _) in answers { continuation.resume(throwing: error) }
      for continuation in recorded { continuation.resume(throwing: error) }
      throw error
    }
    for (continuation, answer) in answers { continuation.resume(returning: answer) }
    for continuation in recorded { continuation.resume() }
    await node.committed(commit)
    if kernel.suspectStage == .commit {
      kernel.releaseSuspects()
      dispatch()
    }
  }

  /// A store that is busy or full is asked again with the same commit; anything else ends the session.
  private func write(_ commit: ShardCommit) async throws {
    var pause = Duration.milliseconds(10)
    while true {
      do {
        return try await session.commit(commit)
      } catch let error as FlockError where error.isRetriable && !node.isStopping {
        await node.clock.sleep(until: node.clock.now() + pause)
        pause = min(pause * 2, .seconds(1))
      }
    }
  }

  private func handle(_ request: StepRequest) {
    switch request {
    case .ask(let context, let key, let digest, let isIdempotent, let shown, let continuation):
      let answer = kernel.ask(context.ref, key, digest: digest, isIdempotent: isIdempotent, context: shown)
      if case .begin = answer { answers.append((continuation, answer)) } else { continuation.resume(returning: answer) }
    case .record(let context, let key, let result, let continuation):
      if kernel.record(context.ref, key, result) {
        recorded.append(continuation)
      } else {
        continuation.resume(
          throwing: FlockError(.cancelled, "run \(context.run) has ended; the result of step '\(key)' is refused"))
      }
    }
  }

  /// Hands runs to the scheduler, and stops those that the kernel has ended.
  private func dispatch() {
    if !kernel.withdrawn.isEmpty {
      node.withdraw(shard, Array(kernel.withdrawn))
      kernel.withdrawn.removeAll(keepingCapacity: true)
    }
    guard !kernel.ready.isEmpty else { return }
    if node.isStopping {
      for ref in kernel.ready { kernel.finish(ref, .returned, startedAt: kernel.now) }
      kernel.ready.removeAll()
      return
    }
    var contexts: ContiguousArray<RunContext> = []
    let node = self.node
    let shard = self.shard
    contexts.reserveCapacity(kernel.ready.count)
    kernel.takeReady { description, context in
      contexts.append(
        RunContext(description, runtime: node.agents[description.agentIndex], node: node, shard: shard, recordedContext: context))
    }
    node.submit(shard, contexts)
  }

  private func nextWake() -> Int64 {
    var next = kernel.nextDue?.nanoseconds ?? .max
    if kernel.isDirty, let since = dirtySince {
      next = min(next, (since + node.configuration.commitInterval).nanoseconds)
    }
    return next
  }

  // MARK: The end

  /// Commits what is left and says that the end was orderly, then gives the shard up.
  func close() async throws {
    kernel.advance(to: node.clock.now())
    kernel.closeCleanly()
    try await commit()
    await session.release()
  }
}
