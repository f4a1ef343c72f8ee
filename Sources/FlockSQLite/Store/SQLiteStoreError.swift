#if SQLite
import FlockCore

/// What SQLite refused, in the words of the store's contract.
enum SQLiteStoreError {
  static func flock(_ error: SQLiteError, path: String) -> FlockError {
    if error.isShutDown { return closed(path) }
    if error.isRetriable {
      return FlockError(
        .storeUnavailable, "another process holds the lock of \(path) longer than busyTimeout", isRetriable: true,
        underlying: error)
    }
    if error.isFull {
      return FlockError(.storeUnavailable, "the disk of \(path) is full; free some space", isRetriable: true, underlying: error)
    }
    if error.isGroupRolledBack {
      return FlockError(.storeUnavailable, "a write to \(path) was rolled back; it left no trace", isRetriable: true, underlying: error)
    }
    if error.isCorrupt || error.isConstraint {
      return FlockError(
        .corruptStore, "\(path) is damaged (\(error.message)); restore a backup, or copy what can be read with sqlite3's .recover",
        isFatal: true, underlying: error)
    }
    if error.isInputOutput {
      return FlockError(.storeUnavailable, "the disk of \(path) failed: \(error.message)", isRetriable: true, underlying: error)
    }
    if error.isReadOnly || error.cannotOpen {
      return FlockError(.storeUnavailable, "\(path) cannot be opened for this: \(error.message)", underlying: error)
    }
    return FlockError(.storeUnavailable, "\(path): \(error.message)", underlying: error)
  }

  static func closed(_ path: String) -> FlockError { FlockError(.shutDown, "the store \(path) is closed") }

  static func readOnly(_ path: String) -> FlockError {
    FlockError(.invalidConfiguration, "the store \(path) was opened read-only; open it without readOnly to write")
  }

  static func damaged(_ what: String) -> FlockError { FlockError(.corruptStore, what, isFatal: true) }
}
#endif
