#if SQLite
import FlockCore

/// What was fixed when the file was made.
struct SQLiteBoard: Sendable {
  let shardCount: Int

  /// Reads or makes the board in a file that may be new.
  /// - Parameter shards: `nil` takes what the file has, 1 for a new one.
  static func open(_ connection: SQLiteConnection, path: String, shards: Int?, at now: Timestamp) throws -> SQLiteBoard {
    let migrator = SQLiteMigrator(connection: connection, path: path)
    try migrator.migrate(at: now) { try create(connection, shards ?? 1, now) }
    return try read(connection, path: path, shards: shards)
  }

  private static func create(_ connection: SQLiteConnection, _ shards: Int, _ now: Timestamp) throws {
    let board = try connection.prepare(
      "INSERT INTO board(id, shard_count, router_version, created_at) VALUES (1, ?, ?, ?)")
    try board.bind(Int64(shards), at: 1)
    try board.bind(Int64(ShardRouter.version), at: 2)
    try board.bind(now.nanoseconds, at: 3)
    try board.run()
    for shard in 0..<shards {
      let row = try connection.prepare(
        "INSERT INTO shards(shard, log_start, log_end, sequence, ingested) VALUES (?, 0, 0, 0, 0)")
      try row.bind(Int64(shard), at: 1)
      try row.run()
      let owner = try connection.prepare("INSERT INTO owners(shard, epoch) VALUES (?, 0)")
      try owner.bind(Int64(shard), at: 1)
      try owner.run()
    }
  }

  static func read(_ connection: SQLiteConnection, path: String, shards: Int?) throws -> SQLiteBoard {
    let statement = try connection.prepare("SELECT shard_count, router_version FROM board")
    defer { statement.reset() }
    guard try statement.step() else { throw SQLiteStoreError.damaged("\(path) does not say how many shards it has") }
    let count = statement.int64(0)
    let router = statement.int64(1)
    guard (1...Int64(SQLiteLogKey.maximumShards)).contains(count) else {
      throw SQLiteStoreError.damaged("\(path) says that it has \(count) shards")
    }
    guard router == Int64(ShardRouter.version) else {
      throw FlockError(
        .unsupportedVersion, "\(path) routes by version \(router); this program routes by version \(ShardRouter.version)",
        isFatal: true)
    }
    if let shards, Int64(shards) != count {
      throw FlockError(
        .invalidConfiguration,
        "\(path) was made with \(count) shards, and \(shards) are asked for; their number is fixed: leave it out, or publish"
          + " everything anew into another file")
    }
    return SQLiteBoard(shardCount: Int(count))
  }
}
#endif
