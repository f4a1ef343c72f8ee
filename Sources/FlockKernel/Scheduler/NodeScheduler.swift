public import FlockCore

/// A run that asks to be admitted: small, and all that a policy may look at.
public struct QueuedRun: Sendable, Hashable {
  public var shard: Int32
  public var ref: RunRef
  public var agent: Int32
  public var priority: Int32
  public var enqueuedAt: Timestamp

  @inlinable
  public init(shard: Int32, ref: RunRef, agent: Int32, priority: Int32, enqueuedAt: Timestamp) {
    self.shard = shard
    self.ref = ref
    self.agent = agent
    self.priority = priority
    self.enqueuedAt = enqueuedAt
  }
}

/// Picks what runs next. A pure function of the queue's features and its own state, so that a recording can be judged
/// again under another policy.
public protocol AdmissionPolicy: Sendable {
  /// As decision records name it.
  var name: String { get }
  /// - Parameter candidates: the oldest queued runs, oldest first, never empty, at most ``NodeScheduler/policyWindow``.
  /// - Returns: the place of the one to admit.
  mutating func pick(from candidates: ArraySlice<QueuedRun>, now: Timestamp) -> Int
}

/// Decides what a node runs, and when: a run queue, per-agent caps, breakers and budgets.
///
/// A value without clock or I/O. Order is first in, first out unless a policy says otherwise; a run that its agent's
/// cap, breaker or budget holds back lets others pass, keeps its place among its agent's runs, and comes first when the
/// agent is free again.
public struct NodeScheduler: Sendable {
  /// How many queued runs a policy other than FIFO is shown.
  public static let policyWindow = 64

  private struct AgentState: Sendable {
    var running: Int32 = 0
    var cap: Int32
    var held = Fifo<QueuedRun>()
    var isWaking = false
    var breaker: Breaker
    var budget: BudgetPolicy?
    var budgetStart = Timestamp.distantPast
    var budgetUsed = 0
  }

  private var queue = Fifo<QueuedRun>()
  private var agents: [AgentState]
  /// Agents with held runs that may have room.
  private var waking = Fifo<Int32>()
  private var setAside = Fifo<QueuedRun>()
  private var policy: (any AdmissionPolicy)?
  public private(set) var running = 0
  /// Runs of every agent at once. Default 10 000.
  public let concurrencyLimit: Int
  /// While set, only runs of this shard are admitted: a suspect runs alone in its process.
  public private(set) var exclusiveShard: Int32?
  public private(set) var decisions: DecisionLog

  /// - Parameters:
  ///   - policy: `nil` is first in, first out.
  ///   - decisionCapacity: decision records that are kept. Default 65 536, of 56 bytes each.
  public init(
    agents: [AgentDefinition], concurrencyLimit: Int = 10_000, policy: (any AdmissionPolicy)? = nil,
    decisionCapacity: Int = 65_536
  ) {
    self.agents = agents.map {
      AgentState(cap: Int32(clamping: max(1, $0.limits.concurrency)), breaker: Breaker($0.breaker), budget: $0.budget)
    }
    self.concurrencyLimit = max(1, concurrencyLimit)
    self.policy = policy
    decisions = DecisionLog(capacity: decisionCapacity)
  }

  /// Queued runs, also those that are held back.
  public var depth: Int { queue.count + setAside.count + heldCount }
  public private(set) var heldCount = 0

  /// Whether ``next(now:)`` may have something. Held runs do not count until their agent may have room.
  @inlinable
  public var hasQueued: Bool { hasQueue }
  @usableFromInline var hasQueue: Bool { running < concurrencyLimit && (!queue.isEmpty || !waking.isEmpty) }

  /// Runs that could start as soon as somebody takes them.
  public var startable: Int { queue.count }

  public mutating func submit(_ run: QueuedRun) { queue.append(run) }

  /// The next run to start, or `nil` when nothing may start now.
  public mutating func next(now: Timestamp) -> QueuedRun? {
    guard running < concurrencyLimit else { return nil }
    while let agent = waking.first {
      if let run = wake(Int(agent), now: now) { return admit(run, .unblocked, now: now) }
      waking.popFirst()
      agents[Int(agent)].isWaking = false
    }
    while let run = pick(now: now) {
      if let shard = exclusiveShard, run.shard != shard {
        setAside.append(run)
        continue
      }
      let agent = Int(run.agent)
      if agents[agent].held.isEmpty, mayStart(agent, now: now) { return admit(run, .policy, now: now) }
      agents[agent].held.append(run)
      heldCount += 1
    }
    return nil
  }

