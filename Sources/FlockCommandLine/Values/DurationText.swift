/// Durations as people write them: `250ms`, `10s`, `5m`, `2h`, `1d`, and sums of these such as `1m30s`.
///
/// The units are `d`, `h`, `m`, `s`, `ms`, `us` and `ns`; each stands at most once, the larger before the smaller.
/// Numbers are whole.
public enum DurationText {
  /// Longer texts are refused unread.
  public static let maximumBytes = 64

  private static let units: [(name: String, attoseconds: Int128)] = [
    ("d", 86_400_000_000_000_000_000_000),
    ("h", 3_600_000_000_000_000_000_000),
    ("m", 60_000_000_000_000_000_000),
    ("s", 1_000_000_000_000_000_000),
    ("ms", 1_000_000_000_000_000),
    ("us", 1_000_000_000_000),
    ("ns", 1_000_000_000),
  ]

  /// The shortest text that ``parse(_:)`` reads as the same duration, for durations of zero or more. Less than a
  /// nanosecond is cut off; a negative duration gets a minus sign in front, which `parse` does not read.
  public static func format(_ duration: Duration) -> String {
    var rest = duration.attoseconds.magnitude
    var text = ""
    for unit in units {
      let (count, remainder) = rest.quotientAndRemainder(dividingBy: unit.attoseconds.magnitude)
      if count > 0 { text += "\(count)\(unit.name)" }
      rest = remainder
    }
    if text.isEmpty { return "0s" }
    return duration < .zero ? "-" + text : text
  }

  /// - Throws: ``ValueFault``, which says what is wrong and shows how to write it.
  public static func parse(_ text: String) throws(ValueFault) -> Duration {
    guard text.utf8.count <= maximumBytes else { throw ValueFault("is too long for a duration") }
    func malformed() -> ValueFault {
      ValueFault("must be a duration such as 250ms, 10s, 5m, 2h, 1d or 1m30s, not \(Quoted.text(text))")
    }
    var rest = text.utf8[...]
    var total: Int128 = 0
    var nextUnit = 0
    if rest.isEmpty { throw malformed() }
    while !rest.isEmpty {
      let digits = rest.prefix { isDigit($0) }
      rest = rest.dropFirst(digits.count)
      let name = rest.prefix { !isDigit($0) }
      rest = rest.dropFirst(name.count)
      guard !digits.isEmpty else { throw malformed() }
      if name.isEmpty { throw ValueFault("needs a unit (ms, s, m, h or d) after \(Quoted.shortened(text))") }
      guard let unit = units.firstIndex(where: { $0.name.utf8.elementsEqual(name) }) else { throw malformed() }
      guard unit >= nextUnit else {
        throw ValueFault("must name each unit once, the larger first, as in 1h30m, not \(Quoted.text(text))")
      }
      nextUnit = unit + 1
      guard let count = Int128(String(digits) ?? ""), let sum = adding(count, units[unit].attoseconds, to: total) else {
        throw ValueFault("is too long a time: \(Quoted.shortened(text))")
      }
      total = sum
    }
    return Duration(attoseconds: total)
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

  private static func adding(_ count: Int128, _ unit: Int128, to total: Int128) -> Int128? {
    let (product, tooLarge) = count.multipliedReportingOverflow(by: unit)
    let (sum, tooMuch) = total.addingReportingOverflow(product)
    return tooLarge || tooMuch ? nil : sum
  }
}
