public import FlockCore

/// Appends fixed-width big-endian integers, so that keys sort as their values do, and length-prefixed texts.
public struct ByteWriter: Sendable {
  public private(set) var bytes: [UInt8]

  public init(capacity: Int = 0) {
    bytes = []
    if capacity > 0 { bytes.reserveCapacity(capacity) }
  }

  public var count: Int { bytes.count }

  @inlinable public mutating func write(_ value: UInt8) { append(value) }

  @usableFromInline mutating func append(_ value: UInt8) { bytes.append(value) }

  public mutating func write(_ value: UInt16) { writeBigEndian(UInt64(value), 2) }
  public mutating func write(_ value: UInt32) { writeBigEndian(UInt64(value), 4) }
  public mutating func write(_ value: Int32) { writeBigEndian(UInt64(UInt32(bitPattern: value)), 4) }
  public mutating func write(_ value: UInt64) { writeBigEndian(value, 8) }
  public mutating func write(_ value: Int64) { writeBigEndian(UInt64(bitPattern: value), 8) }
  public mutating func write(_ value: Bool) { bytes.append(value ? 1 : 0) }

  public mutating func write(_ id: UniqueID) {
    write(id.high)
    write(id.low)
  }

  public mutating func write(_ instant: Timestamp) { write(instant.nanoseconds) }

  public mutating func write(_ text: String) {
    var text = text
    text.withUTF8 { utf8 in
      writeCount(utf8.count)
      bytes.append(contentsOf: utf8)
    }
  }

  public mutating func write(_ data: [UInt8]) {
    writeCount(data.count)
    bytes.append(contentsOf: data)
  }

  /// LEB128: seven bits a byte, lowest first.
  public mutating func writeCount(_ count: Int) {
    var rest = UInt64(count)
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }

  public mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

  private mutating func writeBigEndian(_ value: UInt64, _ width: Int) {
    if width == 8 {
      withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
      return
    }
    for shift in stride(from: 8 * (width - 1), through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(shift))) }
  }
}

/// Reads what ``ByteWriter`` wrote; anything else is ``FlockError`` with `.corruptStore`.
public struct ByteReader: Sendable {
  private let bytes: [UInt8]
  private var at = 0

  public init(_ bytes: [UInt8]) { self.bytes = bytes }

  public var isAtEnd: Bool { at == bytes.count }

  private mutating func integer(_ width: Int) throws -> UInt64 {
    guard at + width <= bytes.count else { throw ByteReader.truncated }
    var value: UInt64 = 0
    for byte in bytes[at..<at + width] { value = value << 8 | UInt64(byte) }
    at += width
    return value
  }

  public mutating func uint8() throws -> UInt8 { UInt8(try integer(1)) }
  public mutating func uint16() throws -> UInt16 { UInt16(try integer(2)) }
  public mutating func uint32() throws -> UInt32 { UInt32(try integer(4)) }
  public mutating func int32() throws -> Int32 { Int32(bitPattern: try uint32()) }
  public mutating func uint64() throws -> UInt64 { try integer(8) }
  public mutating func int64() throws -> Int64 { Int64(bitPattern: try integer(8)) }
  public mutating func timestamp() throws -> Timestamp { Timestamp(nanoseconds: try int64()) }

  public mutating func bool() throws -> Bool {
    switch try uint8() {
    case 0: return false
    case 1: return true
    default: throw FlockError(.corruptStore, "a stored truth value is neither 0 nor 1")
    }
  }

  public mutating func uniqueID() throws -> UniqueID { UniqueID(high: try uint64(), low: try uint64()) }

  public mutating func count() throws -> Int {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      let byte = try uint8()
      guard shift < 63 else { throw ByteReader.truncated }
      value |= UInt64(byte & 0x7F) << shift
      if byte & 0x80 == 0 { break }
      shift += 7
    }
    guard let count = Int(exactly: value) else { throw ByteReader.truncated }
    return count
  }

  public mutating func data() throws -> [UInt8] {
    let length = try count()
    guard length <= bytes.count - at else { throw ByteReader.truncated }
    defer { at += length }
    return Array(bytes[at..<at + length])
  }

  public mutating func string() throws -> String {
    let data = try data()
    guard let text = String(validating: data, as: UTF8.self) else {
      throw FlockError(.corruptStore, "a stored text is not UTF-8")
    }
    return text
  }

  /// The number of elements that follow, each of at least `minimumSize` bytes: a damaged count cannot ask for more
  /// memory than the record has bytes.
  public mutating func elements(minimumSize: Int = 1) throws -> Int {
    let number = try count()
    guard number <= (bytes.count - at) / max(1, minimumSize) else { throw ByteReader.truncated }
    return number
  }

  private static let truncated = FlockError(.corruptStore, "a stored record ends before its last field")
}
