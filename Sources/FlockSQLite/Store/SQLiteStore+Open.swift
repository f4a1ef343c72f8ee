#if SQLite
public import Flock
import FlockCore
import Glibc

extension SQLiteStore {
  /// Opens a board, and makes it if there is no file.
  ///
  /// - Parameters:
  ///   - shards: 1 to 1 024, fixed when the file is made: `nil` takes what it has, and 1 for a new one.
  ///   - readOnly: queries only; the file must be there.
  /// - Throws: ``FlockError`` with `.invalidConfiguration` when the file is something else or has another number of shards,
  ///   `.unsupportedVersion` when a newer program wrote it, `.corruptStore`, `.storeUnavailable`.
  public static func open(
    path: String, shards: Int? = nil, readOnly: Bool = false,
    configuration: SQLiteStoreConfiguration = SQLiteStoreConfiguration(), clock: any FlockClock = SystemClock()
  ) async throws -> SQLiteStore {
    try configuration.validate()
    if let shards, !(1...SQLiteLogKey.maximumShards).contains(shards) {
      throw FlockError(.invalidConfiguration, "a board has 1 to \(SQLiteLogKey.maximumShards) shards, not \(shards)")
    }
    do {
      return try await onThread {
        try readOnly
          ? openForReading(path, shards, configuration, clock) : openForWriting(path, shards, configuration, clock)
      }
    } catch let error as SQLiteError {
      throw SQLiteStoreError.flock(error, path: path)
    }
  }

  private static func openForWriting(
    _ path: String, _ shards: Int?, _ configuration: SQLiteStoreConfiguration, _ clock: any FlockClock
  ) throws -> SQLiteStore {
    // Looked at before it is changed: opening for writing would put another program's database into WAL mode.
    if access(path, F_OK) == 0 {
      var probe = configuration.connection(path)
      probe.access = .readOnly
      let connection = try SQLiteConnection(probe)
      defer { connection.close() }
      _ = try SQLiteMigrator(connection: connection, path: path).version()
    }
    let connection = try SQLiteConnection(configuration.connection(path))
    let board: SQLiteBoard
    do {
      defer { connection.close() }
      board = try SQLiteBoard.open(connection, path: path, shards: shards, at: clock.now())
    }
    var limits = SQLiteWriterConfiguration()
    // Each item is a suspended task of a publisher or a shard: their number is bounded where they are made.
    limits.maximumQueuedItems = .max
    let writer = try SQLiteWriter(configuration.connection(path), limits)
    let readers = try SQLiteReaderPool(configuration.connection(path), connections: configuration.readConnections)
    return SQLiteStore(
      path: path, board: board, configuration: configuration, clock: clock, writer: writer, readers: readers)
  }

  private static func openForReading(
    _ path: String, _ shards: Int?, _ configuration: SQLiteStoreConfiguration, _ clock: any FlockClock
  ) throws -> SQLiteStore {
    guard access(path, F_OK) == 0 else { throw FlockError(.notFound, "there is no board at \(path)") }
    var probe = configuration.connection(path)
    probe.access = .readOnly
    let connection = try SQLiteConnection(probe)
    let board: SQLiteBoard
    do {
      defer { connection.close() }
      let version = try SQLiteMigrator(connection: connection, path: path).version()
      let newest = SQLiteSchema.migrations.last?.version ?? 0
      guard version == newest else {
        throw FlockError(
          .unsupportedVersion,
          "\(path) has version \(version) of the tables and this program reads \(newest); open it once for writing to bring it up")
      }
      board = try SQLiteBoard.read(connection, path: path, shards: shards)
    }
    let readers = try SQLiteReaderPool(configuration.connection(path), connections: configuration.readConnections)
    return SQLiteStore(path: path, board: board, configuration: configuration, clock: clock, writer: nil, readers: readers)
  }

  /// Runs blocking work on a thread of its own.
  static func onThread<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      do {
        try SQLiteThread.start("flock-sqlite-o") { continuation.resume(with: Result { try work() }) }
      } catch {
        continuation.resume(throwing: error)
      }
    }
  }
}
#endif
