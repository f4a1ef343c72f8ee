/// A value from the command line, checked against its kind.
public enum ParsedValue: Sendable, Hashable {
  case string(String)
  case path(String)
  case integer(Int)
  case duration(Duration)
  case choice(String)

  /// Reads `text` as a value of `kind`.
  ///
  /// Any text is a string. A path must not be empty or hold a NUL, which no file system accepts; `-` is left to the
  /// command. An integer is decimal, with an optional sign. Bounds of the kind are checked here.
  public static func parse(_ text: String, as kind: ValueKind) -> Result<ParsedValue, ValueFault> {
    do throws(ValueFault) {
      switch kind {
      case .string: return .success(.string(text))
      case .path: return .success(.path(try path(text)))
      case .integer(let range): return .success(.integer(try integer(text, range, kind)))
      case .duration(let range): return .success(.duration(try duration(text, range, kind)))
      case .enumeration(let words): return .success(.choice(try choice(text, words)))
      }
    } catch {
      return .failure(error)
    }
  }

  private static func path(_ text: String) throws(ValueFault) -> String {
    if text.isEmpty { throw ValueFault("must not be empty") }
    if text.utf8.contains(0) { throw ValueFault("must not hold a NUL character") }
    return text
  }

  private static func integer(_ text: String, _ range: ClosedRange<Int>, _ kind: ValueKind) throws(ValueFault) -> Int {
    if let value = Int(text) {
      if range.contains(value) { return value }
      throw ValueFault("must be \(kind.bounds ?? "smaller"), not \(value)")
    }
    let digits = text.utf8.first == UInt8(ascii: "-") ? text.utf8.dropFirst() : text.utf8[...]
    let isNumber = !digits.isEmpty && digits.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    guard isNumber else { throw ValueFault("must be a whole number, not \(Quoted.text(text))") }
    throw ValueFault("must be \(kind.bounds ?? "between \(Int.min) and \(Int.max)"), not \(Quoted.shortened(text))")
  }

  private static func duration(
    _ text: String, _ range: ClosedRange<Duration>, _ kind: ValueKind
  ) throws(ValueFault) -> Duration {
    let value = try DurationText.parse(text)
    if range.contains(value) { return value }
    throw ValueFault("must be \(kind.bounds ?? "shorter"), not \(Quoted.shortened(text))")
  }

  private static func choice(_ text: String, _ words: [String]) throws(ValueFault) -> String {
    if words.contains(text) { return text }
    let hint = Suggestion.phrase(for: text, among: words)
    throw ValueFault("must be one of \(words.joined(separator: ", ")), not \(Quoted.text(text))\(hint)")
  }
}
