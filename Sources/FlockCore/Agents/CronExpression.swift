/// A five-field cron expression in UTC: minute, hour, day of month, month, day of week (0 and 7 are Sunday).
///
/// `*`, lists, ranges and steps, and three-letter English names for months and weekdays. As in POSIX crontab, a day
/// matches when *either* day field does, if both are restricted.
public struct CronExpression: Hashable, Sendable, CustomStringConvertible {
  public let text: String
  private let minutes: UInt64
  private let hours: UInt64
  private let days: UInt64
  private let months: UInt64
  private let weekdays: UInt64
  private let anyDay: Bool
  private let anyWeekday: Bool

  public var description: String { text }

  /// - Throws: ``FlockError`` with `.invalidConfiguration` that names the field.
  public init(_ text: String) throws {
    self.text = text
    let fields = text.split(separator: " ", omittingEmptySubsequences: true).map(String.init)
    guard fields.count == 5 else {
      throw FlockError(.invalidConfiguration, "cron '\(text)' has \(fields.count) fields; it needs five")
    }
    let monthNames = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
    let dayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
    minutes = try CronExpression.parse(fields[0], 0...59, "minute", text)
    hours = try CronExpression.parse(fields[1], 0...23, "hour", text)
    days = try CronExpression.parse(fields[2], 1...31, "day of month", text)
    months = try CronExpression.parse(fields[3], 1...12, "month", text, names: monthNames, base: 1)
    let week = try CronExpression.parse(fields[4], 0...7, "day of week", text, names: dayNames, base: 0)
    weekdays = week & 0x7F | week >> 7 & 1
    anyDay = fields[2].hasPrefix("*")
    anyWeekday = fields[4].hasPrefix("*")
    guard next(after: Timestamp(nanoseconds: 0)) != nil else {
      throw FlockError(.invalidConfiguration, "cron '\(text)' names a day that no month has")
    }
  }

  private static func parse(
    _ field: String, _ range: ClosedRange<Int>, _ name: String, _ text: String, names: [String] = [], base: Int = 0
  ) throws -> UInt64 {
    func fail() -> FlockError {
      FlockError(
        .invalidConfiguration,
        "cron '\(text)': '\(field)' is no \(name); use \(range.lowerBound)-\(range.upperBound), *, lists, ranges or steps")
    }
    func number(_ part: Substring) throws -> Int {
      if let index = names.firstIndex(of: part.lowercased()) { return index + base }
      guard let value = Int(part), range.contains(value) else { throw fail() }
      return value
    }
    var bits: UInt64 = 0
    for item in field.split(separator: ",", omittingEmptySubsequences: false) {
      let parts = item.split(separator: "/", omittingEmptySubsequences: false)
      guard let body = parts.first, parts.count <= 2 else { throw fail() }
      var step = 1
      if parts.count == 2 {
        guard let value = Int(parts[1]), value > 0 else { throw fail() }
        step = value
      }
      var from = range.lowerBound
      var to = range.upperBound
      if body != "*" {
        let ends = body.split(separator: "-", omittingEmptySubsequences: false)
        guard let first = ends.first, ends.count <= 2 else { throw fail() }
        from = try number(first)
        to = ends.count == 2 ? try number(ends[1]) : parts.count == 2 ? range.upperBound : from
        guard from <= to else { throw fail() }
      }
      for value in stride(from: from, through: to, by: step) { bits |= 1 << UInt64(value) }
    }
    return bits
  }

  private func matches(_ date: CivilDate) -> Bool {
    guard months >> UInt64(date.month) & 1 == 1 else { return false }
    let day = days >> UInt64(date.day) & 1 == 1
    let weekday = weekdays >> UInt64(date.weekday) & 1 == 1
    if anyDay || anyWeekday { return day && weekday }
    return day || weekday
  }

  /// The first minute after `instant` that matches, or `nil` within eight years.
  public func next(after instant: Timestamp) -> Timestamp? {
    let minute = instant.nanoseconds.dividedFloor(by: 60_000_000_000) + 1
    let firstDay = minute.dividedFloor(by: 1440)
    // Beyond this year an instant does not fit any more.
    let lastDay = Int64.max / 86_400_000_000_000 - 1
    guard firstDay < lastDay else { return nil }
    for day in firstDay..<min(lastDay, firstDay + 366 * 8) where matches(CivilDate(daysSinceEpoch: day)) {
      let start = day == firstDay ? Int(minute - day * 1440) : 0
      for candidate in start..<1440
      where hours >> UInt64(candidate / 60) & 1 == 1 && minutes >> UInt64(candidate % 60) & 1 == 1 {
        return Timestamp(nanoseconds: (day * 1440 + Int64(candidate)) * 60_000_000_000)
      }
    }
    return nil
  }
}
