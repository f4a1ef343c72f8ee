#if SQLite
import CSQLite

/// What a checkpoint moved from the log into the database.
package struct SQLiteCheckpoint: Sendable, Hashable {
  package enum Mode: Sendable {
    /// What readers permit, without waiting.
    case passive
    /// Everything; then the log file is cut to nothing. Waits for readers up to the busy timeout.
    case truncate
  }

  /// A reader or writer kept it from moving the whole log.
  package let isBusy: Bool
  /// Frames (pages) in the log; -1 when the database has none.
  package let logFrames: Int32
  /// How many of them are in the database now, whoever moved them.
  package let movedFrames: Int32
}

extension SQLiteConnection {
  /// Moves the log into the database. Not inside a transaction: that throws `SQLITE_LOCKED`.
  package func checkpoint(_ mode: SQLiteCheckpoint.Mode) throws(SQLiteError) -> SQLiteCheckpoint {
    var log: Int32 = 0
    var moved: Int32 = 0
    let flag = mode == .passive ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_TRUNCATE
    let code = sqlite3_wal_checkpoint_v2(database, nil, flag, &log, &moved)
    guard code == SQLITE_OK || code & 0xFF == SQLITE_BUSY else { throw .last(of: database, code: code) }
    return SQLiteCheckpoint(isBusy: code != SQLITE_OK || moved < log, logFrames: log, movedFrames: moved)
  }
}
#endif
