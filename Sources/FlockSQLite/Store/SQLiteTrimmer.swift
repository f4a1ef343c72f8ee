#if SQLite
import FlockCore
import FlockKernel

/// Deletes old rows and everything that refers to them, a bounded number in each transaction of the writer.
struct SQLiteTrimmer {
  let connection: SQLiteConnection

  // MARK: The log

  /// Deletes from `offset` on. What an earlier pass had to keep is looked at again, so that a plan begins with offset 0.
  /// - Returns: the number of artifacts that are gone, and where to go on; `nil` at the plan's end.
  func trim(_ plan: SQLiteTrimPlan, from offset: Int64, rows: Int) throws -> (deleted: Int, next: Int64?) {
    guard offset < plan.end else { return (0, nil) }
    let last = try min(
      reach(Self.selectLastArtifact, plan, offset, rows), reach(Self.selectLastMessage, plan, offset, rows))
    var deleted = 0
    for row in try rowsToDelete(plan, offset, last) {
      try delete(row)
      deleted += 1
    }
    try deleteMessages(plan, offset, last)
    let statement = try connection.prepare(Self.setStart)
    try statement.bind(last, at: 1)
    try statement.bind(Int64(plan.shard), at: 2)
    try statement.run()
    return (deleted, last < plan.end ? last : nil)
  }

  /// The offset behind the next `rows` rows of a table, the plan's end when there are fewer.
  private func reach(_ query: SQLiteQuery, _ plan: SQLiteTrimPlan, _ offset: Int64, _ rows: Int) throws -> Int64 {
    let statement = try connection.prepare(query)
    try statement.bind(SQLiteLogKey.key(plan.shard, offset), at: 1)
    try statement.bind(SQLiteLogKey.key(plan.shard, plan.end), at: 2)
    try statement.bind(Int64(rows - 1), at: 3)
    defer { statement.reset() }
    return try statement.step() ? SQLiteLogKey.offset(statement.int64(0)) + 1 : plan.end
  }

  private struct Row {
    let key: Int64
    let id: UniqueID
    let createdAt: Int64
    let tags: [String]
    /// Parents, and the run.
    let sources: [UniqueID]
  }

  /// Read to the end before the first is deleted.
  private func rowsToDelete(_ plan: SQLiteTrimPlan, _ offset: Int64, _ last: Int64) throws -> [Row] {
    let statement = try connection.prepare(Self.selectRows)
    try statement.bind(SQLiteLogKey.key(plan.shard, offset), at: 1)
    try statement.bind(SQLiteLogKey.key(plan.shard, last), at: 2)
    var rows: [Row] = []
    while try statement.step() {
      let key = statement.int64(0)
      guard !plan.kept.contains(SQLiteLogKey.offset(key)) else { continue }
      var sources = statement.isNull(4) ? [] : try statement.ids(4)
      if !statement.isNull(5) { sources.append(try statement.id(5)) }
      rows.append(
        Row(
          key: key, id: try statement.id(1), createdAt: statement.int64(2),
          tags: statement.isNull(3) ? [] : try SQLiteBytes.texts(statement.bytes(3)), sources: sources))
    }
    return rows
  }

  private func delete(_ row: Row) throws {
    for tag in row.tags {
      let statement = try connection.prepare(Self.deleteTag)
      try statement.bind(tag, at: 1)
      try statement.bind(row.createdAt, at: 2)
      try statement.bind(row.id, at: 3)
      try statement.run()
    }
    for source in row.sources {
      let statement = try connection.prepare(Self.deleteLink)
      try statement.bind(source, at: 1)
      try statement.bind(row.key, at: 2)
      try statement.run()
    }
    for query in [Self.deleteLinks, Self.deleteConsumptions, Self.deleteReasons] {
      let statement = try connection.prepare(query)
      try statement.bind(row.id, at: 1)
      try statement.run()
    }
    let statement = try connection.prepare(Self.deleteArtifact)
    try statement.bind(row.key, at: 1)
    try statement.run()
  }

  private func deleteMessages(_ plan: SQLiteTrimPlan, _ offset: Int64, _ last: Int64) throws {
    let select = try connection.prepare(Self.selectMessages)
    try select.bind(SQLiteLogKey.key(plan.shard, offset), at: 1)
    try select.bind(SQLiteLogKey.key(plan.shard, last), at: 2)
    var keys: [Int64] = []
    while try select.step() {
      let key = select.int64(0)
      if !plan.kept.contains(SQLiteLogKey.offset(key)) { keys.append(key) }
    }
    let delete = try connection.prepare(Self.deleteMessage)
    for key in keys {
      try delete.bind(key, at: 1)
      try delete.run()
    }
  }

  // MARK: History

  /// Deletes outcomes that ended before an instant, oldest first, and what they consumed. Outputs that are still there are
  /// linked to their parents and their run by rows of their own.
  /// - Parameter row: the row behind which to begin.
  /// - Returns: the number that are gone, and the row to go on behind; `nil` at the end.
  func trimOutcomes(before: Timestamp, after row: Int64, rows: Int) throws -> (deleted: Int, next: Int64?) {
    let (old, last) = try oldOutcomes(before, row, rows)
    for outcome in old {
      for output in try outcome.outputs.filter(exists) {
        for source in outcome.inputs + [outcome.run] {
          let link = try connection.prepare(Self.insertLink)
          try link.bind(source, at: 1)
          try link.bind(output, at: 2)
          try link.run()
        }
      }
      let consumption = try connection.prepare(Self.deleteConsumption)
      for input in outcome.inputs {
        try consumption.bind(input, at: 1)
        try consumption.bind(outcome.row, at: 2)
        try consumption.run()
      }
      let delete = try connection.prepare(Self.deleteOutcome)
      try delete.bind(outcome.row, at: 1)
      try delete.run()
    }
    // Rows come in the order of their ends but for the length of a commit: where all are young, so is the rest.
    return (old.count, old.isEmpty ? nil : last)
  }

