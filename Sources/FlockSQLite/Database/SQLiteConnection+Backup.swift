#if SQLite
import CSQLite

extension SQLiteConnection {
  /// Copies the database, as this connection sees it, over the file at `path`.
  ///
  /// Other connections' commits restart the copy; inside a read transaction (`SQLiteReaderPool.read`) it copies one
  /// snapshot and never restarts.
  /// - Parameters:
  ///   - pagesPerStep: between steps the source's lock is let go; -1 copies all at once.
  ///   - busyTimeout: how long to wait for a lock on either file, ten times at most.
  package func backup(
    to path: String, vfs: String? = nil, pagesPerStep: Int32 = 1024, busyTimeout: Duration = .seconds(5)
  ) throws(SQLiteError) {
    var configuration = SQLiteConnectionConfiguration(path: path)
    configuration.vfs = vfs
    configuration.busyTimeout = busyTimeout
    configuration.journalMode = .delete
    let destination = try SQLiteConnection(configuration)
    defer { destination.close() }
    guard let backup = sqlite3_backup_init(destination.database, "main", database, "main") else {
      throw .last(of: destination.database, code: sqlite3_errcode(destination.database))
    }
    var code = SQLITE_OK
    var refusals = 0
    repeat {
      code = sqlite3_backup_step(backup, pagesPerStep)
      if code & 0xFF == SQLITE_BUSY || code & 0xFF == SQLITE_LOCKED {
        // The step has waited for the busy timeout already.
        refusals += 1
        guard refusals < 10 else { break }
        code = SQLITE_OK
      }
    } while code == SQLITE_OK
    let finish = sqlite3_backup_finish(backup)
    guard code == SQLITE_DONE, finish == SQLITE_OK else {
      throw .last(of: destination.database, code: code == SQLITE_DONE ? finish : code)
    }
  }
}
#endif
