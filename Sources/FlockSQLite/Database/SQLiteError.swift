#if SQLite
import CSQLite

/// What SQLite refused, where, and whether trying again can help.
///
/// Holds the text of the statement and never the values bound to it, so that an error may be logged.
package struct SQLiteError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The extended result code, for example `SQLITE_CONSTRAINT_UNIQUE`; see https://sqlite.org/rescode.html.
  package let extendedCode: Int32
  /// SQLite's own words, its fixed ones where the others could quote a bound value.
  package let message: String
  /// The statement, when one was at fault.
  package let sql: String?

  package init(extendedCode: Int32, message: String, sql: String? = nil) {
    self.extendedCode = extendedCode
    self.message = message
    self.sql = sql
  }

  /// The low eight bits of the extended code, for example `SQLITE_CONSTRAINT`.
  package var code: Int32 { extendedCode < 0 ? extendedCode : extendedCode & 0xFF }

  /// Another connection holds the lock: the same work may succeed later.
  package var isRetriable: Bool { code == SQLITE_BUSY || code == SQLITE_LOCKED }
  /// The disk, or the database's page limit, is full. The transaction may have been rolled back as a whole.
  package var isFull: Bool { code == SQLITE_FULL }
  /// The file is damaged or is not a database.
  package var isCorrupt: Bool { code == SQLITE_CORRUPT || code == SQLITE_NOTADB }
  package var isReadOnly: Bool { code == SQLITE_READONLY }
  package var isInputOutput: Bool { code == SQLITE_IOERR }
  package var cannotOpen: Bool { code == SQLITE_CANTOPEN }
  package var isInterrupted: Bool { code == SQLITE_INTERRUPT }
  package var isConstraint: Bool { code == SQLITE_CONSTRAINT }
  /// A row with the same primary key or unique columns is there already.
  package var isUnique: Bool {
    extendedCode == Self.constraintPrimaryKey || extendedCode == Self.constraintUnique
      || extendedCode == Self.constraintRowID
  }
  /// The writer or the pool was shut down before the work could be accepted.
  package var isShutDown: Bool { extendedCode == Self.shutDownCode }
  /// The work's group was rolled back because of another item of the same group; this item left no trace.
  package var isGroupRolledBack: Bool { extendedCode == Self.groupRolledBackCode }

  package var description: String {
    let place = sql.map { " in \"\($0)\"" } ?? ""
    return "SQLite error \(extendedCode): \(message)\(place)"
  }

  /// The message is of SQLite's own making, from the schema: CHECK, FOREIGN KEY, NOT NULL, PRIMARY KEY, UNIQUE, the
  /// rowid, and a STRICT column's type.
  var namesOnlyColumns: Bool { isConstraint && [1, 3, 5, 6, 8, 10, 12].contains(extendedCode >> 8) }

  // SQLite's macros for extended codes are expressions, which are not imported.
  private static let constraintPrimaryKey = SQLITE_CONSTRAINT | (6 << 8)
  private static let constraintUnique = SQLITE_CONSTRAINT | (8 << 8)
  private static let constraintRowID = SQLITE_CONSTRAINT | (10 << 8)

  // This layer's own codes are negative: SQLite has none below zero.
  private static let shutDownCode: Int32 = -1
  private static let groupRolledBackCode: Int32 = -2

  static let shutDown = SQLiteError(
    extendedCode: shutDownCode, message: "the work came after shutdown() and was not run")

  static func groupRolledBack(_ reason: String) -> SQLiteError {
    SQLiteError(
      extendedCode: groupRolledBackCode,
      message: "the group's transaction was rolled back (\(reason)); submit the work again")
  }

  /// The last error of a connection. `code` is the answer of the failed call.
  static func last(of database: OpaquePointer?, code: Int32, sql: String? = nil) -> SQLiteError {
    guard let database else {
      return SQLiteError(extendedCode: code, message: String(cString: sqlite3_errstr(code)), sql: sql)
    }
    let extended = sqlite3_extended_errcode(database)
    guard extended & 0xFF == code & 0xFF, let text = sqlite3_errmsg(database) else {
      return SQLiteError(extendedCode: code, message: String(cString: sqlite3_errstr(code)), sql: sql)
    }
    return SQLiteError(extendedCode: extended, message: String(cString: text), sql: sql)
  }
}
#endif