  private typealias OldOutcome = (row: Int64, run: UniqueID, inputs: [UniqueID], outputs: [Int64])

  /// - Returns: the old ones among the next rows, and the last of these rows; `nil` when they were the last of all.
  private func oldOutcomes(_ before: Timestamp, _ row: Int64, _ rows: Int) throws -> (old: [OldOutcome], last: Int64?) {
    let statement = try connection.prepare(Self.selectOutcomes)
    try statement.bind(row, at: 1)
    try statement.bind(Int64(rows), at: 2)
    var old: [OldOutcome] = []
    var last: Int64 = row
    var seen = 0
    while try statement.step() {
      seen += 1
      last = statement.int64(0)
      guard statement.int64(13) < before.nanoseconds else { continue }
      old.append(
        (
          row: last, run: try statement.id(1), inputs: statement.isNull(8) ? [] : try statement.ids(8),
          outputs: try SQLiteOutcomeRow.outputs(statement)
        ))
    }
    return (old, seen < rows ? nil : last)
  }

  private func exists(_ key: Int64) throws -> Bool {
    let statement = try connection.prepare(Self.selectArtifact)
    try statement.bind(key, at: 1)
    defer { statement.reset() }
    return try statement.step()
  }

  /// Deletes event records of commits before an instant.
  /// - Returns: how many are gone; fewer than `rows` when no more are due.
  func trimEvents(shard: Int, before: Timestamp, rows: Int) throws -> Int {
    let statement = try connection.prepare(Self.deleteEvents)
    try statement.bind(SQLiteLogKey.key(shard, 0), at: 1)
    try statement.bind(SQLiteLogKey.key(shard + 1, 0), at: 2)
    try statement.bind(Int64(rows), at: 3)
    try statement.bind(before.nanoseconds, at: 4)
    try statement.run()
    return Int(connection.changes)
  }

  /// Deletes reasons of commits before an instant.
  /// - Returns: how many rows are gone; fewer than `rows` when no more are due.
  func trimReasons(before: Timestamp, rows: Int) throws -> Int {
    let statement = try connection.prepare(Self.deleteOldReasons)
    try statement.bind(Int64(rows), at: 1)
    try statement.bind(before.nanoseconds, at: 2)
    try statement.run()
    return Int(connection.changes)
  }

  private static let selectRows = SQLiteQuery(
    "SELECT position, id, created_at, tags, parents, run FROM artifacts WHERE position >= ? AND position < ? ORDER BY position")
  private static let selectMessages = SQLiteQuery("SELECT position FROM messages WHERE position >= ? AND position < ?")
  private static let selectLastArtifact = SQLiteQuery(
    "SELECT position FROM artifacts WHERE position >= ? AND position < ? ORDER BY position LIMIT 1 OFFSET ?")
  private static let selectLastMessage = SQLiteQuery(
    "SELECT position FROM messages WHERE position >= ? AND position < ? ORDER BY position LIMIT 1 OFFSET ?")
  private static let insertLink = SQLiteQuery("INSERT INTO links(source, position) VALUES (?, ?) ON CONFLICT DO NOTHING")
  private static let selectArtifact = SQLiteQuery("SELECT 1 FROM artifacts WHERE position = ?")
  private static let selectOutcomes = SQLiteQuery(
    "SELECT \(SQLiteOutcomeRow.columns) FROM outcomes AS o WHERE o.id > ? ORDER BY o.id LIMIT ?")
  private static let setStart = SQLiteQuery("UPDATE shards SET log_start = max(log_start, ?) WHERE shard = ?")
  private static let deleteArtifact = SQLiteQuery("DELETE FROM artifacts WHERE position = ?")
  private static let deleteMessage = SQLiteQuery("DELETE FROM messages WHERE position = ?")
  private static let deleteTag = SQLiteQuery("DELETE FROM tags WHERE tag = ? AND created_at = ? AND id = ?")
  private static let deleteLink = SQLiteQuery("DELETE FROM links WHERE source = ? AND position = ?")
  private static let deleteLinks = SQLiteQuery("DELETE FROM links WHERE source = ?")
  private static let deleteConsumptions = SQLiteQuery("DELETE FROM consumptions WHERE artifact = ?")
  private static let deleteConsumption = SQLiteQuery("DELETE FROM consumptions WHERE artifact = ? AND outcome = ?")
  private static let deleteReasons = SQLiteQuery("DELETE FROM reasons WHERE artifact = ?")
  private static let deleteOutcome = SQLiteQuery("DELETE FROM outcomes WHERE id = ?")
  private static let deleteEvents = SQLiteQuery(
    """
    DELETE FROM events WHERE position IN (
      SELECT position FROM (SELECT position, at FROM events WHERE position >= ? AND position < ? ORDER BY position LIMIT ?)
      WHERE at < ?)
    """)
  private static let deleteOldReasons = SQLiteQuery(
    "DELETE FROM reasons WHERE id IN (SELECT id FROM (SELECT id, at FROM reasons ORDER BY id LIMIT ?) WHERE at < ?)")
}
#endif
