/// Figures as people read them.
enum HumanText {
  /// The first letters of an object's name.
  static func short(_ object: String) -> String { String(object.prefix(10)) }

  static func count(_ number: Int, _ noun: String) -> String { "\(grouped(number)) \(noun)\(number == 1 ? "" : "s")" }

  /// With blanks between groups of three digits, as ISO 80000-1 writes numbers.
  static func grouped(_ number: Int) -> String {
    let digits = String(number.magnitude)
    guard digits.count > 4 else { return String(number) }
    var result = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { result += "\u{202F}" }
      result.append(digit)
    }
    return (number < 0 ? "-" : "") + result
  }

  /// Three digits and a unit: `840 ns`, `12.3 ms`, `1.42 s`, `3 min 20 s`.
  static func duration(_ duration: Duration) -> String {
    let components = duration.components
    let nanoseconds = Double(components.seconds) * 1e9 + Double(components.attoseconds) / 1e9
    switch nanoseconds {
    case ..<1e3: return "\(Int(nanoseconds)) ns"
    case ..<1e6: return "\(digits(nanoseconds / 1e3)) \u{B5}s"
    case ..<1e9: return "\(digits(nanoseconds / 1e6)) ms"
    case ..<60e9: return "\(digits(nanoseconds / 1e9)) s"
    default:
      let seconds = Int(nanoseconds / 1e9)
      return "\(seconds / 60) min \(seconds % 60) s"
    }
  }

  private static func digits(_ value: Double) -> String {
    let decimals = value < 10 ? 2 : value < 100 ? 1 : 0
    return fixed(value, decimals)
  }

  /// With exactly so many decimals, and without a locale.
  static func fixed(_ value: Double, _ decimals: Int) -> String {
    var scale = 1
    for _ in 0..<decimals { scale *= 10 }
    let scaled = Int((value * Double(scale)).rounded())
    guard decimals > 0 else { return String(scaled) }
    let fraction = String(scaled.magnitude % UInt(scale))
    let padded = String(repeating: "0", count: decimals - fraction.count) + fraction
    return "\(scaled < 0 ? "-" : "")\(scaled.magnitude / UInt(scale)).\(padded)"
  }
}
