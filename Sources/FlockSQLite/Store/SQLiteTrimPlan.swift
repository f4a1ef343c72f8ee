#if SQLite
import FlockCore
import FlockKernel

/// What of one shard's log may go: everything before an offset but what the shard's state refers to.
///
/// Made from one snapshot and good for as long as it takes: a state never takes a new reference below the offset that it
/// has ingested, so that what is unreferenced there stays so.
struct SQLiteTrimPlan: Sendable {
  let shard: Int
  /// The first offset that stays.
  let end: Int64
  let kept: Set<Int64>

  /// - Parameter before: records that the log took at or after this instant stay.
  init(_ shard: Int, before: Timestamp, _ connection: SQLiteConnection, _ streams: SQLiteStreams) throws {
    let log = SQLiteLogReader(connection: connection, streams: streams)
    let state = try log.state(shard)
    let extent = try log.extent(shard)
    self.shard = shard
    let ingested = min(try state.ingestedOffset(), extent.end)
    end = try SQLiteTrimPlan.firstYoung(shard, extent.start, ingested, before, connection)
    kept = Set(try state.referencedOffsets())
  }

  /// The first offset whose record is not old enough. Instants grow with offsets but for steps of the clock, and one young
  /// record protects those behind it.
  private static func firstYoung(
    _ shard: Int, _ start: Int64, _ limit: Int64, _ before: Timestamp, _ connection: SQLiteConnection
  ) throws -> Int64 {
    var first = limit
    for query in [selectYoungArtifact, selectYoungMessage] {
      let statement = try connection.prepare(query)
      try statement.bind(SQLiteLogKey.key(shard, start), at: 1)
      try statement.bind(SQLiteLogKey.key(shard, limit), at: 2)
      try statement.bind(before.nanoseconds, at: 3)
      if try statement.step() { first = min(first, SQLiteLogKey.offset(statement.int64(0))) }
      statement.reset()
    }
    return max(first, start)
  }

  private static let selectYoungArtifact = SQLiteQuery(
    "SELECT position FROM artifacts WHERE position >= ? AND position < ? AND appended_at >= ? ORDER BY position LIMIT 1")
  private static let selectYoungMessage = SQLiteQuery(
    "SELECT position FROM messages WHERE position >= ? AND position < ? AND appended_at >= ? ORDER BY position LIMIT 1")
}
#endif
