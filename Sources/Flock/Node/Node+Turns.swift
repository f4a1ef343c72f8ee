import FlockCore
import FlockKernel
import Synchronization

extension Node {
  func takeInbox(_ shard: Int) -> ShardInbox {
    state.withLock { state in
      var inbox = ShardInbox()
      swap(&inbox, &state.shards[shard].inbox)
      state.shards[shard].isUrgent = false
      for context in inbox.finished {
        let slot = Int(context.ref.slot)
        if slot < state.shards[shard].contexts.count, state.shards[shard].contexts[slot] === context {
          state.shards[shard].contexts[slot] = nil
        }
      }
      return inbox
    }
  }

  var startableRuns: Int { state.withLock { $0.scheduler.startable } }

  func submit(_ shard: Int, _ contexts: ContiguousArray<RunContext>) {
    let now = clock.now()
    state.withLock { state in
      for context in contexts {
        let slot = Int(context.ref.slot)
        while state.shards[shard].contexts.count <= slot { state.shards[shard].contexts.append(nil) }
        state.shards[shard].contexts[slot] = context
        state.scheduler.submit(
          QueuedRun(
            shard: Int32(shard), ref: context.ref, agent: context.runtime.index, priority: context.priority, enqueuedAt: now))
      }
    }
    kick(now.nanoseconds)
  }

  func endTurn(_ shard: Int, isQuiet: Bool, ingestedOffset: Int64, wakeAt: Int64, wantsMore: Bool) {
    let now = clock.now()
    var idle: [CheckedContinuation<Void, Never>] = []
    var relieved: [CheckedContinuation<Void, Never>] = []
    var armsAt = Int64.max
    var schedulerDue: Timestamp?
    state.withLock { state in
      state.shards[shard].isInTurn = false
      state.shards[shard].isQuiet = isQuiet
      state.shards[shard].ingestedOffset = ingestedOffset
      if state.shards[shard].wantsTurn { state.wanting += 1 }
      if wantsMore { state.want(shard, now: now.nanoseconds) }
      if wakeAt < state.shards[shard].wakeAt {
        state.shards[shard].wakeAt = wakeAt
        armsAt = wakeAt
      }
      schedulerDue = state.scheduler.nextDue(now: now)
      if !state.idleWaiters.isEmpty, state.isQuiet { swap(&idle, &state.idleWaiters) }
      if !state.backlogWaiters.isEmpty, !isBacklogFull(state) { swap(&relieved, &state.backlogWaiters) }
    }
    for waiter in idle { waiter.resume() }
    for waiter in relieved { waiter.resume() }
    if armsAt != .max {
      let instant = armsAt
      clock.schedule(at: Timestamp(nanoseconds: instant)) { [weak self] in self?.timerFired(shard, armedFor: instant) }
    }
    if let schedulerDue { clock.schedule(at: schedulerDue) { [weak self] in self?.schedulerFired() } }
  }

  private func timerFired(_ shard: Int, armedFor instant: Int64) {
    let now = clock.now().nanoseconds
    state.withLock { state in
      if state.shards[shard].wakeAt == instant { state.shards[shard].wakeAt = .max }
      state.want(shard, now: now)
    }
    kick(now)
  }

  private func schedulerFired() {
    let now = clock.now()
    state.withLock { $0.scheduler.advance(to: now) }
    kick(now.nanoseconds)
  }

  /// Ends of runs that somebody waits for, and hooks and observers.
  func committed(_ commit: ShardCommit) async {
    guard !commit.outcomes.isEmpty else { return }
    let waiting = state.withLock { state -> [(OutcomeWaiter, Outcome)] in
      guard !state.outcomeWaiters.isEmpty else { return [] }
      var found: [(OutcomeWaiter, Outcome)] = []
      for outcome in commit.outcomes {
        for waiter in state.outcomeWaiters.removeValue(forKey: outcome.run) ?? [] { found.append((waiter, outcome)) }
      }
      return found
    }
    for (waiter, outcome) in waiting {
      waiter.resume(returning: (outcome, commit.outputs.filter { $0.run == outcome.run }))
    }
    if observers.isObserved { observers.committed(commit) }
    for hooks in configuration.hooks { await hooks.didCommit(commit.outcomes) }
  }

  // MARK: Suspects

  /// Whether a shard's suspects may be chosen now; alone in the process if they must be.
  func grantExclusive(_ shard: Int, _ isExclusive: Bool) -> Bool {
    state.withLock { state in
      guard isExclusive else { return state.exclusiveOwner == nil }
      if state.exclusiveOwner == nil {
        // From here on nobody else is admitted; what runs already is waited for.
        state.exclusiveOwner = shard
        state.scheduler.setExclusive(Int32(shard))
      }
      guard state.exclusiveOwner == shard else { return false }
      state.isExclusivePending = state.busy > 0
      return state.busy == 0
    }
  }

  func releaseExclusive(_ shard: Int) {
    let now = clock.now().nanoseconds
    let isReleased = state.withLock { state -> Bool in
      guard state.exclusiveOwner == shard else { return false }
      state.exclusiveOwner = nil
      state.isExclusivePending = false
      state.scheduler.setExclusive(nil)
      for other in state.shards.indices { state.want(other, now: now) }
      return true
    }
    if isReleased { kick(now) }
  }

