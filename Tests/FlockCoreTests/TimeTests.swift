import FlockCore
import FlockJSON
import Testing

@Suite struct TimeTests {
  @Test(
    "RFC 3339 texts name instants",
    arguments: [
      ("1970-01-01T00:00:00Z", 0), ("1970-01-01", 0), ("1969-12-31T23:59:59.999Z", -1_000_000),
      // The examples of RFC 3339, section 5.8.
      ("1985-04-12T23:20:50.52Z", 482_196_050_520_000_000), ("1996-12-19T16:39:57-08:00", 851_042_397_000_000_000),
      ("1937-01-01T12:00:27.87+00:20", -1_041_337_172_130_000_000),
      ("2024-02-29t12:34:56.789z", 1_709_210_096_789_000_000),
      ("2024-02-29 12:34:56.789000001Z", 1_709_210_096_789_000_001),
      ("2038-01-19T03:14:07Z", 2_147_483_647_000_000_000), ("2000-03-01", 951_868_800_000_000_000),
      ("1970-01-01T00:00:00.1234567899Z", 123_456_789), ("2024-01-01T00:00:00+23:59", 1_703_980_860_000_000_000),
      ("2262-04-11T23:47:16Z", 9_223_372_036_000_000_000),
    ] as [(String, Int64)])
  func reads(_ text: String, _ nanoseconds: Int64) {
    #expect(Timestamp(text)?.nanoseconds == nanoseconds)
  }

  @Test(
    "other texts name none",
    arguments: [
      "", "1970", "1970-1-1", "1970-00-01", "1970-13-01", "1970-01-00", "1970-01-32", "2023-02-29", "1900-02-29",
      "2024-04-31",
      "1970-01-01T", "1970-01-01T00:00Z", "1970-01-01T24:00:00Z", "1970-01-01T00:60:00Z", "1990-12-31T23:59:60Z",
      "1970-01-01T00:00:00", "1970-01-01T00:00:00.Z", "1970-01-01T00:00:00+1:00", "1970-01-01T00:00:00+24:00",
      "1970-01-01T00:00:00Zx", "1970-01-01T00:00:00+00:60", " 1970-01-01", "-970-01-01", "1970/01/01",
    ])
  func refuses(_ text: String) {
    #expect(Timestamp(text) == nil)
  }

  @Test(
    "an instant is written in UTC with milliseconds",
    arguments: [
      (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
      (1_709_210_096_789_000_001, "2024-02-29T12:34:56.789Z"),
      (-1_041_337_172_130_000_000, "1937-01-01T11:40:27.870Z"), (4_107_542_400_000_000_000, "2100-03-01T00:00:00.000Z"),
      (Int64.max, "2262-04-11T23:47:16.854Z"), (Int64.min, "1677-09-21T00:12:43.145Z"),
    ] as [(Int64, String)])
  func writes(_ nanoseconds: Int64, _ text: String) {
    #expect(Timestamp(nanoseconds: nanoseconds).description == text)
  }

  @Test func `an instant survives JSON to the millisecond`() throws {
    let instant = Timestamp(nanoseconds: 1_709_210_096_789_000_000)
    let bytes = try JSONBytesEncoder().encode(["at": instant])
    #expect(String(decoding: bytes, as: UTF8.self) == #"{"at":"2024-02-29T12:34:56.789Z"}"#)
    #expect(try JSONBytesDecoder().decode([String: Timestamp].self, from: bytes) == ["at": instant])
    #expect(throws: DecodingError.self) { try JSONBytesDecoder().decode(Timestamp.self, from: "\"soon\"") }
    #expect(throws: DecodingError.self) { try JSONBytesDecoder().decode(Timestamp.self, from: "1") }
  }

  @Test func `sums of instants saturate at the ends of time`() {
    let zero = Timestamp(nanoseconds: 0)
    #expect(zero + .milliseconds(5) == Timestamp(nanoseconds: 5_000_000))
    #expect(zero + .seconds(-1) == Timestamp(nanoseconds: -1_000_000_000))
    #expect(.distantFuture + .nanoseconds(1) == Timestamp.distantFuture)
    #expect(.distantPast + .nanoseconds(-1) == Timestamp.distantPast)
    #expect(zero + .seconds(Int64.max) == .distantFuture)
    #expect(zero + .seconds(Int64.min) == .distantPast)
    #expect(Timestamp(nanoseconds: 7) - Timestamp(nanoseconds: 2) == .nanoseconds(5))
  }

  @Test func `durations in nanoseconds saturate`() {
    #expect(Duration.seconds(1.5).inNanoseconds == 1_500_000_000)
    #expect(Duration.nanoseconds(Int64.max).inNanoseconds == .max)
    #expect(Duration.nanoseconds(Int64.min).inNanoseconds == .min)
    #expect(Duration.seconds(10_000_000_000).inNanoseconds == .max)
    #expect(Duration.seconds(-10_000_000_000).inNanoseconds == .min)
    #expect(Duration.milliseconds(250).inSeconds == 0.25)
  }

  /// A calendar that counts day by day from a known Thursday is the oracle.
  @Test func `dates and day numbers agree with counting from day to day`() {
    var year = 1970
    var month = 1
    var day = 1
    var wrong: [String] = []
    for number in Int64(0)..<200_000 {
      let date = CivilDate(daysSinceEpoch: number)
      let isRight =
        date == CivilDate(year: year, month: month, day: day) && date.daysSinceEpoch == number
        && date.weekday == Int((number + 4) % 7)
      if !isRight { wrong.append("\(number)") }
      let isLeap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
      let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
      if CivilDate.daysIn(month: month, year: year) != lengths[month - 1] { wrong.append("\(year)-\(month)") }
      day += 1
      if day > lengths[month - 1] { (day, month) = (1, month + 1) }
      if month > 12 { (month, year) = (1, year + 1) }
    }
    #expect(wrong == [])
    #expect(year == 2517)
  }

  @Test(
    "dates before the epoch are proleptic Gregorian",
    arguments: [(-1, 1969, 12, 31, 3), (-719_468, 0, 3, 1, 3), (-141_427, 1582, 10, 15, 5), (-25_567, 1900, 1, 1, 1)])
  func beforeTheEpoch(_ number: Int64, _ year: Int, _ month: Int, _ day: Int, _ weekday: Int) {
    let date = CivilDate(daysSinceEpoch: number)
    #expect(date == CivilDate(year: year, month: month, day: day))
    #expect(date.daysSinceEpoch == number)
    #expect(date.weekday == weekday)
  }

  @Test func `division rounds towards negative infinity`() {
    #expect((-7 as Int64).dividedFloor(by: 2) == -4)
    #expect((7 as Int64).dividedFloor(by: 2) == 3)
    #expect((-8 as Int64).dividedFloor(by: 2) == -4)
  }
}
