#if SQLite
import FlockCore
import FlockKernel

/// Lists in one column.
enum SQLiteBytes {
  /// Sixteen bytes each.
  static func encode(_ ids: [UniqueID]) -> [UInt8] {
    var writer = ByteWriter(capacity: 16 * ids.count)
    for id in ids { writer.write(id) }
    return writer.bytes
  }

  /// Each with its length before it.
  static func encode(_ texts: [String]) -> [UInt8] {
    var writer = ByteWriter(capacity: 64)
    for text in texts { writer.write(text) }
    return writer.bytes
  }

  /// Eight bytes each.
  static func encode(_ keys: [Int64]) -> [UInt8] {
    var writer = ByteWriter(capacity: 8 * keys.count)
    for key in keys { writer.write(key) }
    return writer.bytes
  }

  static func texts(_ bytes: [UInt8]) throws -> [String] {
    var reader = ByteReader(bytes)
    var texts: [String] = []
    while !reader.isAtEnd { texts.append(try reader.string()) }
    return texts
  }

  static func keys(_ bytes: [UInt8]) throws -> [Int64] {
    var reader = ByteReader(bytes)
    var keys: [Int64] = []
    while !reader.isAtEnd { keys.append(try reader.int64()) }
    return keys
  }

  static func id(_ bytes: UnsafeRawBufferPointer) throws -> UniqueID {
    guard bytes.count == 16 else { throw SQLiteStoreError.damaged("an identifier has \(bytes.count) bytes, not 16") }
    return UniqueID(
      high: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
      low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
  }
}

extension SQLiteStatement {
  func id(_ column: Int32) throws -> UniqueID { try withColumnBytes(column) { try SQLiteBytes.id($0) } }

  func ids(_ column: Int32) throws -> [UniqueID] {
    try withColumnBytes(column) { bytes in
      guard bytes.count % 16 == 0 else { throw SQLiteStoreError.damaged("a list of identifiers has \(bytes.count) bytes") }
      var ids: [UniqueID] = []
      ids.reserveCapacity(bytes.count / 16)
      for start in stride(from: 0, to: bytes.count, by: 16) {
        ids.append(try SQLiteBytes.id(UnsafeRawBufferPointer(rebasing: bytes[start..<start + 16])))
      }
      return ids
    }
  }

  /// Binds a copy of the sixteen bytes.
  func bind(_ id: UniqueID, at index: Int32) throws {
    var words = (id.high.bigEndian, id.low.bigEndian)
    try withUnsafeBytes(of: &words) { try bind($0, at: index) }
  }
}
#endif
