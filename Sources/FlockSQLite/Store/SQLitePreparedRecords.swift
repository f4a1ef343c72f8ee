#if SQLite
import Flock
import FlockCore
import FlockKernel
import Synchronization

/// Records of one publication, with everything computed that needs no transaction.
struct SQLitePreparedRecords: Sendable {
  let records: [LogRecord]
  private let shards: [Int]
  /// Of artifacts their payload, of other records the whole.
  private let bytes: [[UInt8]]
  /// Of the artifacts among the records, in their order.
  var streams: [Int64] = []

  /// - Throws: ``FlockError`` for a record that is too large or has no shard.
  init(_ records: [LogRecord], _ router: ShardRouter, maximumBytes: Int) throws {
    var shards: [Int] = []
    var bytes: [[UInt8]] = []
    shards.reserveCapacity(records.count)
    bytes.reserveCapacity(records.count)
    for record in records {
      let shard = Routing.shard(of: record, router)
      guard (0..<router.shardCount).contains(shard) else {
        throw FlockError(.notFound, "the board has shards 0 to \(router.shardCount - 1), not \(shard)")
      }
      shards.append(shard)
      let encoded = try record.artifact?.payload.encoded() ?? RecordCoding.encode(record)
      guard encoded.count <= maximumBytes else {
        throw FlockError(
          .limitExceeded, "a record of \(encoded.count) bytes; the store takes \(maximumBytes) (maximumOutcomeBytes)")
      }
      bytes.append(encoded)
    }
    self.records = records
    self.shards = shards
    self.bytes = bytes
  }

  /// Within one item of the writer.
  func append(to connection: SQLiteConnection, at now: Timestamp) throws -> SQLiteAppended {
    let appender = try SQLiteAppender(connection, at: now)
    var appended = SQLiteAppended(at: now)
    appended.keys.reserveCapacity(records.count)
    appended.isDuplicate.reserveCapacity(records.count)
    var next = 0
    for (index, record) in records.enumerated() {
      guard let artifact = record.artifact else {
        appended.keys.append(try appender.append(bytes[index], shard: shards[index]))
        appended.isDuplicate.append(false)
        continue
      }
      var invoked: Symbol?
      if case .invocation(let invocation) = record { invoked = invocation.agent }
      let (key, isDuplicate) = try appender.append(
        artifact, stream: streams[next], payload: bytes[index], shard: shards[index], invoked: invoked,
        isLinked: artifact.run != .none || artifact.parents != .none)
      next += 1
      appended.keys.append(key)
      appended.isDuplicate.append(isDuplicate)
    }
    try appender.finish()
    return appended
  }

  /// On the writer's thread, after the commit: hands the records to the owners in this process.
  func noteCommit(_ appended: SQLiteAppended, _ slots: [SQLiteStore.Slot]) {
    SQLiteStore.note(appended, slots) { (records[$0], bytes[$0].count) }
  }
}

extension SQLiteStore {
  /// Puts what was appended into the tails of the shards that are owned here, and wakes their owners.
  /// - Parameter record: the record at a place of `appended`, and its size.
  static func note(_ appended: SQLiteAppended, _ slots: [Slot], _ record: (Int) -> (LogRecord, Int)) {
    var woken: [(shard: Int, wake: @Sendable () -> Void)] = []
    var index = 0
    while index < appended.keys.count {
      let shard = SQLiteLogKey.shard(appended.keys[index])
      let wake = slots[shard].contents.withLock { slot in
        while index < appended.keys.count, SQLiteLogKey.shard(appended.keys[index]) == shard {
          if !appended.isDuplicate[index] {
            let (record, bytes) = record(index)
            slot.note(
              LoggedRecord(record, appendedAt: appended.at), at: SQLiteLogKey.offset(appended.keys[index]), bytes: bytes)
          }
          index += 1
        }
        return slot.owner?.wake
      }
      if let wake, !woken.contains(where: { $0.shard == shard }) { woken.append((shard: shard, wake: wake)) }
    }
    for (_, wake) in woken { wake() }
  }
}
#endif
