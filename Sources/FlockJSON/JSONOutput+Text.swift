extension JSONOutput {
  /// Appends a string in quotes. Escaped is what RFC 8259 demands, the shortest way, and nothing else.
  @inline(__always)
  func append(string: String) {
    string.utf8Span.span.withUnsafeBufferPointer { append(string: $0) }
  }

  @inline(__always)
  private func append(string text: UnsafeBufferPointer<UInt8>) {
    reserve(text.count &+ 2)
    let start = bytes + count
    start.initialize(to: UInt8(ascii: "\""))
    guard let source = text.baseAddress else {
      (start + 1).initialize(to: UInt8(ascii: "\""))
      count &+= 2
      return
    }
    // Copied first: words can then be loaded past the end, into the slack.
    (start + 1).initialize(from: source, count: text.count)
    let clean = Self.cleanPrefix(start + 1, text.count)
    if clean == text.count {
      (start + 1 + clean).initialize(to: UInt8(ascii: "\""))
      count &+= text.count &+ 2
    } else {
      count &+= clean &+ 1
      appendEscaping(text, from: clean)
    }
  }

  /// How many of the first `count` bytes stand before one that must be escaped. Loads up to seven bytes more.
  @inline(__always)
  private static func cleanPrefix(_ start: UnsafeMutablePointer<UInt8>, _ count: Int) -> Int {
    var place = 0
    while place < count {
      let marks = JSONText.mustEscape(in: JSONText.word(start + place))
      if marks != 0 { return min(count, place &+ marks.trailingZeroBitCount &>> 3) }
      place &+= 8
    }
    return count
  }

  /// Appends the rest of a string from its first byte that must be escaped, and the closing quote.
  @inline(never)
  private func appendEscaping(_ text: UnsafeBufferPointer<UInt8>, from first: Int) {
    var written = first
    for place in first..<text.count {
      let byte = text[place]
      guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
      append(UnsafeBufferPointer(rebasing: text[written..<place]))
      appendEscape(ascii: byte)
      written = place + 1
    }
    append(UnsafeBufferPointer(rebasing: text[written...]))
    append(UInt8(ascii: "\""))
  }

  /// Appends a string in quotes in ASCII alone: other scalars as `\u` escapes, those above U+FFFF as surrogate pairs.
  func append(asciiString string: String) {
    append(UInt8(ascii: "\""))
    for scalar in string.unicodeScalars {
      switch scalar.value {
      case 0x20..<0x80 where scalar != "\"" && scalar != "\\": append(UInt8(truncatingIfNeeded: scalar.value))
      case 0..<0x80: appendEscape(ascii: UInt8(truncatingIfNeeded: scalar.value))
      default: for unit in scalar.utf16 { appendEscape(unit: unit) }
      }
    }
    append(UInt8(ascii: "\""))
  }

  private func appendEscape(ascii byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""): append("\\\"")
    case UInt8(ascii: "\\"): append("\\\\")
    case 0x08: append("\\b")
    case 0x0C: append("\\f")
    case 0x0A: append("\\n")
    case 0x0D: append("\\r")
    case 0x09: append("\\t")
    default: appendEscape(unit: UInt16(byte))
    }
  }

  private func appendEscape(unit: UInt16) {
    append("\\u")
    for place in 1...4 {
      let digit = UInt8(truncatingIfNeeded: unit >> (16 - place * 4) & 0xF)
      append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
    }
  }
}

extension JSONText {
  /// Marks, by the top bit of each byte, the bytes that must be escaped: quote, backslash, controls. Only the lowest mark is exact.
  @inline(__always)
  static func mustEscape(in word: UInt64) -> UInt64 {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let quotes = (word ^ (ones &* 0x22)) &- ones
    let backslashes = (word ^ (ones &* 0x5C)) &- ones
    let controls = word &- (ones &* 0x20)
    return (quotes | backslashes | controls) & ~word & (ones &* 0x80)
  }
}
