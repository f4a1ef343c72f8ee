import FlockCore
import FlockKernel
import Testing

/// The run queue of a node: order, caps, breakers, budgets, and a suspect that runs alone.
@Suite struct NodeSchedulerTests {
  private func scheduler(_ agents: AgentDefinition..., limit: Int = 100, policy: (any AdmissionPolicy)? = nil) -> NodeScheduler {
    NodeScheduler(agents: agents, concurrencyLimit: limit, policy: policy)
  }

  private func run(_ number: Int32, agent: Int32 = 0, shard: Int32 = 0, priority: Int32 = 0, at: Int64 = 0) -> QueuedRun {
    QueuedRun(shard: shard, ref: RunRef(slot: number, generation: 1), agent: agent, priority: priority, enqueuedAt: .at(at))
  }

  /// Takes what may start now, by number.
  private func drain(_ scheduler: inout NodeScheduler, at: Int64 = 0) -> [Int32] {
    var taken: [Int32] = []
    while let run = scheduler.next(now: .at(at)) { taken.append(run.ref.slot) }
    return taken
  }

  private func limited(_ name: String, cap: Int = 1000, breaker: Int = 0, coolDown: Int64 = 100, budget: Int? = nil) -> AgentDefinition {
    agent(name) {
      $0.limits.concurrency = cap
      $0.breaker = BreakerPolicy(failureThreshold: breaker, coolDown: .milliseconds(coolDown))
      $0.budget = budget.map { BudgetPolicy(runs: $0, per: .milliseconds(1000)) }
    }
  }

  @Test func `runs start in the order in which they came`() {
    var scheduler = scheduler(limited("a"), limited("b"))
    for number in 0..<20 { scheduler.submit(run(Int32(number), agent: Int32(number % 2))) }
    #expect(drain(&scheduler) == Array(0..<20))
    #expect(scheduler.running == 20)
    #expect(scheduler.depth == 0)
  }

  @Test func `the node's limit bounds what runs`() {
    var scheduler = scheduler(limited("a"), limit: 3)
    for number in 0..<5 { scheduler.submit(run(Int32(number))) }
    #expect(drain(&scheduler) == [0, 1, 2])
    scheduler.finished(agent: 0, .success, now: .at(0))
    #expect(drain(&scheduler) == [3])
    #expect(scheduler.depth == 1)
  }

  @Test func `a full agent lets others pass and keeps its order`() {
    var scheduler = scheduler(limited("narrow", cap: 2), limited("wide"))
    for number in 0..<6 { scheduler.submit(run(Int32(number), agent: 0)) }
    for number in 6..<9 { scheduler.submit(run(Int32(number), agent: 1)) }
    #expect(drain(&scheduler) == [0, 1, 6, 7, 8])
    #expect(scheduler.heldCount == 4)
    #expect(scheduler.depth == 4)
    // A run that comes now does not overtake those that wait.
    scheduler.submit(run(9, agent: 0))
    scheduler.finished(agent: 0, .success, now: .at(0))
    #expect(drain(&scheduler) == [2])
    scheduler.finished(agent: 0, .failure, now: .at(0))
    scheduler.finished(agent: 0, .neutral, now: .at(0))
    #expect(drain(&scheduler) == [3, 4])
    for _ in 0..<2 { scheduler.finished(agent: 0, .success, now: .at(0)) }
    #expect(drain(&scheduler) == [5, 9])
    #expect(scheduler.heldCount == 0)
  }

  @Test func `held runs come before what is queued behind them`() {
    var scheduler = scheduler(limited("narrow", cap: 1), limited("wide"), limit: 2)
    for number in 0..<3 { scheduler.submit(run(Int32(number), agent: 0)) }
    for number in 3..<6 { scheduler.submit(run(Int32(number), agent: 1)) }
    #expect(drain(&scheduler) == [0, 3])
    scheduler.finished(agent: 0, .success, now: .at(0))
    #expect(drain(&scheduler) == [1])
    #expect(scheduler.decisions.kept.map(\.reason) == [.policy, .policy, .unblocked])
  }

  @Test func `a breaker opens, lets one probe pass and closes`() {
    var scheduler = scheduler(limited("a", breaker: 3))
    for number in 0..<10 { scheduler.submit(run(Int32(number))) }
    #expect(drain(&scheduler, at: 0) == Array(0..<10))
    // Two failures with a success between them are none in a row.
    for end in [NodeScheduler.End.failure, .failure, .success, .failure, .failure] { scheduler.finished(agent: 0, end, now: .at(0)) }
    #expect(!scheduler.isBreakerOpen(agent: 0, now: .at(0)))
    scheduler.finished(agent: 0, .failure, now: .at(0))
    #expect(scheduler.isBreakerOpen(agent: 0, now: .at(0)))
    for number in 10..<13 { scheduler.submit(run(Int32(number))) }
    #expect(drain(&scheduler, at: 99).isEmpty)
    #expect(scheduler.nextDue(now: .at(99)) == .at(100))
    scheduler.advance(to: .at(100))
    #expect(drain(&scheduler, at: 100) == [10])
    // The probe fails: closed for another while, from now.
    scheduler.finished(agent: 0, .failure, now: .at(120))
    scheduler.advance(to: .at(219))
    #expect(drain(&scheduler, at: 219).isEmpty)
    scheduler.advance(to: .at(220))
    #expect(drain(&scheduler, at: 220) == [11])
    scheduler.finished(agent: 0, .success, now: .at(221))
    #expect(!scheduler.isBreakerOpen(agent: 0, now: .at(221)))
    #expect(drain(&scheduler, at: 221) == [12])
  }

