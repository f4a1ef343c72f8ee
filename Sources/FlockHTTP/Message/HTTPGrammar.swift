/// The character sets of RFC 9110 section 5, and of RFC 3986 for URLs.
enum HTTPGrammar {
  /// One or more token characters: a method or a field's name.
  static func isToken(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy(isTokenByte)
  }

  static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x5E...0x60, 0x7C, 0x7E: true
    default: false
    }
  }

  /// No control character but the tab: CR, LF and NUL would end the field and start another.
  static func isFieldValue(_ text: String) -> Bool {
    text.utf8.allSatisfy { ($0 >= 0x20 && $0 != 0x7F) || $0 == 0x09 }
  }

  /// Without the blanks around it, which are no part of a field's value.
  static func trimmed(_ value: String) -> Substring {
    var text = value[...].utf8
    while let first = text.first, first == 0x20 || first == 0x09 { text.removeFirst() }
    while let last = text.last, last == 0x20 || last == 0x09 { text.removeLast() }
    return Substring(text)
  }

  /// Visible ASCII without the backslash, which some parsers read as a slash.
  static func isURLText(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x5C }
  }
}
