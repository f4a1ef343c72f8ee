#if SQLite
import FlockCore
import FlockKernel

/// What this process knows of one shard, under the slot's lock.
struct SQLiteShardSlot {
  struct Owner {
    let lease: SQLiteLease
    let wake: @Sendable () -> Void
  }

  /// The session that is open here, if one is.
  var owner: Owner?
  /// The end of the log, as far as this process has seen it.
  var knownEnd: Int64 = 0
  var tail: SQLiteTail
  /// Where the upkeep goes on.
  var trimmedTo: Int64 = 0

  init(_ configuration: SQLiteStoreConfiguration) {
    tail = SQLiteTail(maximumRecords: configuration.tailRecords, maximumBytes: configuration.tailBytes)
  }

  /// A record that this process appended, after its commit.
  mutating func note(_ record: LoggedRecord, at offset: Int64, bytes: Int) {
    knownEnd = max(knownEnd, offset + 1)
    if owner != nil { tail.append(record, at: offset, bytes: bytes) }
  }

  mutating func end(_ lease: SQLiteLease) {
    guard owner?.lease == lease else { return }
    owner = nil
    tail.removeAll()
  }
}
#endif
