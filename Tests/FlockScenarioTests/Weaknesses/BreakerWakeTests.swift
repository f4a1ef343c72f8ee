import FlockCore
import FlockKernel
import Testing

/// What an open breaker holds back must be looked at again, whenever somebody asks when.
@Suite struct BreakerWakeTests {
  private let start = Timestamp(nanoseconds: 1_000_000_000_000)

  /// A run has failed and opened the breaker for ten seconds; another one is queued and nobody has looked at it yet.
  private func open() -> NodeScheduler {
    var agent = AgentDefinition(name: "fragile")
    agent.breaker = BreakerPolicy(failureThreshold: 1, coolDown: .seconds(10))
    var scheduler = NodeScheduler(agents: [agent])
    for slot in 0..<2 {
      scheduler.submit(
        QueuedRun(shard: 0, ref: RunRef(slot: Int32(slot), generation: 1), agent: 0, priority: 0, enqueuedAt: start))
    }
    let first = scheduler.next(now: start)
    #expect(first?.ref.slot == 0)
    scheduler.finished(agent: 0, .failure, now: start)
    return scheduler
  }

  @Test func `a run that is still queued when the breaker opens has an instant to wait for`() {
    var scheduler = open()
    #expect(scheduler.nextDue(now: start) == start + .seconds(10))
    let held = scheduler.next(now: start)
    #expect(held == nil)
    #expect(scheduler.nextDue(now: start) == start + .seconds(10))
  }

  @Test func `a held run is not forgotten when the question comes after the breaker has cooled down`() {
    var scheduler = open()
    let held = scheduler.next(now: start)
    #expect(held == nil)
    let late = start + .seconds(11)
    #expect(scheduler.nextDue(now: late) == start + .seconds(10))
    scheduler.advance(to: late)
    let probe = scheduler.next(now: late)
    #expect(probe?.ref.slot == 1)
    // While the probe runs there is nothing to wait for but its end.
    #expect(scheduler.nextDue(now: late) == nil)
  }
}
