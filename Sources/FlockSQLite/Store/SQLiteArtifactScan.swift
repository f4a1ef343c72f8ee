#if SQLite
import Flock
import FlockCore
import FlockKernel

/// Walks the artifacts that a filter accepts in the order of creation: one cursor for each stream, correlation or tag that
/// can hold them, merged. Stops without having read the rest.
struct SQLiteArtifactScan {
  let connection: SQLiteConnection
  let streams: SQLiteStreams
  let filter: ArtifactFilter
  var order = ArtifactQuery.Order.oldestFirst
  var after: ArtifactQuery.Cursor?
  let now: Timestamp

  /// The streams that can hold what the filter accepts; `nil` for all.
  func acceptedStreams() throws -> [Int64]? {
    guard !filter.types.isEmpty || !filter.producers.isEmpty || !filter.visibility.isEmpty else { return nil }
    return try streams.all(connection).filter { entry in
      (filter.types.isEmpty || filter.types.contains(entry.stream.type.name))
        && (filter.producers.isEmpty || filter.producers.contains(entry.stream.producer.name))
        && (filter.visibility.isEmpty || filter.visibility.contains(entry.stream.visibility))
    }.map(\.number)
  }

  /// - Parameters:
  ///   - withPayload: false spares the payloads, which may be large; the artifacts then have empty ones.
  ///   - body: false ends the walk.
  func walk(withPayload: Bool = true, _ body: (Artifact) throws -> Bool) throws {
    let accepted = try acceptedStreams()
    let members = accepted.map { Set($0) }
    var heap = try cursors(accepted)
    while let cursor = heap.first {
      let row = cursor.statement
      if members?.contains(SQLiteArtifactRow.stream(row)) ?? true, try isVisible(row) {
        let artifact = try SQLiteArtifactRow.artifact(row, streams, connection, withPayload: withPayload)
        if filter.accepts(artifact, now: now) {
          guard try body(artifact) else { break }
        }
      }
      try heap.advance()
    }
    heap.reset()
  }

  /// Before the row's other columns are read.
  private func isVisible(_ row: SQLiteStatement) throws -> Bool {
    guard let identity = filter.identity, !row.isNull(10) else { return true }
    return try SQLiteArtifactRow.visibility(row)
      .isVisible(to: identity, createdAt: SQLiteArtifactRow.createdAt(row), at: filter.visibleAt ?? now)
  }

  // MARK: Cursors

  private func cursors(_ accepted: [Int64]?) throws -> SQLiteCursorHeap {
    var heap = SQLiteCursorHeap(isDescending: order == .newestFirst)
    if let correlation = filter.correlation {
      try heap.insert(statement("artifacts AS a", "a.correlation = ?1", "a") { try $0.bind(correlation.value, at: 1) })
      // The artifact that began it names itself.
      try heap.insert(statement("artifacts AS a", "a.id = ?1 AND a.correlation IS NULL", "a") { try $0.bind(correlation.value, at: 1) })
    } else if let tag = filter.tags.names.first {
      try heap.insert(
        statement("tags AS t CROSS JOIN artifacts AS a ON a.position = t.position", "t.tag = ?1", "t") { try $0.bind(tag, at: 1) })
    } else {
      for stream in try accepted ?? streams.all(connection).map(\.number) {
        try heap.insert(statement("artifacts AS a INDEXED BY artifacts_by_stream", "a.stream = ?1", "a") { try $0.bind(stream, at: 1) })
      }
    }
    return heap
  }

  private func statement(
    _ source: String, _ key: String, _ table: String, _ bind: (SQLiteStatement) throws -> Void
  ) throws -> SQLiteStatement {
    let direction = order == .newestFirst ? " DESC" : ""
    let statement = try connection.prepare(
      """
      SELECT \(SQLiteArtifactRow.columns) FROM \(source) WHERE \(key)
      AND (\(table).created_at, \(table).id) > (?2, ?3) AND (\(table).created_at, \(table).id) < (?4, ?5)
      ORDER BY \(table).created_at\(direction), \(table).id\(direction)
      """)
    try bind(statement)
    let (low, high) = bounds()
    try statement.bind(low.instant, at: 2)
    try statement.bind(low.id, at: 3)
    try statement.bind(high.instant, at: 4)
    try statement.bind(high.id, at: 5)
    return statement
  }

  /// Both ends are excluded. No bytes come before every id, seventeen bytes of ones after every id.
  private func bounds() -> (low: (instant: Int64, id: [UInt8]), high: (instant: Int64, id: [UInt8])) {
    var low = (instant: filter.from?.nanoseconds ?? .min, id: [UInt8]())
    var high = (instant: filter.until?.nanoseconds ?? .max, id: filter.until == nil ? [UInt8](repeating: 255, count: 17) : [])
    guard let after else { return (low, high) }
    let cursor = (instant: after.createdAt.nanoseconds, id: after.id.value.bytes)
    if order == .oldestFirst {
      if cursor.instant >= low.instant { low = cursor }
    } else if cursor.instant < high.instant || (cursor.instant == high.instant && !high.id.isEmpty) {
      high = cursor
    }
    return (low, high)
  }
}

/// Statements that each rest on a row, the next one in order first: a binary heap.
struct SQLiteCursorHeap {
  struct Cursor {
    let statement: SQLiteStatement
    var createdAt: Int64
    var id: UniqueID
  }

  private var cursors: [Cursor] = []
  private let isDescending: Bool

  init(isDescending: Bool) { self.isDescending = isDescending }

  var first: Cursor? { cursors.first }

  mutating func insert(_ statement: SQLiteStatement) throws {
    guard try statement.step() else { return }
    cursors.append(Cursor(statement: statement, createdAt: statement.int64(3), id: try statement.id(2)))
    var child = cursors.count - 1
    while child > 0, precedes(child, (child - 1) / 2) {
      cursors.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  /// Moves the first one to its next row, and drops it at its end.
  mutating func advance() throws {
    let statement = cursors[0].statement
    if try statement.step() {
      cursors[0].createdAt = statement.int64(3)
      cursors[0].id = try statement.id(2)
    } else {
      cursors.swapAt(0, cursors.count - 1)
      cursors.removeLast()
    }
    var parent = 0
    while true {
      var next = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < cursors.count && precedes(child, next) { next = child }
      if next == parent { return }
      cursors.swapAt(parent, next)
      parent = next
    }
  }

  mutating func reset() {
    for cursor in cursors { cursor.statement.reset() }
    cursors = []
  }

  private func precedes(_ a: Int, _ b: Int) -> Bool {
    let (a, b) = isDescending ? (cursors[b], cursors[a]) : (cursors[a], cursors[b])
    return (a.createdAt, a.id) < (b.createdAt, b.id)
  }
}
#endif
