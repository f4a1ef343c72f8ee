/// Text that came from a repository, made fit for people: nothing in it drives a terminal or reorders a line.
enum Visible {
  /// Control characters, line ends and marks that change the direction of writing become escapes.
  static func text(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isHidden) else { return text }
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case "\r": result += "\\r"
      case _ where isHidden(scalar): result += "\\u{\(String(scalar.value, radix: 16))}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// In quotation marks, at most 200 characters.
  static func quoted(_ text: String) -> String {
    let head = String(text.prefix(200))
    return "'\(self.text(head))\(head.utf8.count < text.utf8.count ? "..." : "")'"
  }

  private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F...0x9F, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF: true
    default: false
    }
  }
}
