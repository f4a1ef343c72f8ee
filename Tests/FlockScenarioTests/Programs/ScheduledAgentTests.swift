import Flock
import FlockCore
import FlockKernel
import FlockTestKit
import Testing

private struct Tick: ArtifactPayload, Hashable {
  static let artifactType = ArtifactType("clock/tick")
  var at: Timestamp
  var iteration: Int
}

private struct Heard: ArtifactPayload, Hashable {
  static let artifactType = ArtifactType("clock/heard")
  var iteration: Int
}

private struct Note: ArtifactPayload {
  static let artifactType = ArtifactType("clock/note")
  var text: String
}

@Suite struct ScheduledAgentTests {
  private static func agent(_ schedule: Schedule) -> Agent {
    Agent("clock").scheduled(schedule).publishes(Tick.self, .exactly(1)).timeout(nil).runs { context in
      guard case .timer(let occurrence, let iteration) = context.trigger, context.artifacts.isEmpty else {
        throw PermanentFailure("this run was not started by the clock")
      }
      try context.publish(Tick(at: occurrence, iteration: iteration))
    }
  }

  private func time(_ text: String) throws -> Timestamp { try #require(Timestamp(text)) }

  @Test(arguments: Setup.all)
  func `every: at once, then at exact distances, and no more often than it may`(setup: Setup) async throws {
    let clock = ManualClock(startingAt: try time("2026-03-01T10:00:00Z"))
    let listener = Agent("listener").consumes(Tick.self).publishes(Heard.self).timeout(nil)
      .runs { (tick: Tick, _) in Heard(iteration: tick.iteration) }
    let schedule = Schedule(.every(.seconds(60)), after: .seconds(5), maximumRepeats: 4)
    try await withBoard(setup, [Self.agent(schedule), listener], clock: clock) { board in
      try await board.flock.start()
      for count in 1...4 {
        clock.advance(by: count == 1 ? .seconds(5) : .seconds(60))
        try await eventually("tick \(count)") { try await board.artifacts(Heard.self).count == count }
      }
      clock.advance(by: .seconds(86_400))
      try await board.settle()
      let expected = try ["10:00:05", "10:01:05", "10:02:05", "10:03:05"].enumerated()
        .map { Tick(at: try time("2026-03-01T\($1)Z"), iteration: $0) }
      #expect(Set(try await board.values(Tick.self)) == Set(expected))
      #expect(Set(try await board.values(Heard.self)) == Set((0..<4).map { Heard(iteration: $0) }))
      // Each tick begins a correlation of its own.
      #expect(Set(try await board.artifacts(Tick.self).map(\.correlation)).count == 4)
    }
  }

  @Test(arguments: Setup.all)
  func `cron, daily and a fixed instant fire when the calendar says so`(setup: Setup) async throws {
    // 2026-02-27 is a Friday.
    let clock = ManualClock(startingAt: try time("2026-02-27T12:00:00Z"))
    let agents = [
      ("cron", Schedule(.cron(try CronExpression("30 9 * * mon-fri")))), ("daily", Schedule(.daily(second: 6 * 3600))),
      ("once", Schedule(.at(try time("2026-03-01T00:00:00Z")))),
    ].map { name, schedule in
      Agent(name).scheduled(schedule).publishes(Note.self).timeout(nil).runs { context in
        guard case .timer(let occurrence, _) = context.trigger else { throw PermanentFailure("no timer") }
        try context.publish(Note(text: "\(context.agent) \(occurrence)"))
      }
    }
    try await withBoard(setup, agents, clock: clock) { board in
      try await board.flock.start()
      // Hour by hour through five days, as far as each hour's runs need.
      for _ in 0..<120 {
        clock.advance(by: .seconds(3600))
        try await board.settle()
      }
      let expected = [
        "once 2026-03-01T00:00:00.000Z", "cron 2026-03-02T09:30:00.000Z", "cron 2026-03-03T09:30:00.000Z",
        "cron 2026-03-04T09:30:00.000Z", "daily 2026-02-28T06:00:00.000Z", "daily 2026-03-01T06:00:00.000Z",
        "daily 2026-03-02T06:00:00.000Z", "daily 2026-03-03T06:00:00.000Z", "daily 2026-03-04T06:00:00.000Z",
      ]
      try await eventually("nine occurrences") { try await board.artifacts(Note.self).count >= 9 }
      #expect(try await board.values(Note.self).map(\.text).sorted() == expected.sorted())
    }
  }

  /// The clock is at 10:00; ten minutes pass without a program; the interval is one minute.
  @Test(arguments: Setup.all, [(Schedule.Misfire.once, 1), (.all, 10), (.skip, 0)])
  func `after a downtime the missed occurrences are treated by the misfire rule`(
    setup: Setup, rule: (misfire: Schedule.Misfire, ticks: Int)
  ) async throws {
    let clock = ManualClock(startingAt: try time("2026-03-01T10:00:00Z"))
    let place = try StorePlace(setup, clock: clock)
    let agent = Self.agent(Schedule(.every(.seconds(60)), misfire: rule.misfire))
    try await withBoard(at: place, [agent], clock: clock) { board in
      try await board.flock.start()
      try await eventually("the first tick") { try await board.artifacts(Tick.self).count == 1 }
    }
    clock.advance(by: .seconds(600) + .milliseconds(500))
    try await withBoard(at: place, [agent], clock: clock) { board in
      try await board.flock.start()
      // Without this the clock might move on before anybody has looked at what was missed.
      try await board.settle()
      try await eventually("what was missed") { try await board.artifacts(Tick.self).count == 1 + rule.ticks }
      clock.advance(by: .seconds(60))
      try await eventually("the next tick on time") { try await board.artifacts(Tick.self).count == 2 + rule.ticks }
      let ticks = try await board.values(Tick.self).map(\.at)
      #expect(ticks.max() == (try time("2026-03-01T10:11:00Z")))
      #expect(Set(ticks).count == ticks.count)
    }
  }
}
