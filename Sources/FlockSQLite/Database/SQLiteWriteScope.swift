#if SQLite
import CSQLite

/// What the writer must know of the work item that runs: whether it wrote, with a savepoint before its first write.
///
/// Shared by a connection and its statements. `isArmed` is false outside work items and after the first write, so
/// the price in `SQLiteStatement.step` is one branch.
final class SQLiteWriteScope {
  private(set) var isArmed = false
  private(set) var hasWritten = false
  private(set) var hasSavepoint = false
  private var isIsolated = false
  private let database: OpaquePointer
  private var savepoint: OpaquePointer?
  private var release: OpaquePointer?

  init(database: OpaquePointer) {
    self.database = database
  }

  func begin(isolated: Bool) {
    isIsolated = isolated
    isArmed = true
    hasWritten = false
    hasSavepoint = false
  }

  func end() {
    isArmed = false
  }

  /// Called before the first statement that writes.
  func firstWrite() throws(SQLiteError) {
    isArmed = false
    hasWritten = true
    guard isIsolated else { return }
    try run(&savepoint, "SAVEPOINT flock_item")
    hasSavepoint = true
  }

  func releaseSavepoint() throws(SQLiteError) {
    guard hasSavepoint else { return }
    try run(&release, "RELEASE flock_item")
    hasSavepoint = false
  }

  func rollBackSavepoint() throws(SQLiteError) {
    guard hasSavepoint else { return }
    let code = sqlite3_exec(database, "ROLLBACK TO flock_item", nil, nil, nil)
    guard code == SQLITE_OK else { throw .last(of: database, code: code) }
    try releaseSavepoint()
  }

  /// Finalizes its statements, before the connection closes.
  func close() {
    sqlite3_finalize(savepoint)
    sqlite3_finalize(release)
    savepoint = nil
    release = nil
    isArmed = false
  }

  private func run(_ statement: inout OpaquePointer?, _ sql: StaticString) throws(SQLiteError) {
    if statement == nil {
      let text = UnsafeRawPointer(sql.utf8Start).assumingMemoryBound(to: CChar.self)
      let code = sqlite3_prepare_v3(database, text, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
      guard code == SQLITE_OK else { throw .last(of: database, code: code) }
    }
    let code = sqlite3_step(statement)
    sqlite3_reset(statement)
    guard code == SQLITE_DONE else { throw .last(of: database, code: code) }
  }
}
#endif
