#if SQLite
import FlockCore
import FlockKernel

/// Reads rows of `artifacts`.
enum SQLiteArtifactRow {
  /// In the order that ``artifact(_:_:_:withPayload:)`` expects; `a` is the table.
  static let columns = """
    a.position, a.stream, a.id, a.created_at, a.appended_at, a.correlation, a.run, a.depth, a.partition_key, a.tags,
    a.visibility, a.parents, a.invoked, a.payload
    """

  static let noPayload = EncodedPayload(bytes: [])

  static func key(_ row: SQLiteStatement) -> Int64 { row.int64(0) }
  static func stream(_ row: SQLiteStatement) -> Int64 { row.int64(1) }
  static func id(_ row: SQLiteStatement) throws -> ArtifactID { ArtifactID(try row.id(2)) }
  static func createdAt(_ row: SQLiteStatement) -> Timestamp { Timestamp(nanoseconds: row.int64(3)) }
  static func appendedAt(_ row: SQLiteStatement) -> Timestamp { Timestamp(nanoseconds: row.int64(4)) }

  static func visibility(_ row: SQLiteStatement) throws -> Visibility {
    guard !row.isNull(10) else { return .public }
    var reader = ByteReader(row.bytes(10))
    return try ArtifactCoding.decodeVisibility(&reader)
  }

  /// - Parameter withPayload: false leaves the payload, which may be large, in the file.
  static func artifact(
    _ row: SQLiteStatement, _ streams: SQLiteStreams, _ connection: SQLiteConnection, withPayload: Bool = true
  ) throws -> Artifact {
    let stream = try streams.stream(stream(row), connection)
    let depth = row.int64(7)
    guard let depth = UInt32(exactly: depth) else { throw SQLiteStoreError.damaged("an artifact has depth \(depth)") }
    let id = try id(row)
    return Artifact(
      id: id, type: stream.type,
      payload: withPayload ? EncodedPayload(bytes: row.bytes(13), version: stream.type.version) : noPayload,
      producer: stream.producer, correlation: row.isNull(5) ? nil : CorrelationID(try row.id(5)),
      partitionKey: row.optionalString(8), tags: row.isNull(9) ? Tags() : Tags(try SQLiteBytes.texts(row.bytes(9))),
      visibility: try visibility(row), createdAt: createdAt(row), run: row.isNull(6) ? .none : RunID(try row.id(6)),
      parents: row.isNull(11) ? .none : Parents(try row.ids(11).map { ArtifactID($0) }), depth: depth)
  }

  static func record(_ row: SQLiteStatement, _ streams: SQLiteStreams, _ connection: SQLiteConnection) throws -> LoggedRecord {
    let artifact = try artifact(row, streams, connection)
    let record: LogRecord =
      row.isNull(12) ? .artifact(artifact) : .invocation(Invocation(agent: Symbol(row.string(12)), artifact: artifact))
    return LoggedRecord(record, appendedAt: appendedAt(row))
  }
}
#endif
