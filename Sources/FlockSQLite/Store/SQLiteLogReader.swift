#if SQLite
import FlockCore
import FlockKernel

/// Reads a shard's log in one snapshot.
struct SQLiteLogReader {
  let connection: SQLiteConnection
  let streams: SQLiteStreams

  /// Where a shard's log begins and ends.
  func extent(_ shard: Int) throws -> (start: Int64, end: Int64) {
    let statement = try connection.prepare(Self.selectExtent)
    try statement.bind(Int64(shard), at: 1)
    defer { statement.reset() }
    guard try statement.step() else { throw SQLiteStoreError.damaged("shard \(shard) has no row in shards") }
    return (statement.int64(0), statement.int64(1))
  }

  /// Consecutive records, fewer at the end or when their payloads have more than `maximumBytes`; at least one if there is one.
  func records(_ shard: Int, from offset: Int64, to end: Int64, maximum: Int, maximumBytes: Int) throws -> [LoggedRecord] {
    let last = min(end, offset + Int64(clamping: maximum))
    guard offset < last else { return [] }
    let artifacts = try connection.prepare(Self.selectArtifacts)
    let messages = try connection.prepare(Self.selectMessages)
    for statement in [artifacts, messages] {
      try statement.bind(SQLiteLogKey.key(shard, offset), at: 1)
      try statement.bind(SQLiteLogKey.key(shard, last), at: 2)
    }
    defer {
      artifacts.reset()
      messages.reset()
    }
    var hasArtifact = try artifacts.step()
    var hasMessage = try messages.step()
    var found: [LoggedRecord] = []
    found.reserveCapacity(Int(last - offset))
    var bytes = 0
    var next = SQLiteLogKey.key(shard, offset)
    while hasArtifact || hasMessage, bytes < maximumBytes {
      if hasArtifact, SQLiteArtifactRow.key(artifacts) == next {
        let record = try SQLiteArtifactRow.record(artifacts, streams, connection)
        bytes += record.record.artifact?.payload.byteCount ?? 0
        found.append(record)
        hasArtifact = try artifacts.step()
      } else if hasMessage, messages.int64(0) == next {
        let data = messages.bytes(2)
        bytes += data.count
        found.append(LoggedRecord(try RecordCoding.decode(data), appendedAt: Timestamp(nanoseconds: messages.int64(1))))
        hasMessage = try messages.step()
      } else {
        break
      }
      next += 1
    }
    guard !found.isEmpty, bytes >= maximumBytes || Int64(found.count) == last - offset else {
      throw SQLiteStoreError.damaged("the log of shard \(shard) lacks offset \(SQLiteLogKey.offset(next))")
    }
    return found
  }

  /// One record, `nil` where retention has deleted it.
  func record(_ shard: Int, _ offset: Int64) throws -> LogRecord? {
    let key = SQLiteLogKey.key(shard, offset)
    let artifacts = try connection.prepare(Self.selectArtifacts)
    try artifacts.bind(key, at: 1)
    try artifacts.bind(key + 1, at: 2)
    defer { artifacts.reset() }
    if try artifacts.step() { return try SQLiteArtifactRow.record(artifacts, streams, connection).record }
    let messages = try connection.prepare(Self.selectMessages)
    try messages.bind(key, at: 1)
    try messages.bind(key + 1, at: 2)
    defer { messages.reset() }
    return try messages.step() ? try RecordCoding.decode(messages.bytes(2)) : nil
  }

  /// The committed state of a shard, sorted by key.
  func state(_ shard: Int) throws -> ShardState {
    let statement = try connection.prepare(Self.selectState)
    try statement.bind(Int64(shard), at: 1)
    var state = ShardState(entries: [], logEnd: try extent(shard).end)
    while try statement.step() { state.entries.append((key: statement.bytes(0), value: statement.bytes(1))) }
    return state
  }

  private static let selectExtent = SQLiteQuery("SELECT log_start, log_end FROM shards WHERE shard = ?")
  private static let selectArtifacts = SQLiteQuery(
    "SELECT \(SQLiteArtifactRow.columns) FROM artifacts AS a WHERE a.position >= ? AND a.position < ? ORDER BY a.position")
  private static let selectMessages = SQLiteQuery(
    "SELECT position, appended_at, bytes FROM messages WHERE position >= ? AND position < ? ORDER BY position")
  private static let selectState = SQLiteQuery("SELECT key, value FROM state WHERE shard = ? ORDER BY key")
}

extension Payload {
  /// The size of a payload that is held as bytes, 0 of another.
  var byteCount: Int { (self as? EncodedPayload)?.bytes.count ?? 0 }
}
#endif