  // MARK: The end

  var isStopping: Bool {
    state.withLock { state in
      switch state.phase {
      case .stopping, .stopped, .failed: true
      case .idle, .running: false
      }
    }
  }

  /// A session is lost: nothing more is decided here, and whoever waits is told.
  func fail(_ error: any Error) {
    let (idle, outcomes, steps, inspections) = state.withLock { state in
      state.phase = .failed(error)
      let idle = state.idleWaiters
      let outcomes = state.outcomeWaiters.values.flatMap { $0 }
      let steps = state.shards.flatMap(\.inbox.steps)
      let inspections = state.shards.flatMap(\.inbox.inspections)
      state.idleWaiters = []
      state.outcomeWaiters = [:]
      for shard in state.shards.indices {
        state.shards[shard].inbox.steps = []
        state.shards[shard].inbox.inspections = []
      }
      return (idle, outcomes, steps, inspections)
    }
    for waiter in idle { waiter.resume() }
    for waiter in outcomes { waiter.resume(throwing: error) }
    for step in steps { step.fail(error) }
    for inspection in inspections { inspection.fail(error) }
  }

  func throwIfFailed() throws {
    try state.withLock { state in
      if case .failed(let error) = state.phase { throw error }
    }
  }

  /// Finishes or returns what runs, commits, and gives the shards up.
  func stop(grace: Duration) async throws {
    let until = clock.now() + grace
    let isRunning = state.withLock { state -> Bool in
      guard case .running = state.phase else { return false }
      state.phase = .stopping
      for run in state.scheduler.removeAll() {
        guard let context = state.shards[Int(run.shard)].contexts[Int(run.ref.slot)], context.ref == run.ref,
          context.status == .queued
        else { continue }
        context.status = .withdrawn
        context.close()
        context.result = .returned
        state.shards[Int(run.shard)].inbox.finished.append(context)
        state.want(Int(run.shard), now: until.nanoseconds)
      }
      return true
    }
    guard isRunning else { return }
    kick(clock.now().nanoseconds)
    await waitUntilNobodyRuns(until)
    let tasks = state.withLock { state -> [Task<Void, Never>] in
      let now = clock.now()
      return state.workers.compactMap { slot in
        guard let context = slot.current, context.status == .running else { return nil }
        context.status = .cancelling
        context.deadline = now + context.runtime.definition.limits.cancelGrace
        return slot.task
      }
    }
    for task in tasks { task.cancel() }
    let longest = agents.map(\.definition.limits.cancelGrace).max() ?? .zero
    await waitUntilNobodyRuns(clock.now() + longest)
    disownAll()
    await waitUntilSettled()
    var failure: (any Error)?
    for driver in drivers.withLock({ $0 }) {
      do { try await driver.close() } catch { failure = failure ?? error }
    }
    let (parked, idle, outcomes) = state.withLock { state in
      let waiters = (state.parked, state.idleWaiters, state.outcomeWaiters.values.flatMap { $0 })
      state.parked = []
      state.idleWaiters = []
      state.outcomeWaiters = [:]
      return waiters
    }
    for continuation in parked + idle { continuation.resume() }
    for waiter in outcomes { waiter.resume(throwing: FlockError(.shutDown, "the flock was shut down before the run had ended")) }
    if let failure { throw failure }
  }

  private func waitUntilNobodyRuns(_ deadline: Timestamp) async {
    while clock.now() < deadline, state.withLock({ $0.busy > 0 }) {
      await clock.sleep(until: min(deadline, clock.now() + .milliseconds(2)))
    }
  }

  private func waitUntilSettled() async {
    while state.withLock({ state -> Bool in
      guard case .stopping = state.phase else { return false }
      let isOpen = state.shards.contains {
        $0.isInTurn || !$0.inbox.finished.isEmpty || !$0.inbox.steps.isEmpty || !$0.inbox.inspections.isEmpty
      }
      // In the same visit, so that no turn begins behind our back.
      if !isOpen { state.phase = .stopped }
      return isOpen
    }) {
      for shard in 0..<store.shardCount { wantTurn(shard, isUrgent: true) }
      await clock.sleep(until: clock.now() + .milliseconds(1))
    }
  }

  private func disownAll() {
    let now = clock.now()
    state.withLock { state in
      for slot in state.workers.indices {
        guard let context = state.workers[slot].current else { continue }
        context.status = .disowned
        context.close()
        context.result = ended(context)
        state.workers[slot] = WorkerSlot()
        state.freeSlots.append(slot)
        state.live -= 1
        state.busy -= 1
        state.scheduler.finished(agent: context.runtime.index, .neutral, now: now)
        state.shards[Int(context.shard)].inbox.finished.append(context)
        state.want(Int(context.shard), now: now.nanoseconds)
      }
    }
    kick(now.nanoseconds)
  }

  // MARK: Publishers

  func isBacklogFull(_ state: borrowing NodeState) -> Bool {
    for shard in state.shards where shard.logEnd - shard.ingestedOffset > Int64(configuration.maximumBacklog) { return true }
    return false
  }

  func noteAppended(_ positions: [Position]) {
    state.withLock { state in
      for position in positions where position.offset >= state.shards[position.shard].logEnd {
        state.shards[position.shard].logEnd = position.offset + 1
      }
    }
  }
}
