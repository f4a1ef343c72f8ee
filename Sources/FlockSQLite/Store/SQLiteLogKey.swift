#if SQLite
import FlockCore

/// A record's position as one integer, which is its row's key: the shard above, 48 bits of offset below, so that a shard's
/// records lie together and in order.
enum SQLiteLogKey {
  static let offsetBits: Int64 = 48
  static let maximumShards = 1024
  private static let mask: Int64 = 1 << offsetBits - 1

  static func key(_ shard: Int, _ offset: Int64) -> Int64 { Int64(shard) << offsetBits | offset }

  static func shard(_ key: Int64) -> Int { Int(key >> offsetBits) }

  static func offset(_ key: Int64) -> Int64 { key & mask }

  static func position(_ key: Int64) -> Position { Position(shard: shard(key), offset: offset(key)) }
}
#endif
