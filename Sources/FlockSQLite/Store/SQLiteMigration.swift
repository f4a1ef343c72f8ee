#if SQLite
import FlockCore

/// One step from a version of the tables to the next.
struct SQLiteMigration: Sendable {
  let version: Int64
  let name: String
  let sql: String
}

/// Brings a file up to the program's version. Each step is one transaction: a file is never between two versions.
struct SQLiteMigrator {
  let connection: SQLiteConnection
  let path: String
  var migrations = SQLiteSchema.migrations

  private var newest: Int64 { migrations.last?.version ?? 0 }

  /// The file's version, 0 for an empty database.
  /// - Throws: ``FlockError`` with `.invalidConfiguration` for a database that is no board, `.unsupportedVersion` for one
  ///   that a newer program wrote.
  func version() throws -> Int64 {
    let mark = try connection.integerPragma("application_id")
    guard mark == SQLiteSchema.applicationID else {
      guard mark == 0, try count("SELECT count(*) FROM sqlite_schema") == 0 else {
        throw FlockError(.invalidConfiguration, "\(path) is a SQLite database, but not one of this program; choose another path")
      }
      return 0
    }
    let version = try count("SELECT coalesce(max(version), 0) FROM migrations")
    guard version <= newest else {
      throw FlockError(
        .unsupportedVersion,
        "\(path) has version \(version) of the tables; this program knows \(newest): use the newer program", isFatal: true)
    }
    return version
  }

  /// - Parameter create: fills the tables of a new file, in the transaction that makes them.
  func migrate(at now: Timestamp, create: () throws -> Void) throws {
    while true {
      let isDone = try connection.transaction(.immediate) { () throws -> Bool in
        let current = try version()
        guard let next = migrations.first(where: { $0.version > current }) else { return true }
        if current == 0 { try connection.setPragma("application_id", "\(SQLiteSchema.applicationID)") }
        try connection.execute(next.sql)
        let statement = try connection.prepare("INSERT INTO migrations(version, name, applied_at) VALUES (?, ?, ?)")
        try statement.bind(next.version, at: 1)
        try statement.bind(next.name, at: 2)
        try statement.bind(now.nanoseconds, at: 3)
        try statement.run()
        if current == 0 { try create() }
        return false
      }
      if isDone { return }
    }
  }

  private func count(_ sql: String) throws -> Int64 {
    let statement = try connection.prepare(sql)
    defer { statement.reset() }
    return try statement.step() ? statement.int64(0) : 0
  }
}
#endif
