import FlockCore
import Testing

@Suite struct CronTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let cron: String
    let after: String
    let next: String
    init(_ cron: String, _ after: String, _ next: String) {
      self.cron = cron
      self.after = after
      self.next = next
    }
    var testDescription: String { "\(cron) after \(after)" }
  }

  /// Computed by hand. 24 November 2026 is a Tuesday.
  @Test(
    "the next occurrence is the first minute after the instant that matches",
    arguments: [
      Case("* * * * *", "2026-11-24T05:01:13.250Z", "2026-11-24T05:02:00Z"),
      Case("* * * * *", "2026-11-24T05:02:00Z", "2026-11-24T05:03:00Z"),
      Case("*/15 * * * *", "2026-11-24T05:01:13Z", "2026-11-24T05:15:00Z"),
      Case("*/15 * * * *", "2026-11-24T23:45:00Z", "2026-11-25T00:00:00Z"),
      Case("5/20 * * * *", "2026-11-24T05:26:00Z", "2026-11-24T05:45:00Z"),
      Case("7,3,59 * * * *", "2026-11-24T05:03:00Z", "2026-11-24T05:07:00Z"),
      Case("0 0 * * *", "2026-12-31T23:59:59.999Z", "2027-01-01T00:00:00Z"),
      Case("0 0 * * *", "2026-12-31T00:00:00Z", "2027-01-01T00:00:00Z"),
      Case("0 0 * * *", "2026-12-30T23:59:59.999Z", "2026-12-31T00:00:00Z"),
      Case("0 9-17/4 * * mon-fri", "2026-11-27T17:00:00Z", "2026-11-30T09:00:00Z"),
      Case("0 9-17/4 * * MON-FRI", "2026-11-27T09:00:00Z", "2026-11-27T13:00:00Z"),
      Case("0 0 * * 7", "2026-11-24T00:00:00Z", "2026-11-29T00:00:00Z"),
      Case("0 0 * * 0", "2026-11-24T00:00:00Z", "2026-11-29T00:00:00Z"),
      Case("0 0 * * Sun", "2026-11-24T00:00:00Z", "2026-11-29T00:00:00Z"),
      Case("0 0 * * 5-7", "2026-11-28T00:00:00Z", "2026-11-29T00:00:00Z"),
      Case("0 0 31 * *", "2026-11-24T00:00:00Z", "2026-12-31T00:00:00Z"),
      Case("0 0 1 jan *", "2026-11-24T00:00:00Z", "2027-01-01T00:00:00Z"),
      Case("0 0 1 jan,dec *", "2026-11-24T00:00:00Z", "2026-12-01T00:00:00Z"),
      Case("59 23 28-31 feb *", "2023-02-28T23:59:00Z", "2024-02-28T23:59:00Z"),
      Case("0 12 29 2 *", "2026-01-01T00:00:00Z", "2028-02-29T12:00:00Z"),
      Case("0 12 29 2 *", "2096-02-29T12:00:00Z", "2104-02-29T12:00:00Z"),
      Case("0 0 1 1 *", "1969-06-01T00:00:00Z", "1970-01-01T00:00:00Z"),
      // Both day fields restricted: either matches.
      Case("30 4 1,15 * fri", "2026-11-24T00:00:00Z", "2026-11-27T04:30:00Z"),
      Case("30 4 1,15 * fri", "2026-11-27T04:30:00Z", "2026-12-01T04:30:00Z"),
      // One of them begins with a star: both must match. 21 December 2026 is a Monday.
      Case("0 0 */10 * 1", "2026-11-24T00:00:00Z", "2026-12-21T00:00:00Z"),
      Case("0  0   1 1\u{20}*", "2026-06-01T00:00:00Z", "2027-01-01T00:00:00Z"),
    ])
  func next(_ one: Case) throws {
    let after = try #require(Timestamp(one.after))
    #expect(try CronExpression(one.cron).next(after: after) == Timestamp(one.next))
  }

  @Test(
    "an expression outside of the five fields' grammar is refused",
    arguments: [
      "", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * 32 * *", "* * * 13 *", "* * * 0 *",
      "* * * * 8",
      "*/0 * * * *", "*/-1 * * * *", "*/x * * * *", "1-2-3 * * * *", "5-1 * * * *", "a * * * *", ", * * * *",
      "1, * * * *",
      "1/2/3 * * * *", "-1 * * * *", "1- * * * *", "* * * feb-jan *", "* * * janu *", "mon * * * *", "* * * mon *",
      "0 0 30 2 *",
      "0 0 31 2,4,6,9,11 *", "@daily", "99999999999999999999 * * * *",
    ])
  func refuses(_ text: String) throws {
    let error = try #require(throws: FlockError.self) { try CronExpression(text) }
    #expect(error.code == .invalidConfiguration)
    #expect(error.message.contains("cron '\(text)'"))
  }

  @Test func `a day that only a weekday can save is accepted`() throws {
    #expect(throws: Never.self) { try CronExpression("0 0 30 2 mon") }
  }

  @Test func `a year of occurrences agrees with testing each minute`() throws {
    let cron = try CronExpression("13,47 */7 2-20/3 1-11/2 tue,thu")
    var instant = try #require(Timestamp("2025-01-01"))
    let end = try #require(Timestamp("2026-01-01"))
    var occurrences: [Timestamp] = []
    while let next = cron.next(after: instant), next < end {
      occurrences.append(next)
      instant = next
    }
    var expected: [Timestamp] = []
    let start = try #require(Timestamp("2025-01-01"))
    // 1 January 2025 is a Wednesday.
    let lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    var number: Int64 = 0
    for (month, length) in lengths.enumerated() {
      for day in 1...length {
        let weekday = Int((number + 3) % 7)
        let monthMatches = [1, 3, 5, 7, 9, 11].contains(month + 1)
        let dayMatches = [2, 5, 8, 11, 14, 17, 20].contains(day) || weekday == 2 || weekday == 4
        if monthMatches && dayMatches {
          for hour in [0, 7, 14, 21] as [Int64] {
            for minute in [13, 47] as [Int64] {
              expected.append(start + .seconds((number * 24 + hour) * 3600 + minute * 60))
            }
          }
        }
        number += 1
      }
    }
    #expect(occurrences == expected)
    #expect(occurrences.count > 400)
  }
}