  private mutating func pick(now: Timestamp) -> QueuedRun? {
    guard policy != nil, queue.count > 1 else { return queue.popFirst() }
    let candidates = queue.elements.prefix(NodeScheduler.policyWindow)
    let picked = policy?.pick(from: candidates, now: now) ?? 0
    precondition(candidates.indices.contains(candidates.startIndex + picked), "a policy must pick one of the candidates")
    return queue.remove(at: picked)
  }

  private mutating func wake(_ agent: Int, now: Timestamp) -> QueuedRun? {
    // Runs of other shards that wait in front must not hold back the suspect that is to run alone.
    let place = agents[agent].held.elements.firstIndex { exclusiveShard == nil || $0.shard == exclusiveShard }
    guard let place, mayStart(agent, now: now) else { return nil }
    heldCount -= 1
    return agents[agent].held.remove(at: place - agents[agent].held.elements.startIndex)
  }

  private mutating func mayStart(_ agent: Int, now: Timestamp) -> Bool {
    guard agents[agent].running < agents[agent].cap else { return false }
    if let budget = agents[agent].budget {
      if agents[agent].budgetStart + budget.period <= now || agents[agent].budgetStart == .distantPast {
        agents[agent].budgetStart = now
        agents[agent].budgetUsed = 0
      }
      guard agents[agent].budgetUsed < budget.runs else { return false }
    }
    // Last, because a yes from an open breaker is its one probe.
    return agents[agent].breaker.permits(now: now, running: agents[agent].running)
  }

  private mutating func admit(_ run: QueuedRun, _ reason: Decision.Reason, now: Timestamp) -> QueuedRun {
    running += 1
    agents[Int(run.agent)].running += 1
    agents[Int(run.agent)].budgetUsed += 1
    decisions.append(
      Decision(
        at: now, shard: run.shard, ref: run.ref, agent: run.agent, candidates: Int32(clamping: depth + 1),
        waitedNanoseconds: now.nanoseconds &- run.enqueuedAt.nanoseconds, reason: reason))
    return run
  }

  /// How a run's attempt ended, as far as a breaker cares.
  public enum End: Sendable {
    case success, failure
    /// Says nothing about the agent: cancelled, returned, or refused.
    case neutral
  }

  public mutating func finished(agent: Int32, _ end: End, now: Timestamp) {
    running -= 1
    let index = Int(agent)
    agents[index].running -= 1
    switch end {
    case .success: agents[index].breaker.succeeded()
    case .failure: agents[index].breaker.failed(now: now)
    case .neutral: agents[index].breaker.endedNeutrally()
    }
    wakeIfHeld(index)
  }

  private mutating func wakeIfHeld(_ agent: Int) {
    guard !agents[agent].held.isEmpty, !agents[agent].isWaking else { return }
    agents[agent].isWaking = true
    waking.append(Int32(agent))
  }

  /// Looks again at agents whose breaker or budget may have opened by the passing of time.
  public mutating func advance(to now: Timestamp) {
    guard heldCount > 0 else { return }
    for index in agents.indices where !agents[index].held.isEmpty { wakeIfHeld(index) }
  }

  /// When time alone may let a held run start.
  public func nextDue(now: Timestamp) -> Timestamp? {
    // What is queued now may be held back before anybody asks again.
    guard heldCount > 0 || !queue.isEmpty else { return nil }
    var next: Timestamp?
    for agent in agents where !agent.held.isEmpty || !queue.isEmpty {
      var due: Timestamp?
      // An instant that has just passed counts as well, unless somebody is about to look.
      if let until = agent.breaker.probeDue, until > now || !agent.isWaking { due = until }
      if let budget = agent.budget, agent.budgetUsed >= budget.runs { due = max(due ?? .distantPast, agent.budgetStart + budget.period) }
      if let due { next = min(next ?? .distantFuture, due) }
    }
    return next
  }

  public mutating func setExclusive(_ shard: Int32?) {
    exclusiveShard = shard
    // What was set aside came before what is queued.
    while let run = queue.popFirst() { setAside.append(run) }
    swap(&queue, &setAside)
    if shard == nil { advance(to: .distantPast) }
  }

  /// Takes every queued run out: a node that shuts down returns them.
  public mutating func removeAll() -> [QueuedRun] {
    var all: [QueuedRun] = []
    while let run = queue.popFirst() { all.append(run) }
    while let run = setAside.popFirst() { all.append(run) }
    for index in agents.indices {
      while let run = agents[index].held.popFirst() { all.append(run) }
    }
    heldCount = 0
    return all
  }

  /// Whether an agent's breaker is open, for reports.
  public func isBreakerOpen(agent: Int, now: Timestamp) -> Bool {
    guard let until = agents[agent].breaker.openUntil else { return false }
    return until > now
  }
}