  @Test func `a probe that says nothing is made again`() {
    var scheduler = scheduler(limited("a", breaker: 1))
    for number in 0..<3 { scheduler.submit(run(Int32(number))) }
    _ = scheduler.next(now: .at(0))
    scheduler.finished(agent: 0, .failure, now: .at(0))
    scheduler.advance(to: .at(100))
    #expect(drain(&scheduler, at: 100) == [1])
    scheduler.finished(agent: 0, .neutral, now: .at(101))
    #expect(drain(&scheduler, at: 101) == [2])
  }

  @Test func `a threshold of zero is no breaker`() {
    var scheduler = scheduler(limited("a", breaker: 0))
    for number in 0..<100 {
      scheduler.submit(run(Int32(number)))
      #expect(drain(&scheduler) == [Int32(number)])
      scheduler.finished(agent: 0, .failure, now: .at(0))
    }
  }

  @Test func `a budget is spent and comes back with its period`() {
    var scheduler = scheduler(limited("a", budget: 3), limited("b"))
    for number in 0..<7 { scheduler.submit(run(Int32(number))) }
    scheduler.submit(run(7, agent: 1))
    #expect(drain(&scheduler, at: 5) == [0, 1, 2, 7])
    for _ in 0..<3 { scheduler.finished(agent: 0, .success, now: .at(10)) }
    #expect(drain(&scheduler, at: 1004).isEmpty)
    #expect(scheduler.nextDue(now: .at(1004)) == .at(1005))
    scheduler.advance(to: .at(1005))
    #expect(drain(&scheduler, at: 1005) == [3, 4, 5])
    scheduler.advance(to: .at(2005))
    #expect(drain(&scheduler, at: 2005) == [6])
  }

  @Test func `an open breaker and a spent budget together do not block an agent for ever`() {
    var scheduler = scheduler(limited("a", breaker: 1, coolDown: 100, budget: 1))
    scheduler.submit(run(0))
    #expect(drain(&scheduler, at: 0) == [0])
    scheduler.finished(agent: 0, .failure, now: .at(0))
    scheduler.submit(run(1))
    // The breaker would let a probe pass, the budget would not.
    scheduler.advance(to: .at(500))
    #expect(drain(&scheduler, at: 500).isEmpty)
    scheduler.advance(to: .at(1000))
    #expect(drain(&scheduler, at: 1000) == [1])
  }

  // MARK: A suspect alone

  @Test func `an exclusive shard keeps others waiting, in their order`() {
    var scheduler = scheduler(limited("a"))
    for number in 0..<3 { scheduler.submit(run(Int32(number), shard: 1)) }
    scheduler.submit(run(3, shard: 0))
    scheduler.setExclusive(0)
    #expect(scheduler.exclusiveShard == 0)
    #expect(drain(&scheduler) == [3])
    #expect(scheduler.depth == 3)
    for number in 4..<6 { scheduler.submit(run(Int32(number), shard: 1)) }
    scheduler.setExclusive(nil)
    #expect(drain(&scheduler) == [0, 1, 2, 4, 5])
  }

  @Test func `a suspect is not stuck behind held runs of another shard`() {
    var scheduler = scheduler(limited("a", breaker: 1, coolDown: 100))
    scheduler.submit(run(0, shard: 1))
    #expect(drain(&scheduler) == [0])
    scheduler.finished(agent: 0, .failure, now: .at(0))
    for number in 1..<4 { scheduler.submit(run(Int32(number), shard: 1)) }
    #expect(drain(&scheduler).isEmpty)
    scheduler.setExclusive(0)
    scheduler.submit(run(4, shard: 0))
    #expect(drain(&scheduler).isEmpty)
    scheduler.advance(to: .at(100))
    #expect(drain(&scheduler, at: 100) == [4])
    scheduler.finished(agent: 0, .success, now: .at(101))
    scheduler.setExclusive(nil)
    #expect(drain(&scheduler, at: 101) == [1, 2, 3])
    #expect(scheduler.depth == 0)
  }

