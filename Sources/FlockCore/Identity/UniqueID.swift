/// A 128-bit identifier, kept as two words because `Foundation.UUID` costs a system call to make and a branchy
/// comparison to compare.
///
/// Its text form is that of RFC 9562: 36 characters, lower case.
public struct UniqueID: Hashable, Comparable, Sendable {
  public var high: UInt64
  public var low: UInt64

  @inlinable
  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  public static let zero = UniqueID(high: 0, low: 0)

  @inlinable public var isZero: Bool { high == 0 && low == 0 }

  /// The version field of RFC 9562, section 4.2.
  @inlinable public var version: Int { Int((high >> 12) & 0xF) }

  @inlinable
  public static func < (a: UniqueID, b: UniqueID) -> Bool {
    a.high != b.high ? a.high < b.high : a.low < b.low
  }

  /// Sets version and variant bits, leaving 122 bits of the value.
  @inlinable
  public func stamped(version: UInt64) -> UniqueID {
    UniqueID(
      high: (high & ~0xF000) | (version << 12),
      low: (low & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000)
  }

  /// The sixteen bytes in network order.
  public var bytes: [UInt8] {
    [UInt8](unsafeUninitializedCapacity: 16) { buffer, count in
      for i in 0..<8 { buffer[i] = UInt8(truncatingIfNeeded: high >> UInt64(56 - 8 * i)) }
      for i in 0..<8 { buffer[8 + i] = UInt8(truncatingIfNeeded: low >> UInt64(56 - 8 * i)) }
      count = 16
    }
  }

  /// - Returns: `nil` unless there are exactly sixteen bytes.
  public init?(bytes: some Collection<UInt8>) {
    guard bytes.count == 16 else { return nil }
    var high: UInt64 = 0
    var low: UInt64 = 0
    for (i, byte) in bytes.enumerated() {
      if i < 8 { high = high << 8 | UInt64(byte) } else { low = low << 8 | UInt64(byte) }
    }
    self.init(high: high, low: low)
  }
}

extension UniqueID: CustomStringConvertible, LosslessStringConvertible {
  public var description: String {
    String(unsafeUninitializedCapacity: 36) { buffer in
      var at = 0
      func put(_ word: UInt64, _ from: Int, _ digits: Int) {
        for d in 0..<digits {
          let nibble = UInt8((word >> UInt64(from - 4 * d)) & 0xF)
          buffer[at] = nibble < 10 ? 48 + nibble : 87 + nibble
          at += 1
        }
      }
      func dash() {
        buffer[at] = 45
        at += 1
      }
      put(high, 60, 8)
      dash()
      put(high, 28, 4)
      dash()
      put(high, 12, 4)
      dash()
      put(low, 60, 4)
      dash()
      put(low, 44, 12)
      return 36
    }
  }

  /// Accepts 36 characters with dashes, or 32 hexadecimal digits without.
  public init?(_ description: String) {
    var high: UInt64 = 0
    var low: UInt64 = 0
    var digits = 0
    var position = 0
    for byte in description.utf8 {
      defer { position += 1 }
      if byte == 45 {
        guard position == 8 || position == 13 || position == 18 || position == 23 else { return nil }
        continue
      }
      let nibble: UInt64
      switch byte {
      case 48...57: nibble = UInt64(byte - 48)
      case 97...102: nibble = UInt64(byte - 87)
      case 65...70: nibble = UInt64(byte - 55)
      default: return nil
      }
      guard digits < 32 else { return nil }
      if digits < 16 { high = high << 4 | nibble } else { low = low << 4 | nibble }
      digits += 1
    }
    guard digits == 32, position == 32 || position == 36 else { return nil }
    self.init(high: high, low: low)
  }
}

extension UniqueID: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let id = UniqueID(text) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "'\(text)' is not a UUID")
    }
    self = id
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
