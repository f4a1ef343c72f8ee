extension TapeScanner {
  /// Reads a string from its opening quote. Escapes are resolved in place: no escape is shorter than what it stands for.
  @inline(__always)
  mutating func scanString(as kind: TapeKind) throws(ScanFault) {
    let start = cursor + 1
    var end = start
    while true {
      let specials = JSONText.specials(in: JSONText.word(end))
      if specials != 0 {
        end += specials.trailingZeroBitCount &>> 3
        break
      }
      end += 8
    }
    if end.pointee == UInt8(ascii: "\"") {
      cursor = end + 1
    } else {
      end = try scanStringTail(from: end)
    }
    let length = end - start
    let hash = kind == .key ? UInt64(Self.hash(start, length)) << 32 : 0
    append(TapeEntry(payload: UInt64(start - base) | hash, extent: UInt32(truncatingIfNeeded: length), kind: kind))
  }

  /// Reads the rest of a string from its first byte that is no plain ASCII; returns the end of the unescaped bytes.
  @inline(never)
  private mutating func scanStringTail(from first: UnsafeMutablePointer<UInt8>) throws(ScanFault)
    -> UnsafeMutablePointer<UInt8>
  {
    var write = first
    cursor = first
    while true {
      let byte = cursor.pointee
      switch byte {
      case UInt8(ascii: "\""):
        cursor += 1
        return write
      case UInt8(ascii: "\\"): try unescape(&write)
      case 0..<0x20:
        throw fault(.controlCharacter, "expected '\"' at the string's end; a control character must be escaped")
      case 0x20..<0x80:
        write.pointee = byte
        cursor += 1
        write += 1
      default:
        for _ in 0..<(try validateSequence()) {
          write.pointee = cursor.pointee
          cursor += 1
          write += 1
        }
      }
    }
  }

  /// The length of the UTF-8 sequence at the cursor, checked against table 3-7 of the Unicode Standard. The zero bytes behind the text
  /// keep it from reading on past the end.
  @inline(__always)
  private func validateSequence() throws(ScanFault) -> Int {
    let second = cursor[1]
    let length: Int
    let seconds: ClosedRange<UInt8>
    switch cursor.pointee {
    case 0xC2...0xDF: (length, seconds) = (2, 0x80...0xBF)
    case 0xE0: (length, seconds) = (3, 0xA0...0xBF)
    case 0xED: (length, seconds) = (3, 0x80...0x9F)
    case 0xE1...0xEF: (length, seconds) = (3, 0x80...0xBF)
    case 0xF0: (length, seconds) = (4, 0x90...0xBF)
    case 0xF1...0xF3: (length, seconds) = (4, 0x80...0xBF)
    case 0xF4: (length, seconds) = (4, 0x80...0x8F)
    default: throw fault(.invalidUTF8, "expected UTF-8")
    }
    guard seconds.contains(second), length < 3 || cursor[2] & 0xC0 == 0x80, length < 4 || cursor[3] & 0xC0 == 0x80
    else {
      throw fault(.invalidUTF8, "expected a whole UTF-8 sequence")
    }
    return length
  }

  private mutating func unescape(_ write: inout UnsafeMutablePointer<UInt8>) throws(ScanFault) {
    let plain: UInt8
    switch cursor[1] {
    case UInt8(ascii: "\""): plain = UInt8(ascii: "\"")
    case UInt8(ascii: "\\"): plain = UInt8(ascii: "\\")
    case UInt8(ascii: "/"): plain = UInt8(ascii: "/")
    case UInt8(ascii: "b"): plain = 0x08
    case UInt8(ascii: "f"): plain = 0x0C
    case UInt8(ascii: "n"): plain = 0x0A
    case UInt8(ascii: "r"): plain = 0x0D
    case UInt8(ascii: "t"): plain = 0x09
    case UInt8(ascii: "u"): return try unescapeUnicode(&write)
    default:
      cursor += 1
      throw fault(.invalidEscape, "expected one of \" \\ / b f n r t u after a backslash")
    }
    write.pointee = plain
    write += 1
    cursor += 2
  }

  private mutating func unescapeUnicode(_ write: inout UnsafeMutablePointer<UInt8>) throws(ScanFault) {
    let escape = offset
    var scalar = try scanHexadecimal()
    if scalar & 0xF800 == 0xD800 {
      let lone = ScanFault(
        code: .loneSurrogate, offset: escape,
        expectation: "expected a surrogate pair: \\uD800 to \\uDBFF followed by \\uDC00 to \\uDFFF",
        namesFoundByte: false)
      guard scalar < 0xDC00, cursor[0] == UInt8(ascii: "\\"), cursor[1] == UInt8(ascii: "u") else { throw lone }
      let second = try scanHexadecimal()
      guard second & 0xFC00 == 0xDC00 else { throw lone }
      scalar = 0x10000 + (scalar & 0x3FF) << 10 + second & 0x3FF
    }
    switch scalar {
    case 0..<0x80:
      write[0] = UInt8(truncatingIfNeeded: scalar)
      write += 1
    case 0x80..<0x800:
      write[0] = UInt8(truncatingIfNeeded: 0xC0 | scalar >> 6)
      write[1] = Self.continuation(scalar)
      write += 2
    case 0x800..<0x10000:
      write[0] = UInt8(truncatingIfNeeded: 0xE0 | scalar >> 12)
      write[1] = Self.continuation(scalar >> 6)
      write[2] = Self.continuation(scalar)
      write += 3
    default:
      write[0] = UInt8(truncatingIfNeeded: 0xF0 | scalar >> 18)
      write[1] = Self.continuation(scalar >> 12)
      write[2] = Self.continuation(scalar >> 6)
      write[3] = Self.continuation(scalar)
      write += 4
    }
  }

  private static func continuation(_ bits: UInt32) -> UInt8 { UInt8(truncatingIfNeeded: 0x80 | bits & 0x3F) }

  /// Reads `\uXXXX` from its backslash.
  private mutating func scanHexadecimal() throws(ScanFault) -> UInt32 {
    cursor += 2
    var value: UInt32 = 0
    for _ in 0..<4 {
      let byte = cursor.pointee
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt32(byte - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt32(byte - UInt8(ascii: "a") + 10)
      case UInt8(ascii: "A")...UInt8(ascii: "F"): value = value << 4 | UInt32(byte - UInt8(ascii: "A") + 10)
      default: throw fault(.invalidEscape, "expected four hexadecimal digits after \\u")
      }
      cursor += 1
    }
    return value
  }
}
