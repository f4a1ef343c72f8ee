/// Comparison of JSON strings by their bytes.
///
/// Swift's `==` on `String` compares by canonical equivalence; RFC 8259 and JSON Schema compare code points, so that a composed and a
/// decomposed "é" are two keys.
enum JSONText {
  @inline(__always)
  static func equal(_ left: String, _ right: String) -> Bool {
    guard left.utf8.count == right.utf8.count else { return false }
    return left.utf8Span.span.withUnsafeBufferPointer { one in
      right.utf8Span.span.withUnsafeBufferPointer { other in
        guard let first = one.baseAddress, let second = other.baseAddress else { return one.count == other.count }
        return equalBytes(first, second, one.count)
      }
    }
  }

  /// Whether two runs of `count` bytes are equal. Reads in overlapping words and never past either end.
  @inline(__always)
  static func equalBytes(_ left: UnsafePointer<UInt8>, _ right: UnsafePointer<UInt8>, _ count: Int) -> Bool {
    let one = UnsafeRawPointer(left)
    let other = UnsafeRawPointer(right)
    if count >= 8 {
      var offset = 0
      while offset &+ 8 < count {
        guard word(one + offset) == word(other + offset) else { return false }
        offset &+= 8
      }
      return word(one + (count &- 8)) == word(other + (count &- 8))
    }
    if count >= 4 {
      return one.loadUnaligned(as: UInt32.self) == other.loadUnaligned(as: UInt32.self)
        && one.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self)
          == other.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self)
    }
    for offset in 0..<count where left[offset] != right[offset] { return false }
    return true
  }

  /// Eight bytes, the first in the lowest place.
  @inline(__always)
  static func word(_ pointer: UnsafeRawPointer) -> UInt64 {
    UInt64(littleEndian: pointer.loadUnaligned(as: UInt64.self))
  }

  /// Marks, by the top bit of each byte, the bytes that a JSON string cannot hold as they are: quote, backslash, controls; and those
  /// above ASCII. Only the lowest mark is exact: a borrow may set others above it.
  @inline(__always)
  static func specials(in word: UInt64) -> UInt64 {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let quotes = (word ^ (ones &* 0x22)) &- ones
    let backslashes = (word ^ (ones &* 0x5C)) &- ones
    let controls = word &- (ones &* 0x20)
    return (quotes | backslashes | controls | word) & (ones &* 0x80)
  }
}

/// A key that is equal and hashes by its bytes.
struct JSONTextKey: Hashable, Sendable {
  let text: String

  static func == (left: JSONTextKey, right: JSONTextKey) -> Bool { JSONText.equal(left.text, right.text) }

  // Equal bytes are equal strings, so that String's hash is consistent with this equality.
  func hash(into hasher: inout Hasher) { text.hash(into: &hasher) }
}
