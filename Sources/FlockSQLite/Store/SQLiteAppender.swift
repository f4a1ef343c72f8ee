#if SQLite
import FlockCore
import FlockKernel

/// Appends records to shards' logs within one item of the writer. Offsets are taken from the `shards` table, so that they
/// have no gaps whoever else writes.
///
/// Identifiers are bound once, to places whose contents change from row to row.
final class SQLiteAppender {
  private let connection: SQLiteConnection
  private let instant: Int64
  private let insert: SQLiteStatement
  /// Four identifiers: id, correlation, run, parent.
  private let places = UnsafeMutableRawBufferPointer.allocate(byteCount: 64, alignment: 8)
  private var isBound = (correlation: false, run: false, parent: false, optional: false)
  private var ends: [(shard: Int, end: Int64)] = []

  init(_ connection: SQLiteConnection, at now: Timestamp) throws {
    self.connection = connection
    instant = now.nanoseconds
    insert = try connection.prepare(Self.insertArtifact)
    try insert.bindInPlace(place(0), at: 3)
    try insert.bind(instant, at: 5)
  }

  deinit {
    insert.clearBindings()
    places.deallocate()
  }

  private func place(_ index: Int) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: places[16 * index..<16 * index + 16]) }

  private func put(_ id: UniqueID, _ index: Int) {
    places.storeBytes(of: id.high.bigEndian, toByteOffset: 16 * index, as: UInt64.self)
    places.storeBytes(of: id.low.bigEndian, toByteOffset: 16 * index + 8, as: UInt64.self)
  }

  // MARK: Records

  /// - Parameters:
  ///   - invoked: the agent that an invocation names.
  ///   - isLinked: whether parents and run must find it by a row of their own, because no outcome does.
  /// - Returns: the row's key, and whether the id was there already.
  func append(
    _ artifact: Artifact, stream: Int64, payload: [UInt8], shard: Int, invoked: Symbol? = nil, isLinked: Bool
  ) throws -> (key: Int64, isDuplicate: Bool) {
    let slot = try end(of: shard)
    let key = SQLiteLogKey.key(shard, ends[slot].end)
    try insert.bind(key, at: 1)
    try insert.bind(stream, at: 2)
    put(artifact.id.value, 0)
    try insert.bind(artifact.createdAt.nanoseconds, at: 4)
    try bindOrigin(of: artifact)
    try insert.bind(Int64(artifact.depth), at: 8)
    try bindOptional(artifact, invoked)
    let isNew = try payload.withUnsafeBytes { bytes in
      try insert.bindInPlace(bytes, at: 14)
      try insert.run()
      return connection.changes == 1
    }
    guard isNew else { return (try known(artifact.id), true) }
    ends[slot].end += 1
    if !artifact.tags.isEmpty { try append(artifact.tags, of: artifact, key) }
    if isLinked { try link(artifact, key) }
    return (key, false)
  }

  /// A relay or a control record.
  func append(_ message: [UInt8], shard: Int) throws -> Int64 {
    let slot = try end(of: shard)
    let key = SQLiteLogKey.key(shard, ends[slot].end)
    let statement = try connection.prepare(Self.insertMessage)
    try statement.bind(key, at: 1)
    try statement.bind(instant, at: 2)
    try statement.bind(message, at: 3)
    try statement.run()
    ends[slot].end += 1
    return key
  }

  /// Writes the logs' new ends. The last call.
  func finish() throws {
    for (shard, end) in ends {
      let statement = try connection.prepare(Self.setEnd)
      try statement.bind(end, at: 1)
      try statement.bind(Int64(shard), at: 2)
      try statement.run()
    }
  }

  // MARK: Columns

  private func bindOrigin(of artifact: Artifact) throws {
    let hasCorrelation = artifact.correlation.value != artifact.id.value
    if hasCorrelation { put(artifact.correlation.value, 1) }
    if hasCorrelation != isBound.correlation {
      if hasCorrelation { try insert.bindInPlace(place(1), at: 6) } else { try insert.bindNull(at: 6) }
      isBound.correlation = hasCorrelation
    }
    let hasRun = artifact.run != .none
    if hasRun { put(artifact.run.value, 2) }
    if hasRun != isBound.run {
      if hasRun { try insert.bindInPlace(place(2), at: 7) } else { try insert.bindNull(at: 7) }
      isBound.run = hasRun
    }
    switch artifact.parents {
    case .one(let parent):
      put(parent.value, 3)
      if !isBound.parent { try insert.bindInPlace(place(3), at: 12) }
      isBound.parent = true
    case .none:
      if isBound.parent { try insert.bindNull(at: 12) }
      isBound.parent = false
    case .many(let parents):
      try insert.bind(SQLiteBytes.encode(parents.map(\.value)), at: 12)
      // Bound to other bytes: the next one binds anew, or null.
      isBound.parent = false
      isBound.optional = true
    }
  }

  private func bindOptional(_ artifact: Artifact, _ invoked: Symbol?) throws {
    let hasMany = if case .many = artifact.parents { true } else { false }
    let isPlain = artifact.partitionKey == nil && artifact.tags.isEmpty && artifact.visibility == .public && invoked == nil
    if isPlain && !isBound.optional { return }
    try insert.bind(artifact.partitionKey, at: 9)
    if artifact.tags.isEmpty {
      try insert.bindNull(at: 10)
    } else {
      try insert.bind(SQLiteBytes.encode(artifact.tags.names), at: 10)
    }
    if artifact.visibility == .public {
      try insert.bindNull(at: 11)
    } else {
      var writer = ByteWriter(capacity: 64)
      ArtifactCoding.encode(artifact.visibility, into: &writer)
      try insert.bind(writer.bytes, at: 11)
    }
    if case .none = artifact.parents { try insert.bindNull(at: 12) }
    try insert.bind(invoked?.name, at: 13)
    isBound.optional = !isPlain || hasMany
  }

  private func append(_ tags: Tags, of artifact: Artifact, _ key: Int64) throws {
    let statement = try connection.prepare(Self.insertTag)
    for tag in tags.names {
      try statement.bind(tag, at: 1)
      try statement.bind(artifact.createdAt.nanoseconds, at: 2)
      try statement.bindInPlace(place(0), at: 3)
      try statement.bind(key, at: 4)
      try statement.run()
    }
  }

  private func link(_ artifact: Artifact, _ key: Int64) throws {
    var sources = artifact.parents.ids.map(\.value)
    if artifact.run != .none { sources.append(artifact.run.value) }
    let statement = try connection.prepare(Self.insertLink)
    for source in sources {
      try statement.bind(source.bytes, at: 1)
      try statement.bind(key, at: 2)
      try statement.run()
    }
  }

  // MARK: Look-ups

  private func end(of shard: Int) throws -> Int {
    if let slot = ends.firstIndex(where: { $0.shard == shard }) { return slot }
    let statement = try connection.prepare(Self.selectEnd)
    try statement.bind(Int64(shard), at: 1)
    guard try statement.step() else { throw SQLiteStoreError.damaged("shard \(shard) has no row in shards") }
    ends.append((shard: shard, end: statement.int64(0)))
    statement.reset()
    return ends.count - 1
  }

  private func known(_ id: ArtifactID) throws -> Int64 {
    let statement = try connection.prepare(Self.selectKey)
    try statement.bindInPlace(place(0), at: 1)
    guard try statement.step() else { throw SQLiteStoreError.damaged("artifact \(id) is in an index and not in its table") }
    defer { statement.reset() }
    return statement.int64(0)
  }

  private static let insertArtifact = SQLiteQuery(
    """
    INSERT INTO artifacts(
      position, stream, id, created_at, appended_at, correlation, run, depth, partition_key, tags, visibility, parents,
      invoked, payload)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) ON CONFLICT(id) DO NOTHING
    """)
  private static let insertMessage = SQLiteQuery("INSERT INTO messages(position, appended_at, bytes) VALUES (?, ?, ?)")
  private static let insertTag = SQLiteQuery("INSERT INTO tags(tag, created_at, id, position) VALUES (?, ?, ?, ?)")
  private static let insertLink = SQLiteQuery("INSERT INTO links(source, position) VALUES (?, ?) ON CONFLICT DO NOTHING")
  private static let selectEnd = SQLiteQuery("SELECT log_end FROM shards WHERE shard = ?")
  private static let setEnd = SQLiteQuery("UPDATE shards SET log_end = ? WHERE shard = ?")
  private static let selectKey = SQLiteQuery("SELECT position FROM artifacts WHERE id = ?")
}
#endif
