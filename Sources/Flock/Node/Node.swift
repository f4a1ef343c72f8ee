import FlockCore
import FlockKernel
import Glibc
import Synchronization

/// The effectful half: workers that run agents' code and feed the shards' kernels, one after another on as few threads
/// as will do.
///
/// A worker takes a run, or a shard's turn when one is due; so a program of quick functions is carried by a single
/// thread without a hand-over, and a run that suspends or computes long is noticed by a tick, which adds workers.
final class Node: Sendable {
  let agents: [AgentRuntime]
  let registry: Registry
  let store: any BlackboardStore
  let clock: any FlockClock
  let configuration: FlockConfiguration
  let keepsBytes: Bool
  let maximumOutcomeBytes: Int
  let observers: ObserverHub
  let state: Mutex<NodeState>
  let drivers: Mutex<[ShardDriver]> = Mutex([])

  static let processors = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
  static let tickNanoseconds: Int64 = 1_000_000

  init(
    agents: [AgentRuntime], registry: Registry, store: any BlackboardStore, clock: any FlockClock,
    configuration: FlockConfiguration
  ) {
    self.agents = agents
    self.registry = registry
    self.store = store
    self.clock = clock
    self.configuration = configuration
    keepsBytes = store.keepsBytes
    maximumOutcomeBytes = store.maximumOutcomeBytes
    observers = ObserverHub(capacity: configuration.observerBuffer)
    state = Mutex(
      NodeState(
        scheduler: NodeScheduler(
          agents: registry.agents, concurrencyLimit: configuration.concurrency, policy: configuration.admissionPolicy,
          decisionCapacity: configuration.decisionCapacity),
        shards: Array(repeating: ShardQueue(), count: store.shardCount),
        turnPatience: configuration.commitInterval.inNanoseconds / 5))
  }

  // MARK: Life

  /// Becomes the owner of every shard and begins to work.
  func start() async throws {
    var opened: [ShardDriver] = []
    do {
      for shard in 0..<store.shardCount {
        let session = try await store.openSession(shard: shard) { [weak self] in self?.recordsArrived(shard) }
        let driver = ShardDriver(shard: shard, node: self, session: session)
        opened.append(driver)
        try await driver.restore()
      }
    } catch {
      for driver in opened { await driver.abandon() }
      throw error
    }
    drivers.withLock { $0 = opened }
    let now = clock.now().nanoseconds
    state.withLock { state in
      state.phase = .running
      for shard in state.shards.indices { state.want(shard, now: now) }
    }
    kick(now)
  }

  // MARK: Work arrives

  /// A shard's log may have grown.
  func recordsArrived(_ shard: Int) { wantTurn(shard, isUrgent: false) }

  func wantTurn(_ shard: Int, isUrgent: Bool) {
    let now = clock.now().nanoseconds
    state.withLock { state in
      state.want(shard, now: now)
      if isUrgent { state.shards[shard].isUrgent = true }
    }
    kick(now, isUrgent: isUrgent)
  }

  /// Adds to a shard's inbox and asks for a turn.
  /// - Throws: when there will be no turn any more; nothing was added then.
  func post(_ shard: Int, isUrgent: Bool = false, _ change: (inout ShardInbox) -> Void) throws {
    let now = clock.now().nanoseconds
    try state.withLock { state in
      switch state.phase {
      case .running, .stopping: break
      case .idle: throw FlockError(.shutDown, "this flock has not been started")
      case .stopped: throw FlockError(.shutDown, "this flock was shut down")
      case .failed(let error): throw error
      }
      change(&state.shards[shard].inbox)
      state.want(shard, now: now)
      if isUrgent { state.shards[shard].isUrgent = true }
    }
    kick(now, isUrgent: isUrgent)
  }