  @Test func `everything queued can be taken back`() {
    var scheduler = scheduler(limited("narrow", cap: 1), limited("wide"))
    for number in 0..<4 { scheduler.submit(run(Int32(number), agent: 0)) }
    #expect(drain(&scheduler) == [0])
    scheduler.submit(run(4, agent: 1, shard: 1))
    scheduler.setExclusive(0)
    #expect(drain(&scheduler).isEmpty)
    scheduler.submit(run(5, agent: 1))
    #expect(scheduler.removeAll().map(\.ref.slot).sorted() == [1, 2, 3, 4, 5])
    #expect(scheduler.depth == 0)
    scheduler.finished(agent: 0, .success, now: .at(0))
    #expect(drain(&scheduler).isEmpty)
  }

  // MARK: Policies and records

  private struct HighestPriority: AdmissionPolicy {
    let name = "priority"
    func pick(from candidates: ArraySlice<QueuedRun>, now: Timestamp) -> Int {
      var best = candidates.startIndex
      for index in candidates.indices where candidates[index].priority > candidates[best].priority { best = index }
      return best - candidates.startIndex
    }
  }

  private struct Youngest: AdmissionPolicy {
    let name = "youngest"
    func pick(from candidates: ArraySlice<QueuedRun>, now: Timestamp) -> Int { candidates.count - 1 }
  }

  @Test func `a policy picks among the oldest, and equals stay in order`() {
    var scheduler = scheduler(limited("a"), policy: HighestPriority())
    let priorities: [Int32] = [1, 3, 2, 3, 1, 2]
    for (number, priority) in priorities.enumerated() { scheduler.submit(run(Int32(number), priority: priority)) }
    #expect(drain(&scheduler) == [1, 3, 2, 5, 0, 4])
  }

  @Test func `a policy sees no more than its window`() {
    var scheduler = scheduler(limited("a"), limit: 1000, policy: Youngest())
    for number in 0..<100 { scheduler.submit(run(Int32(number))) }
    // Of the 64 oldest the youngest, while there are more than 64; then from behind.
    let expected = Array(63..<100).map { Int32($0) } + Array(0..<63).reversed().map { Int32($0) }
    #expect(drain(&scheduler) == expected)
  }

  @Test func `a decision says when, which, among how many and after what wait`() {
    var scheduler = scheduler(limited("a"), limited("b"))
    scheduler.submit(run(0, at: 0))
    scheduler.submit(run(1, agent: 1, shard: 3, at: 5))
    _ = drain(&scheduler, at: 25)
    #expect(
      scheduler.decisions.kept == [
        Decision(
          at: .at(25), shard: 0, ref: RunRef(slot: 0, generation: 1), agent: 0, candidates: 2,
          waitedNanoseconds: 25_000_000, reason: .policy),
        Decision(
          at: .at(25), shard: 3, ref: RunRef(slot: 1, generation: 1), agent: 1, candidates: 1,
          waitedNanoseconds: 20_000_000, reason: .policy),
      ])
  }

  @Test("the ring keeps the newest decisions", arguments: [1, 2, 5, 6, 7, 13, 100])
  func ring(_ capacity: Int) {
    var scheduler = NodeScheduler(agents: [limited("a")], decisionCapacity: capacity)
    for number in 0..<13 {
      scheduler.submit(run(Int32(number)))
      _ = drain(&scheduler)
    }
    #expect(scheduler.decisions.total == 13)
    #expect(scheduler.decisions.kept.map(\.ref.slot) == Array((0..<13).suffix(capacity)).map { Int32($0) })
  }

  /// A second scheduler: one list, searched from its head for the first run whose agent has room.
  @Test func `order and caps agree with a plain list`() {
    for seed in 0..<300 {
      var random = SplitMix64(state: UInt64(seed))
      let caps = (0..<3).map { _ in 1 + Int(random.next() % 3) }
      var scheduler = scheduler(limited("a", cap: caps[0]), limited("b", cap: caps[1]), limited("c", cap: caps[2]), limit: 5)
      var list: [QueuedRun] = []
      var running: [Int32] = []
      var next: Int32 = 0
      for _ in 0..<200 {
        switch random.next() % 3 {
        case 0:
          let queued = run(next, agent: Int32(random.next() % 3))
          next += 1
          scheduler.submit(queued)
          list.append(queued)
        case 1:
          // Within an agent the order is that of arrival, and nobody waits who could run.
          let eligible = running.count < 5 ? list.filter { queued in running.count { $0 == queued.agent } < caps[Int(queued.agent)] } : []
          let taken = scheduler.next(now: .at(0))
          #expect((taken == nil) == eligible.isEmpty)
          guard let taken else { continue }
          #expect(taken == list.first { $0.agent == taken.agent })
          list.removeAll { $0 == taken }
          running.append(taken.agent)
        default:
          guard let index = running.indices.randomElement(using: &random) else { continue }
          scheduler.finished(agent: running.remove(at: index), .success, now: .at(0))
        }
        #expect(scheduler.running == running.count && scheduler.depth == list.count)
      }
    }
  }
}
