#if SQLite
import CSQLite

extension SQLiteConnection {
  /// The pragma's first column of its first row. The name is the program's own, never input.
  package func pragma(_ name: String) throws(SQLiteError) -> String? {
    try firstColumn("PRAGMA \(name)")
  }

  package func integerPragma(_ name: String) throws(SQLiteError) -> Int64 {
    Int64(try pragma(name) ?? "") ?? 0
  }

  /// Answers what SQLite put in force, when the pragma tells. Name and value are the program's own, never input.
  @discardableResult
  package func setPragma(_ name: String, _ value: String) throws(SQLiteError) -> String? {
    try firstColumn("PRAGMA \(name)=\(value)")
  }

  /// What `PRAGMA integrity_check` found, at most 100 lines, and what kept it from going on; empty for a sound file.
  /// Reads the whole database.
  package func integrityProblems() throws(SQLiteError) -> [String] {
    var problems: [String] = []
    do throws(SQLiteError) {
      let statement = try SQLiteStatement("PRAGMA integrity_check(100)", database: database, scope: scope)
      while try statement.step() { problems.append(statement.string(0)) }
    } catch {
      guard error.isCorrupt else { throw error }
      problems.append(error.message)
    }
    return problems == ["ok"] ? [] : problems
  }

  // Not through the cache: these run once.
  private func firstColumn(_ sql: String) throws(SQLiteError) -> String? {
    let statement = try SQLiteStatement(sql, database: database, scope: scope)
    guard try statement.step() else { return nil }
    let value = statement.optionalString(0)
    try statement.run()
    return value
  }
}
#endif