  /// Reads or changes a shard's kernel in its next turn.
  func inspect<Value: Sendable>(
    _ shard: Int, _ body: @escaping @Sendable (inout ShardKernel) -> Value
  ) async throws -> Value {
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Value, any Error>) in
      do {
        try post(shard, isUrgent: true) {
          $0.inspections.append(
            Inspection(
              look: { continuation.resume(returning: body(&$0)) }, fail: { continuation.resume(throwing: $0) }))
        }
      } catch {
        continuation.resume(throwing: error)
      }
    }
  }

  /// Sees to it that somebody works when there is work.
  /// - Parameter isUrgent: somebody waits for it, so that even a worker for this alone is worth its price.
  func kick(_ now: Int64, isUrgent: Bool = false) {
    let (continuation, armsTick) = state.withLock { state -> (CheckedContinuation<Void, Never>?, Bool) in
      guard state.hasWork else { return (nil, false) }
      if let parked = state.parked.popLast() { return (parked, false) }
      if state.live == 0 {
        spawn(&state)
        return (nil, false)
      }
      // Nobody is looking for work, and nobody has begun a run just now: they are suspended or busy for long.
      if state.free == 0, state.starting == 0, isUrgent || now - state.lastStart > 100_000,
        state.live <= configuration.concurrency
      {
        spawn(&state)
        return (nil, false)
      }
      guard !state.isTickArmed, state.starting == 0 else { return (nil, false) }
      state.isTickArmed = true
      return (nil, true)
    }
    continuation?.resume()
    if armsTick { armTick(now) }
  }

  private func armTick(_ now: Int64) {
    clock.schedule(at: Timestamp(nanoseconds: now + Node.tickNanoseconds)) { [weak self] in self?.tick() }
  }

  /// Work has waited for a tick: adds workers where those that exist do not move on.
  private func tick() {
    let now = clock.now().nanoseconds
    let armsAgain = state.withLock { state -> Bool in
      state.isTickArmed = false
      guard state.hasWork else { return false }
      var stuck = 0
      var moving = 0
      for index in state.workers.indices where state.workers[index].task != nil {
        guard state.workers[index].current != nil else { continue }
        if state.workers[index].serial == state.workers[index].seenSerial { stuck += 1 } else { moving += 1 }
        state.workers[index].seenSerial = state.workers[index].serial
      }
      let wanted = moving == 0 ? max(1, min(stuck, state.scheduler.depth)) : (moving < Node.processors ? 1 : 0)
      let room = configuration.concurrency + 1 - state.live
      if state.starting == 0 { for _ in 0..<max(0, min(wanted, room)) { spawn(&state) } }
      state.isTickArmed = true
      return true
    }
    if armsAgain { armTick(now) }
  }

  private func spawn(_ state: inout NodeState) {
    let slot: Int
    if let free = state.freeSlots.popLast() {
      slot = free
    } else {
      slot = state.workers.count
      state.workers.append(WorkerSlot())
    }
    state.live += 1
    state.starting += 1
    state.workers[slot] = WorkerSlot()
    state.workers[slot].task = Task { await self.work(slot) }
  }

  // MARK: Workers

  private func work(_ slot: Int) async {
    state.withLock { $0.starting -= 1 }
    var finished: RunContext?
    while true {
      let work = exchange(slot, finished: finished)
      finished = nil
      switch work {
      case .run(let context):
        await execute(context)
        finished = context
      case .turn(let shard):
        await drivers.withLock { $0[shard] }.turn()
        state.withLock { $0.turning -= 1 }
      case .park:
        await park()
      case .exit:
        return
      }
    }
  }

  private func park() async {
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      let goesOn = state.withLock { state -> Bool in
        if state.hasWork { return true }
        state.parked.append(continuation)
        return false
      }
      if goesOn { continuation.resume() }
    }
  }

  /// Hands in what a worker has done and takes what it does next, in one visit to the lock.
  private func exchange(_ slot: Int, finished: RunContext?) -> Work {
    let instant = clock.now()
    let now = instant.nanoseconds
    var scanAt = Int64.max
    var leaves = false
    var armsTick = false
    let work = state.withLock { state -> Work in
      if let context = finished {
        guard context.status != .disowned else { return .exit }
        let isSpent = context.status == .cancelling
        handIn(context, slot, &state, instant)
        if isSpent {
          // A cancelled task stays cancelled: another one takes its place.
          leaves = true
          return leave(slot, &state)
        }
      }
      let work = next(slot, &state, instant, &scanAt)
      // What is left must not wait for the end of what this worker has taken, which may take long.
      if !state.isTickArmed, state.hasWork {
        state.isTickArmed = true
        armsTick = true
      }
      return work
    }
    if armsTick { armTick(now) }
    if scanAt != .max { clock.schedule(at: Timestamp(nanoseconds: scanAt)) { [weak self] in self?.scan() } }
    if leaves { kick(now) }
    return work
  }

  private func handIn(_ context: RunContext, _ slot: Int, _ state: inout NodeState, _ instant: Timestamp) {
    state.workers[slot].current = nil
    state.busy -= 1
    let end: NodeScheduler.End
    switch context.result {
    case .success: end = .success
    case .failure: end = .failure
    case .cancelled, .returned: end = .neutral
    }
    state.scheduler.finished(agent: context.runtime.index, end, now: instant)
    let shard = Int(context.shard)
    state.shards[shard].inbox.finished.append(context)
    state.want(shard, now: instant.nanoseconds)
    if state.isExclusivePending, state.busy == 0, let owner = state.exclusiveOwner { state.want(owner, now: instant.nanoseconds) }
  }

  private func next(_ slot: Int, _ state: inout NodeState, _ instant: Timestamp, _ scanAt: inout Int64) -> Work {
    let now = instant.nanoseconds
    if let shard = state.urgentTurn(now: now, isQueueEmpty: false) { return .turn(shard) }
    while state.mayTurn, let queued = state.scheduler.next(now: instant) {
      let shard = Int(queued.shard)
      guard let context = state.shards[shard].contexts[Int(queued.ref.slot)], context.ref == queued.ref,
        context.status == .queued
      else {
        state.scheduler.finished(agent: queued.agent, .neutral, now: instant)
        continue
      }
      context.status = .running
      context.startedAt = instant
      state.workers[slot].current = context
      state.workers[slot].serial &+= 1
      state.busy += 1
      state.lastStart = now
      let timeout = context.runtime.timeoutNanoseconds
      if timeout != .max {
        context.deadline = Timestamp(nanoseconds: now &+ timeout)
        if context.deadline.nanoseconds < state.scanAt {
          state.scanAt = context.deadline.nanoseconds
          scanAt = state.scanAt
        }
      }
      return .run(context)
    }
    if let shard = state.urgentTurn(now: now, isQueueEmpty: true) { return .turn(shard) }
    if case .stopped = state.phase { return leave(slot, &state) }
    if state.parked.count < Node.processors { return .park }
    return leave(slot, &state)
  }

  private func leave(_ slot: Int, _ state: inout NodeState) -> Work {
    state.live -= 1
    state.workers[slot] = WorkerSlot()
    state.freeSlots.append(slot)
    return .exit
  }

  // MARK: Time-outs and cancelling

  /// Cancels runs whose time is over, and disowns those that did not end within their grace.
  private func scan() {
    let instant = clock.now()
    var cancelled: [Task<Void, Never>] = []
    let (next, lost) = state.withLock { state -> (Int64, Int) in
      var next = Int64.max
      var lost = 0
      for slot in state.workers.indices {
        guard let context = state.workers[slot].current else { continue }
        if context.deadline <= instant {
          if context.status == .running {
            context.isTimedOut = true
            beginCancel(context, instant)
            if let task = state.workers[slot].task { cancelled.append(task) }
          } else if context.status == .cancelling {
            disown(slot, context, &state, instant)
            lost += 1
            continue
          }
        }
        next = min(next, context.deadline.nanoseconds)
      }
      state.scanAt = next
      return (next, lost)
    }
    for task in cancelled { task.cancel() }
    if next != .max { clock.schedule(at: Timestamp(nanoseconds: next)) { [weak self] in self?.scan() } }
    if lost > 0 { kick(instant.nanoseconds) }
  }

  /// The deadline becomes the end of the grace.
  private func beginCancel(_ context: RunContext, _ now: Timestamp) {
    context.status = .cancelling
    context.deadline = now + context.runtime.definition.limits.cancelGrace
  }

  /// The run's late answer will be refused; its worker is given up.
  private func disown(_ slot: Int, _ context: RunContext, _ state: inout NodeState, _ now: Timestamp) {
    context.status = .disowned
    context.close()
    context.result = ended(context)
    state.workers[slot] = WorkerSlot()
    state.freeSlots.append(slot)
    state.live -= 1
    state.busy -= 1
    state.scheduler.finished(agent: context.runtime.index, context.isTimedOut ? .failure : .neutral, now: now)
    state.shards[Int(context.shard)].inbox.finished.append(context)
    state.want(Int(context.shard), now: now.nanoseconds)
  }

  /// How a cancelled run ends.
  func ended(_ context: RunContext) -> AttemptResult {
    if context.isTimedOut {
      let limit = context.runtime.definition.limits.timeout ?? .zero
      return .failure(
        Failure(.timedOut, "agent '\(context.runtime.name)' did not end within \(limit) (AgentLimits.timeout)"),
        isRetriable: true, step: nil)
    }
    if let reason = context.cancelReason { return .cancelled(reason) }
    return .returned
  }

  /// Stops runs that the kernel has ended already.
  func withdraw(_ shard: Int, _ refs: [RunRef]) {
    let instant = clock.now()
    var tasks: [Task<Void, Never>] = []
    var scanAt = Int64.max
    state.withLock { state in
      for ref in refs {
        guard Int(ref.slot) < state.shards[shard].contexts.count,
          let context = state.shards[shard].contexts[Int(ref.slot)], context.ref == ref
        else { continue }
        context.cancelReason = "cancelled"
        if context.status == .queued {
          context.status = .withdrawn
          context.close()
          state.shards[shard].contexts[Int(ref.slot)] = nil
        } else if context.status == .running {
          beginCancel(context, instant)
          if let slot = state.workers.firstIndex(where: { $0.current === context }), let task = state.workers[slot].task {
            tasks.append(task)
          }
          if context.deadline.nanoseconds < state.scanAt {
            state.scanAt = context.deadline.nanoseconds
            scanAt = state.scanAt
          }
        }
      }
    }
    for task in tasks { task.cancel() }
    if scanAt != .max { clock.schedule(at: Timestamp(nanoseconds: scanAt)) { [weak self] in self?.scan() } }
  }
}
