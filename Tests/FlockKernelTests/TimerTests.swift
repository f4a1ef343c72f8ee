import FlockCore
import FlockKernel
import Testing

/// Clocks: one run an occurrence, by a stated rule after downtime.
@Suite struct TimerTests {
  private func harness(_ schedule: Schedule, shards: Int = 1) throws -> KernelHarness {
    var ticking = Subscription(name: "tick", inputs: [])
    ticking.schedule = schedule
    return try KernelHarness([agent("clock", ticking)], shards: shards)
  }

  /// Milliseconds after the beginning at which runs were due.
  private func occurrences(_ harness: KernelHarness) -> [Int64] {
    harness.started.map { run in
      guard case .timer(let occurrence, _) = run.trigger else { return -1 }
      return (occurrence - .origin).inNanoseconds / 1_000_000
    }
  }

  private func walk(_ harness: inout KernelHarness, to end: Int64, step: Int64) {
    var at = (harness.clock - .origin).inNanoseconds / 1_000_000
    while at < end {
      at = min(end, at + step)
      harness.clock = .at(at)
      harness.settle()
    }
  }

  static let day: Int64 = 86_400_000

  @Test(
    "occurrences of each kind, looked at often",
    arguments: [
      (Schedule(.every(.milliseconds(100))), 350, [0, 100, 200, 300]),
      (Schedule(.every(.milliseconds(100)), after: .milliseconds(50)), 350, [50, 150, 250, 350]),
      (Schedule(.every(.milliseconds(100)), maximumRepeats: 2), 1000, [0, 100]),
      (Schedule(.at(.at(250))), 1000, [250]),
      (Schedule(.at(.at(-5000))), 1000, [0]),
      (Schedule(.at(.at(20)), after: .milliseconds(100)), 1000, [100]),
    ] as [(Schedule, Int64, [Int64])])
  func occurrences(_ schedule: Schedule, _ end: Int64, _ expected: [Int64]) throws {
    var harness = try harness(schedule)
    harness.settle()
    walk(&harness, to: end, step: 7)
    #expect(occurrences(harness) == expected)
    #expect(harness.outcomes.count == expected.count)
    #expect(Set(harness.outcomes.map(\.run)).count == expected.count)
  }

  /// The tests begin at midnight of a Thursday.
  @Test func `daily and cron occur once on each of their instants`() throws {
    var daily = try harness(Schedule(.daily(second: 3600)))
    walk(&daily, to: 3 * Self.day, step: 450_000)
    #expect(occurrences(daily) == [3_600_000, 3_600_000 + Self.day, 3_600_000 + 2 * Self.day])
    var midnight = try harness(Schedule(.daily(second: 0)))
    walk(&midnight, to: 2 * Self.day, step: 3_600_000)
    #expect(occurrences(midnight) == [0, Self.day, 2 * Self.day])
    var cron = try harness(Schedule(.cron(CronExpression("30 */12 * * fri"))))
    walk(&cron, to: 9 * Self.day, step: 600_000)
    let friday = Self.day
    let nextFriday = 8 * Self.day
    #expect(occurrences(cron) == [friday + 1_800_000, friday + 45_000_000, nextFriday + 1_800_000, nextFriday + 45_000_000])
  }

  @Test func `a daily timer fires once though its second is looked at a thousand times`() throws {
    var harness = try harness(Schedule(.daily(second: 1)))
    walk(&harness, to: 3000, step: 2)
    #expect(occurrences(harness) == [1000])
  }

  @Test(
    "after downtime each misfire rule does what it says",
    arguments: [(Schedule.Misfire.once, [1000]), (.all, [100, 200, 300, 400, 500, 600, 700, 800, 900, 1000]), (.skip, [])]
      as [(Schedule.Misfire, [Int64])], [false, true])
  func misfire(_ row: (misfire: Schedule.Misfire, expected: [Int64]), _ isClean: Bool) throws {
    let (misfire, expected) = row
    var harness = try harness(Schedule(.every(.milliseconds(100)), misfire: misfire))
    harness.rest()
    #expect(occurrences(harness) == [0])
    harness.clock = .at(1040)
    if isClean { try harness.restart() } else { try harness.crash() }
    harness.rest()
    #expect(occurrences(harness) == [0] + expected)
    // Then on time again.
    walk(&harness, to: 1250, step: 10)
    #expect(occurrences(harness) == [0] + expected + [1100, 1200])
    #expect(harness.outcomes.count == harness.started.count)
  }

  @Test func `repeats are counted over restarts`() throws {
    var harness = try harness(Schedule(.every(.milliseconds(100)), maximumRepeats: 3, misfire: .all))
    harness.rest()
    for _ in 0..<6 {
      harness.clock = harness.clock + .milliseconds(100)
      try harness.crash()
      harness.rest()
    }
    #expect(occurrences(harness) == [0, 100, 200])
    #expect(harness.outcomes.map(\.kind) == [.success, .success, .success])
    #expect(harness.shards[0].kernel.nextDue == nil)
  }

  @Test("no more are caught up than the limit", arguments: [Schedule.Misfire.all, .once])
  func catchUp(_ misfire: Schedule.Misfire) throws {
    var harness = try harness(Schedule(.every(.milliseconds(1)), misfire: misfire))
    harness.rest()
    let before = harness.started.count
    harness.clock = .at(5000)
    harness.rest()
    let caughtUp = Array(occurrences(harness)[before...])
    #expect(caughtUp.count == (misfire == .all ? Schedule.maximumCatchUp : 1))
    #expect(caughtUp == caughtUp.sorted() && Set(caughtUp).count == caughtUp.count)
    #expect(caughtUp.allSatisfy { $0 > 0 && $0 <= 5000 })
    harness.clock = .at(5001)
    harness.rest()
    #expect(occurrences(harness).last == 5001)
    #expect(harness.started.count == before + caughtUp.count + 1)
  }

  @Test func `a tick that was not committed is the same run after a crash`() throws {
    var harness = try harness(Schedule(.every(.milliseconds(100))))
    harness.rest()
    harness.clock = .at(100)
    harness.turn()
    try harness.crash()
    harness.rest()
    #expect(occurrences(harness) == [0, 100, 100])
    #expect(harness.started[1].id == harness.started[2].id)
    #expect(harness.outcomes.count == 2)
  }

  @Test func `a timer lives on one shard of several`() throws {
    var harness = try harness(Schedule(.every(.milliseconds(100)), maximumRepeats: 4), shards: 8)
    walk(&harness, to: 1000, step: 50)
    #expect(occurrences(harness) == [0, 100, 200, 300])
    let iterations = harness.started.map { run -> Int in
      if case .timer(_, let iteration) = run.trigger { return iteration }
      return -1
    }
    #expect(iterations == [0, 1, 2, 3])
  }

  @Test func `each tick is a correlation of its own`() throws {
    var harness = try harness(Schedule(.every(.milliseconds(100)), maximumRepeats: 3))
    walk(&harness, to: 500, step: 50)
    #expect(Set(harness.started.map(\.correlation)).count == 3)
  }

  @Test(
    "bad schedules are refused",
    arguments: [
      Schedule(.every(.zero)), Schedule(.every(.seconds(-1))), Schedule(.every(.nanoseconds(999_999))), Schedule(.daily(second: 86_400)),
      Schedule(.daily(second: -1)), Schedule(.every(.seconds(1)), after: .seconds(-1)), Schedule(.every(.seconds(1)), maximumRepeats: 0),
    ])
  func refused(_ schedule: Schedule) {
    #expect { try harness(schedule) } throws: { ($0 as? FlockError)?.code == .invalidConfiguration }
  }
}
