/// The grammar of RFC 8259: one pass over a tape's bytes, without recursion.
struct TapeScanner {
  let tape: JSONTape
  let base: UnsafeMutablePointer<UInt8>
  var cursor: UnsafeMutablePointer<UInt8>
  var entries: UnsafeMutablePointer<TapeEntry>
  var count = 0
  var capacity: Int
  private var depth = 0
  private let maximumDepth: Int
  let allowsDuplicateKeys: Bool

  init(_ tape: JSONTape, _ options: JSONParser.Options) {
    self.tape = tape
    base = tape.bytes
    cursor = tape.bytes
    entries = tape.entries
    capacity = tape.capacity
    maximumDepth = min(options.maximumDepth, JSONLimits.depthCeiling)
    allowsDuplicateKeys = options.allowsDuplicateKeys
  }

  mutating func scanDocument() throws(ScanFault) {
    if base[0] == 0xEF, base[1] == 0xBB, base[2] == 0xBF {
      throw ScanFault(
        code: .unexpectedByte, offset: 0,
        expectation: "expected a value without a byte order mark before it; remove its three bytes",
        namesFoundByte: false)
    }
    skipWhitespace()
    try scanTree()
    skipWhitespace()
    guard offset == tape.byteCount else {
      throw fault(.trailingContent, "expected nothing but whitespace after the value")
    }
    tape.count = count
  }

  private mutating func scanTree() throws(ScanFault) {
    /// The open container, and whether it is an object; -1 outside of all.
    var open = -1
    var isObject = false
    value: while true {
      switch cursor.pointee {
      case UInt8(ascii: "\""): try scanString(as: .string)
      case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try scanNumber()
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        isObject = cursor.pointee == UInt8(ascii: "{")
        open = try openContainer(isObject ? .object : .array, in: open)
        if cursor.pointee != (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
          if isObject { try scanKey("expected a key in quotes or '}'") }
          continue value
        }
        cursor += 1
        open = try close(open, &isObject)
      case UInt8(ascii: "t"): try scanLiteral("true", .true)
      case UInt8(ascii: "f"): try scanLiteral("false", .false)
      case UInt8(ascii: "n"): try scanLiteral("null", .null)
      default: throw fault(.unexpectedByte, "expected a value")
      }
      while open >= 0 {
        entries[open].payload &+= 1
        skipWhitespace()
        if cursor.pointee == UInt8(ascii: ",") {
          cursor += 1
          skipWhitespace()
          if isObject { try scanKey("expected a key in quotes after ','") }
          continue value
        }
        guard cursor.pointee == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
          throw fault(
            .unexpectedByte,
            isObject ? "expected ',' or '}' after an object's value" : "expected ',' or ']' after an array's element")
        }
        cursor += 1
        open = try close(open, &isObject)
      }
      return
    }
  }

  private mutating func openContainer(_ kind: TapeKind, in parent: Int) throws(ScanFault) -> Int {
    depth += 1
    guard depth <= maximumDepth else {
      throw ScanFault(
        code: .tooDeep, offset: offset,
        expectation: "expected no deeper nesting; raise maximumDepth if the source is trusted",
        namesFoundByte: false)
    }
    cursor += 1
    let index = count
    // The parent is stored plus one, so that "none" is zero.
    append(TapeEntry(payload: UInt64(parent + 1) << 32, extent: 0, kind: kind))
    skipWhitespace()
    return index
  }

  /// Ends a container and returns the one around it.
  private mutating func close(_ index: Int, _ isObject: inout Bool) throws(ScanFault) -> Int {
    depth -= 1
    let parent = entries[index].high - 1
    entries[index].extent = UInt32(truncatingIfNeeded: count)
    if isObject, entries[index].low > 1 { try checkKeys(of: index) }
    entries[index].payload = UInt64(entries[index].low) | UInt64(index + 1) << 32
    isObject = parent >= 0 && entries[parent].kind == .object
    return parent
  }

  @inline(__always)
  private mutating func scanKey(_ expectation: StaticString) throws(ScanFault) {
    guard cursor.pointee == UInt8(ascii: "\"") else { throw fault(.unexpectedByte, expectation) }
    try scanString(as: .key)
    skipWhitespace()
    guard cursor.pointee == UInt8(ascii: ":") else { throw fault(.unexpectedByte, "expected ':' after a key") }
    cursor += 1
    skipWhitespace()
  }

  private mutating func scanLiteral(_ literal: StaticString, _ kind: TapeKind) throws(ScanFault) {
    for place in 0..<literal.utf8CodeUnitCount {
      guard cursor[place] == literal.utf8Start[place] else {
        cursor += place
        throw fault(.unexpectedByte, "expected the literal true, false or null")
      }
    }
    append(TapeEntry(payload: 0, extent: 0, kind: kind))
    cursor += literal.utf8CodeUnitCount
  }

  // MARK: What the parts share

  var offset: Int { cursor - base }

  func fault(_ code: JSONError.Code, _ expectation: StaticString) -> ScanFault {
    ScanFault(code: code, offset: offset, expectation: expectation)
  }

  @inline(__always)
  mutating func skipWhitespace() {
    while cursor.pointee <= 0x20 {
      switch cursor.pointee {
      case 0x20, 0x0A, 0x0D, 0x09: cursor += 1
      default: return
      }
    }
  }

  @inline(__always)
  mutating func append(_ entry: TapeEntry) {
    if count == capacity { grow() }
    (entries + count).initialize(to: entry)
    count &+= 1
  }

  @inline(never)
  private mutating func grow() {
    tape.count = count
    tape.grow()
    entries = tape.entries
    capacity = tape.capacity
  }
}
