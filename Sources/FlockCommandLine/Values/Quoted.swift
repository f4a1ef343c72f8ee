/// Text that came from outside, made fit for a message: no control characters, bounded length.
enum Quoted {
  static let maximumCharacters = 64

  static func text(_ text: String) -> String { "'\(shortened(text))'" }

  static func shortened(_ text: String) -> String {
    let head = text.prefix(maximumCharacters)
    let isCut = head.endIndex != text.endIndex
    // A character may be a base with any number of combining marks.
    let scalars = String(String.UnicodeScalarView(head.unicodeScalars.prefix(maximumCharacters * 4)))
    return printable(scalars, keepingLines: false) + (isCut ? "..." : "")
  }

  /// Control characters become `\u{1b}`, so that a message cannot drive the terminal; tabs and line ends may stay.
  static func printable(_ text: String, keepingLines: Bool) -> String {
    func isControl(_ scalar: Unicode.Scalar) -> Bool {
      if keepingLines && (scalar == "\n" || scalar == "\t") { return false }
      return scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
    }
    guard text.unicodeScalars.contains(where: isControl) else { return text }
    var result = ""
    for scalar in text.unicodeScalars {
      if isControl(scalar) {
        result += "\\u{\(String(scalar.value, radix: 16))}"
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
