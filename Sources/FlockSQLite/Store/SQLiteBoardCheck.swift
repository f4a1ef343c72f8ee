#if SQLite
import FlockCore
import FlockKernel

/// The rules that a sound board keeps beyond SQLite's own.
struct SQLiteBoardCheck {
  let connection: SQLiteConnection
  let streams: SQLiteStreams
  let shardCount: Int

  func problems() throws -> [String] {
    var problems: [String] = []
    for shard in 0..<shardCount { try checkLog(shard, &problems) }
    for (what, sql) in Self.orphans {
      let statement = try connection.prepare(sql)
      defer { statement.reset() }
      if try statement.step(), statement.int64(0) > 0 { problems.append("\(statement.int64(0)) \(what)") }
    }
    return problems
  }

  private func checkLog(_ shard: Int, _ problems: inout [String]) throws {
    let log = SQLiteLogReader(connection: connection, streams: streams)
    let (start, end) = try log.extent(shard)
    let statement = try connection.prepare(
      """
      SELECT (SELECT count(*) FROM artifacts WHERE position >= ?1 AND position < ?2)
        + (SELECT count(*) FROM messages WHERE position >= ?1 AND position < ?2),
        (SELECT count(*) FROM artifacts WHERE position >= ?2 AND position < ?3)
        + (SELECT count(*) FROM messages WHERE position >= ?2 AND position < ?3)
      """)
    try statement.bind(SQLiteLogKey.key(shard, start), at: 1)
    try statement.bind(SQLiteLogKey.key(shard, end), at: 2)
    try statement.bind(SQLiteLogKey.key(shard + 1, 0), at: 3)
    if try statement.step() {
      if statement.int64(0) != end - start {
        problems.append("the log of shard \(shard) has \(statement.int64(0)) records between offsets \(start) and \(end)")
      }
      if statement.int64(1) != 0 { problems.append("shard \(shard) has \(statement.int64(1)) records behind the end of its log") }
    }
    statement.reset()
    let state = try log.state(shard)
    if try state.ingestedOffset() > end { problems.append("shard \(shard) has ingested more than its log has") }
    var missing = 0
    for offset in try state.referencedOffsets() where try log.record(shard, offset) == nil { missing += 1 }
    if missing > 0 { problems.append("the state of shard \(shard) refers to \(missing) records that are gone") }
  }

  private static let orphans = [
    ("tags of artifacts that are gone", "SELECT count(*) FROM tags WHERE position NOT IN (SELECT position FROM artifacts)"),
    ("links to artifacts that are gone", "SELECT count(*) FROM links WHERE position NOT IN (SELECT position FROM artifacts)"),
    ("consumptions of outcomes that are gone", "SELECT count(*) FROM consumptions WHERE outcome NOT IN (SELECT id FROM outcomes)"),
    ("artifacts of streams that are gone", "SELECT count(*) FROM artifacts WHERE stream NOT IN (SELECT id FROM streams)"),
  ]
}
#endif
