import FlockCore
import Testing

@Suite struct ScheduleTests {
  private func at(_ text: String) throws -> Timestamp { try #require(Timestamp(text)) }

  @Test func `an interval begins after its delay and repeats from each occurrence`() throws {
    let schedule = Schedule(.every(.seconds(90)), after: .seconds(10))
    let now = try at("2026-11-24T00:00:00Z")
    #expect(schedule.first(from: now) == (try at("2026-11-24T00:00:10Z")))
    #expect(schedule.next(after: try at("2026-11-24T00:00:10Z")) == (try at("2026-11-24T00:01:40Z")))
    #expect(Schedule(.every(.seconds(90))).first(from: now) == now)
  }

  @Test func `a single instant happens once, at once when it is past`() throws {
    let instant = try at("2026-11-24T12:00:00Z")
    let schedule = Schedule(.at(instant))
    #expect(schedule.first(from: try at("2026-11-24T00:00:00Z")) == instant)
    let late = try at("2026-11-25T00:00:00Z")
    #expect(schedule.first(from: late) == late)
    #expect(schedule.next(after: instant) == nil)
  }

  @Test func `a daily time is today's when it is still to come, else tomorrow's`() throws {
    let schedule = Schedule(.daily(second: 3600))
    #expect(schedule.first(from: try at("2026-11-24T00:59:59Z")) == (try at("2026-11-24T01:00:00Z")))
    #expect(schedule.first(from: try at("2026-11-24T01:00:00Z")) == (try at("2026-11-24T01:00:00Z")))
    #expect(schedule.next(after: try at("2026-11-24T01:00:00Z")) == (try at("2026-11-25T01:00:00Z")))
    #expect(schedule.first(from: try at("2026-12-31T01:00:01Z")) == (try at("2027-01-01T01:00:00Z")))
    #expect(schedule.first(from: try at("1969-12-31T02:00:00Z")) == (try at("1970-01-01T01:00:00Z")))
  }

  @Test func `a cron schedule counts the instant of its registration`() throws {
    let schedule = Schedule(.cron(try CronExpression("0 * * * *")))
    #expect(schedule.first(from: try at("2026-11-24T05:00:00Z")) == (try at("2026-11-24T05:00:00Z")))
    #expect(schedule.next(after: try at("2026-11-24T05:00:00Z")) == (try at("2026-11-24T06:00:00Z")))
    let delayed = Schedule(schedule.kind, after: .seconds(1))
    #expect(delayed.first(from: try at("2026-11-24T05:00:00Z")) == (try at("2026-11-24T06:00:00Z")))
  }

  @Test(
    "a schedule within its bounds is valid",
    arguments: [
      Schedule(.every(Schedule.minimumInterval)), Schedule(.daily(second: 0)), Schedule(.daily(second: 86_399)),
      Schedule(.at(.distantPast), maximumRepeats: 1),
    ])
  func valid(_ schedule: Schedule) {
    #expect(throws: Never.self) { try schedule.validate() }
  }

  @Test(
    "a schedule outside of its bounds is refused",
    arguments: [
      Schedule(.every(.microseconds(999))), Schedule(.every(.zero)), Schedule(.every(.seconds(-1))),
      Schedule(.daily(second: -1)),
      Schedule(.daily(second: 86_400)), Schedule(.every(.seconds(1)), after: .seconds(-1)),
      Schedule(.every(.seconds(1)), maximumRepeats: 0),
    ])
  func invalid(_ schedule: Schedule) throws {
    let error = try #require(throws: FlockError.self) { try schedule.validate() }
    #expect(error.code == .invalidConfiguration)
  }
}
