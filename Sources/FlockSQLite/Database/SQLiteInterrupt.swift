#if SQLite
import CSQLite

/// Stops the statement that a connection runs, from any thread.
///
/// `@unchecked Sendable`: `sqlite3_interrupt` may be called from any thread while the connection is open, and the
/// queue's lock keeps the item's hold on it within the run.
struct SQLiteInterrupt: @unchecked Sendable {
  private let database: OpaquePointer

  init(_ connection: SQLiteConnection) {
    database = connection.database
  }

  func callAsFunction() {
    sqlite3_interrupt(database)
  }
}
#endif
