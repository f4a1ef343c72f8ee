/// What an entry of a tape is.
enum TapeKind: UInt8 {
  case null, `false`, `true`
  /// Payload: the bits of an `Int64`.
  case integer
  /// Payload: a `UInt64` above `Int64.max`.
  case unsigned
  /// Payload: the bits of a `Double`.
  case double
  case string
  /// A key; its value's entry follows.
  case key
  /// A key whose object has it again further on.
  case shadowedKey
  case array, object
}

/// One value or key of a document, 16 bytes.
struct TapeEntry {
  /// Numbers: the value. Strings and keys: the offset of their unescaped bytes (low half); keys also a hash (high half).
  /// Containers: the number of children (low half), and the parent's index while scanning, afterwards the place where the next key
  /// look-up begins (high half).
  var payload: UInt64
  /// Numbers: the offset of their text. Strings and keys: their length in bytes. Containers: the index of the first entry behind them.
  var extent: UInt32
  var kind: TapeKind
  /// For `.double`: the text has neither fraction nor exponent.
  var isIntegerText = false

  @inline(__always) var low: Int { Int(truncatingIfNeeded: payload & 0xFFFF_FFFF) }
  @inline(__always) var high: Int { Int(truncatingIfNeeded: payload >> 32) }
}

/// A parsed document: its bytes, with escapes resolved in place, and one entry for each value and key in the text's order.
///
/// Owns both allocations, so that a decoder that outlives its call stays valid. Used by one thread at a time.
final class JSONTape {
  /// The index of the outermost value.
  static let root = 0
  /// Zero bytes behind the text: they end every scan, and let eight bytes be loaded from any place of it.
  static let padding = 16

  let bytes: UnsafeMutablePointer<UInt8>
  let byteCount: Int
  @exclusivity(unchecked) private(set) var entries: UnsafeMutablePointer<TapeEntry>
  @exclusivity(unchecked) private(set) var capacity: Int
  @exclusivity(unchecked) var count = 0
  let userInfo: [CodingUserInfoKey: any Sendable]
  /// The paths of values that stand in no container: what a super decoder reads when its key is absent.
  private var detached: [Int: [any CodingKey]] = [:]

  private init(copying text: UnsafeBufferPointer<UInt8>, userInfo: [CodingUserInfoKey: any Sendable]) {
    byteCount = text.count
    bytes = .allocate(capacity: text.count + Self.padding)
    if let start = text.baseAddress { bytes.initialize(from: start, count: text.count) }
    (bytes + text.count).initialize(repeating: 0, count: Self.padding)
    capacity = text.count / 6 + 16
    entries = .allocate(capacity: capacity)
    self.userInfo = userInfo
  }

  deinit {
    bytes.deallocate()
    entries.deallocate()
  }

  /// Parses a text.
  static func parse(
    _ text: UnsafeBufferPointer<UInt8>, _ options: JSONParser.Options, userInfo: [CodingUserInfoKey: any Sendable] = [:]
  ) throws(JSONError) -> JSONTape {
    let limit = min(options.maximumBytes, JSONLimits.bytesCeiling)
    guard text.count <= limit else {
      throw JSONError(
        .tooLong, at: JSONError.Location(offset: 0, in: text),
        "expected at most \(limit) bytes, found \(text.count); raise maximumBytes if the source is trusted")
    }
    let tape = JSONTape(copying: text, userInfo: userInfo)
    var scanner = TapeScanner(tape, options)
    do throws(ScanFault) {
      try scanner.scanDocument()
    } catch {
      throw error.error(in: text)
    }
    return tape
  }

  /// Doubles the room for entries.
  func grow() {
    let larger = UnsafeMutablePointer<TapeEntry>.allocate(capacity: capacity * 2)
    larger.moveInitialize(from: entries, count: count)
    entries.deallocate()
    entries = larger
    capacity *= 2
  }

  /// The index behind a value and everything in it.
  @inline(__always)
  func next(after index: Int) -> Int {
    switch entries[index].kind {
    case .array, .object: Int(entries[index].extent)
    default: index &+ 1
    }
  }

  /// The text of a string or key.
  @inline(__always)
  func text(_ entry: TapeEntry) -> String {
    String(
      decoding: UnsafeBufferPointer(start: UnsafePointer(bytes + entry.low), count: Int(entry.extent)), as: UTF8.self)
  }

  /// The text of a number.
  func numberText(_ entry: TapeEntry) -> String {
    let start = bytes + Int(entry.extent)
    var end = start
    while true {
      switch end.pointee {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "e"),
        UInt8(ascii: "E"):
        end += 1
      default:
        return String(decoding: UnsafeBufferPointer(start: UnsafePointer(start), count: end - start), as: UTF8.self)
      }
    }
  }

  /// Appends a `null` that stands in no container, and returns its index.
  func appendDetachedNull(path: [any CodingKey]) -> Int {
    if count == capacity { grow() }
    (entries + count).initialize(to: TapeEntry(payload: 0, extent: 0, kind: .null))
    detached[count] = path
    count += 1
    return count - 1
  }

  /// The keys from the root to a value. Only errors and containers that are asked for their path pay for it.
  func path(to target: Int) -> [any CodingKey] {
    if let path = detached[target] { return path }
    var path: [any CodingKey] = []
    var container = Self.root
    descent: while container != target {
      let isObject = entries[container].kind == .object
      var position = container + 1
      var element = 0
      let end = next(after: container)
      while position < end {
        let value = isObject ? position + 1 : position
        let following = next(after: value)
        if target < following {
          path.append(isObject ? JSONCodingKey(stringValue: text(entries[position])) : JSONCodingKey(index: element))
          container = value
          continue descent
        }
        position = following
        element += 1
      }
      break
    }
    return path
  }
}
