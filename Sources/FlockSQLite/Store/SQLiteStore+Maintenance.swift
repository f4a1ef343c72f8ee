#if SQLite
public import FlockCore
import Glibc
import Synchronization

/// How large a board's file is.
public struct SQLiteStoreSize: Sendable, Hashable {
  /// The database, in bytes.
  public var databaseBytes: Int64
  /// The write-ahead log beside it, in bytes.
  public var logBytes: Int64
  /// Of the database, what nothing uses; ``SQLiteStore/vacuum()`` gives it back.
  public var freeBytes: Int64
  /// Records in the shards' logs, by shard.
  public var records: [Int64]
  /// Where each shard's log begins: what lies before it was deleted, but for what state refers to.
  public var logStarts: [Int64]
}

/// Who owns a shard.
public struct SQLiteShardOwner: Sendable, Hashable {
  public var shard: Int
  public var processID: Int32
  public var host: String
  public var since: Timestamp
  /// When it last said that it lives.
  public var heartbeat: Timestamp
}

extension SQLiteStore {
  public func size() async throws -> SQLiteStoreSize {
    let path = path
    return try await read { [shardCount, streams] connection in
      let page = try connection.integerPragma("page_size")
      let log = SQLiteLogReader(connection: connection, streams: streams)
      let extents = try (0..<shardCount).map { try log.extent($0) }
      return SQLiteStoreSize(
        databaseBytes: page * (try connection.integerPragma("page_count")), logBytes: fileSize(path + "-wal"),
        freeBytes: page * (try connection.integerPragma("freelist_count")), records: extents.map { $0.end - $0.start },
        logStarts: extents.map(\.start))
    }
  }

  /// The shards' owners as far as the file says; shards without one are left out.
  public func owners() async throws -> [SQLiteShardOwner] {
    try await read { [shardCount] connection in
      let table = SQLiteLeaseTable(connection: connection)
      return try (0..<shardCount).compactMap { shard in
        try table.owner(shard).map {
          SQLiteShardOwner(
            shard: shard, processID: $0.owner.pid, host: $0.owner.host, since: $0.owner.since, heartbeat: $0.heartbeat)
        }
      }
    }
  }

  /// Writes the file anew without free space. Needs as much disk again, and holds writers up to `busyTimeout`: they are then
  /// answered `storeUnavailable` and try again.
  public func vacuum() async throws {
    guard !isReadOnly else { throw SQLiteStoreError.readOnly(path) }
    try await exclusively { connection in
      try connection.execute("VACUUM")
      _ = try connection.checkpoint(.truncate)
    }
  }

  /// Moves the write-ahead log into the database and cuts it to nothing, as far as readers permit.
  public func checkpoint() async throws {
    guard !isReadOnly else { throw SQLiteStoreError.readOnly(path) }
    try await exclusively { _ = try $0.checkpoint(.truncate) }
  }

  /// What is wrong with the file: SQLite's own check, then this store's rules (no gap in a log, nothing that refers to what is
  /// gone). Empty for a sound board; at most 100 lines of each. Reads everything.
  public func integrityProblems() async throws -> [String] {
    try await read { [shardCount, streams] connection in
      let problems = try connection.integrityProblems()
      guard problems.isEmpty else { return problems }
      return try SQLiteBoardCheck(connection: connection, streams: streams, shardCount: shardCount).problems()
    }
  }

  /// Copies one snapshot of the board into a new file, which nobody owns. Others write in the meantime.
  /// - Throws: ``FlockError`` with `.invalidConfiguration` when there is a file at `path` already.
  public func backup(to path: String) async throws {
    guard access(path, F_OK) != 0 else {
      throw FlockError(.invalidConfiguration, "there is a file at \(path) already; a backup never replaces one")
    }
    let timeout = configuration.busyTimeout
    do {
      try await read { try $0.backup(to: path, pagesPerStep: -1, busyTimeout: timeout) }
      try await SQLiteStore.onThread {
        let connection = try SQLiteConnection(SQLiteConnectionConfiguration(path: path))
        defer { connection.close() }
        try connection.execute(
          "UPDATE owners SET nonce = NULL, pid = NULL, process_start = NULL, host = NULL, place = NULL, since = NULL, heartbeat = NULL")
        _ = try connection.checkpoint(.truncate)
      }
    } catch {
      for suffix in ["", "-wal", "-shm", "-journal"] { unlink(path + suffix) }
      if let error = error as? SQLiteError { throw SQLiteStoreError.flock(error, path: path) }
      throw error
    }
  }

  /// On a connection and a thread of its own, outside every transaction.
  private func exclusively(_ work: @escaping @Sendable (SQLiteConnection) throws -> Void) async throws {
    guard !isClosed.withLock({ $0 }) else { throw SQLiteStoreError.closed(path) }
    let configuration = configuration.connection(path)
    do {
      try await SQLiteStore.onThread {
        let connection = try SQLiteConnection(configuration)
        defer { connection.close() }
        try work(connection)
      }
    } catch let error as SQLiteError {
      throw SQLiteStoreError.flock(error, path: path)
    }
  }
}

private func fileSize(_ path: String) -> Int64 {
  var status = stat()
  return stat(path, &status) == 0 ? Int64(status.st_size) : 0
}
#endif
