/// Decides the shard of an artifact or of a rule: `murmur2(key) & 0x7fffffff % shardCount`, as Kafka's Java partitioner
/// computes it over the key's bytes. Ids are hashed as their 36 characters, because that is what a record's key holds.
public struct ShardRouter: Hashable, Sendable {
  /// The version of the routing rule, kept with every store.
  public static let version = 1

  public let shardCount: Int

  public init(shardCount: Int) {
    precondition(shardCount >= 1, "a store has at least one shard")
    self.shardCount = shardCount
  }

  public func shard(ofKey key: String) -> Int {
    guard shardCount > 1 else { return 0 }
    return Int(Murmur2.hash(key) & 0x7FFF_FFFF) % shardCount
  }

  public func shard(of id: UniqueID) -> Int {
    guard shardCount > 1 else { return 0 }
    return shard(ofKey: id.description)
  }

  /// `partitionKey ?? correlation`; an artifact that was published without a correlation has its own id as one.
  public func shard(of artifact: Artifact) -> Int {
    guard shardCount > 1 else { return 0 }
    if let key = artifact.partitionKey { return shard(ofKey: key) }
    return shard(of: artifact.correlation.value)
  }
}

/// Where a record lies: a shard and its offset there.
public struct Position: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
  public var shard: Int
  public var offset: Int64

  @inlinable
  public init(shard: Int, offset: Int64) {
    self.shard = shard
    self.offset = offset
  }

  @inlinable
  public static func < (a: Position, b: Position) -> Bool {
    a.shard != b.shard ? a.shard < b.shard : a.offset < b.offset
  }

  public var description: String { "\(shard):\(offset)" }
}
