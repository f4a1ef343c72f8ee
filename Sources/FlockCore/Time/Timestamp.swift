/// An instant as nanoseconds since 1970-01-01 00:00:00 UTC, without leap seconds; good until the year 2262.
public struct Timestamp: Hashable, Comparable, Sendable {
  public var nanoseconds: Int64

  @inlinable public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  /// Before every instant that a clock shows.
  public static let distantPast = Timestamp(nanoseconds: .min)
  /// After every instant that a clock shows.
  public static let distantFuture = Timestamp(nanoseconds: .max)

  @inlinable
  public static func < (a: Timestamp, b: Timestamp) -> Bool { a.nanoseconds < b.nanoseconds }

  /// Saturates at ``distantFuture``.
  @inlinable
  public static func + (a: Timestamp, b: Duration) -> Timestamp {
    let (sum, overflow) = a.nanoseconds.addingReportingOverflow(b.inNanoseconds)
    return Timestamp(nanoseconds: overflow ? (b.inNanoseconds > 0 ? .max : .min) : sum)
  }

  @inlinable
  public static func - (a: Timestamp, b: Timestamp) -> Duration {
    .nanoseconds(a.nanoseconds.subtractingReportingOverflow(b.nanoseconds).partialValue)
  }

  public var milliseconds: Int64 { nanoseconds / 1_000_000 }
}

extension Duration {
  /// The duration in nanoseconds, saturating at the ends of `Int64`.
  @inlinable public var inNanoseconds: Int64 {
    let parts = components
    let (whole, overflow) = parts.seconds.multipliedReportingOverflow(by: 1_000_000_000)
    guard !overflow else { return parts.seconds < 0 ? .min : .max }
    let (sum, spill) = whole.addingReportingOverflow(parts.attoseconds / 1_000_000_000)
    return spill ? (parts.seconds < 0 ? .min : .max) : sum
  }

  public var inSeconds: Double { Double(inNanoseconds) / 1e9 }
}

extension Timestamp: CustomStringConvertible, LosslessStringConvertible, Codable {
  /// RFC 3339 in UTC with milliseconds, such as `2026-11-24T05:01:13.250Z`.
  public var description: String {
    let total = nanoseconds.dividedFloor(by: 1_000_000)
    let days = total.dividedFloor(by: 86_400_000)
    let inDay = total - days * 86_400_000
    let date = CivilDate(daysSinceEpoch: days)
    func pad(_ value: Int64, _ width: Int) -> String {
      let text = String(value)
      return String(repeating: "0", count: max(0, width - text.count)) + text
    }
    let clock =
      "\(pad(inDay / 3_600_000, 2)):\(pad(inDay / 60_000 % 60, 2)):\(pad(inDay / 1000 % 60, 2)).\(pad(inDay % 1000, 3))"
    return "\(pad(Int64(date.year), 4))-\(pad(Int64(date.month), 2))-\(pad(Int64(date.day), 2))T\(clock)Z"
  }

  /// Accepts RFC 3339 with `Z` or a numeric offset; a date alone means midnight UTC.
  public init?(_ description: String) {
    var reader = TimestampReader(description)
    guard let value = reader.read() else { return nil }
    self = value
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let value = Timestamp(text) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "'\(text)' is not an RFC 3339 instant")
    }
    self = value
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

extension Int64 {
  /// Division that rounds towards negative infinity.
  package func dividedFloor(by divisor: Int64) -> Int64 {
    let quotient = self / divisor
    return self % divisor < 0 ? quotient - 1 : quotient
  }
}
