#if SQLite
import FlockCore
import Synchronization

/// What artifacts of one stream have in common.
struct SQLiteStream: Sendable, Hashable {
  let type: ArtifactType
  let producer: Symbol
  let visibility: Visibility.Kind

  init(_ type: ArtifactType, _ producer: Symbol, _ visibility: Visibility.Kind) {
    self.type = type
    self.producer = producer
    self.visibility = visibility
  }

  init(_ artifact: Artifact) { self.init(artifact.type, artifact.producer, artifact.visibility.kind) }
}

/// The numbers of the streams. A number is given once and for all, so that what is known here is never wrong; what is not
/// may have been given by another process.
final class SQLiteStreams: Sendable {
  private struct Table {
    var numbers: [SQLiteStream: Int64] = [:]
    var streams: [Int64: SQLiteStream] = [:]
  }

  private let table = Mutex(Table())
  private let maximum: Int

  init(maximum: Int) { self.maximum = maximum }

  /// The numbers of the artifacts' streams; 0 for one that has none yet.
  func numbers(of artifacts: [Artifact]) -> [Int64] {
    table.withLock { table in
      var last: SQLiteStream?
      var lastNumber: Int64 = 0
      return artifacts.map { artifact in
        let stream = SQLiteStream(artifact)
        if stream == last { return lastNumber }
        last = stream
        lastNumber = table.numbers[stream] ?? 0
        return lastNumber
      }
    }
  }

  /// On a reader's or writer's thread.
  func stream(_ number: Int64, _ connection: SQLiteConnection) throws -> SQLiteStream {
    if let known = table.withLock({ $0.streams[number] }) { return known }
    try load(connection)
    guard let stream = table.withLock({ $0.streams[number] }) else {
      throw SQLiteStoreError.damaged("an artifact is of stream \(number), which is not there")
    }
    return stream
  }

  /// All streams as of the connection's snapshot, by number.
  func all(_ connection: SQLiteConnection) throws -> [(number: Int64, stream: SQLiteStream)] {
    try load(connection)
    return table.withLock { $0.streams.sorted { $0.key < $1.key } }.map { (number: $0.key, stream: $0.value) }
  }

  private func load(_ connection: SQLiteConnection) throws {
    let highest = table.withLock { Int64($0.streams.count) }
    let statement = try connection.prepare(Self.select)
    try statement.bind(highest, at: 1)
    var found: [(Int64, SQLiteStream)] = []
    while try statement.step() {
      let name = statement.string(1)
      let version = statement.int64(2)
      guard ArtifactType.isValid(name: name), version >= 1, let kind = Visibility.Kind(rawValue: statement.string(4)) else {
        statement.reset()
        throw SQLiteStoreError.damaged("a stream has no valid type or visibility")
      }
      let type = ArtifactType(name, version: Int(version))
      found.append((statement.int64(0), SQLiteStream(type, Symbol(statement.string(3)), kind)))
    }
    guard !found.isEmpty else { return }
    table.withLock { table in
      for (number, stream) in found {
        table.numbers[stream] = number
        table.streams[number] = stream
      }
    }
  }

  /// In a transaction of its own, so that the numbers are durable before anything refers to them.
  func add(_ streams: [SQLiteStream], _ connection: SQLiteConnection) throws {
    let highest = try connection.prepare(Self.highest)
    guard try highest.step() else { return }
    var next = highest.int64(0)
    highest.reset()
    guard next + Int64(streams.count) <= Int64(maximum) else {
      throw FlockError(
        .limitExceeded,
        "\(next + Int64(streams.count)) combinations of type, producer and visibility; \(maximum) are allowed"
          + " (SQLiteStoreConfiguration.maximumStreams)")
    }
    let insert = try connection.prepare(Self.insert)
    for stream in streams {
      try insert.bind(next + 1, at: 1)
      try insert.bind(stream.type.name, at: 2)
      try insert.bind(Int64(stream.type.version), at: 3)
      try insert.bind(stream.producer.name, at: 4)
      try insert.bind(stream.visibility.rawValue, at: 5)
      try insert.run()
      next += connection.changes
    }
  }

  /// After ``add(_:_:)`` was committed.
  func refresh(_ connection: SQLiteConnection) throws { try load(connection) }

  // Numbers are dense: 1, 2, 3.
  private static let select = SQLiteQuery("SELECT id, type, version, producer, visibility FROM streams WHERE id > ? ORDER BY id")
  private static let highest = SQLiteQuery("SELECT coalesce(max(id), 0) FROM streams")
  private static let insert = SQLiteQuery(
    "INSERT INTO streams(id, type, version, producer, visibility) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING")
}
#endif
