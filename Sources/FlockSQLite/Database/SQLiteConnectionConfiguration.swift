#if SQLite
import CSQLite

/// How a connection is opened. The defaults suit a durable log that one process writes.
package struct SQLiteConnectionConfiguration: Sendable {
  package enum Access: Sendable {
    case readWriteCreate, readWrite, readOnly
  }

  /// `PRAGMA synchronous`, see https://sqlite.org/pragma.html#pragma_synchronous.
  package enum Synchronous: String, Sendable {
    /// Nothing is synced: a power cut may lose commits and damage the file.
    case off = "OFF"
    /// In WAL mode only checkpoints sync: a power cut may lose the latest commits, in order, and damages nothing.
    case normal = "NORMAL"
    /// Each commit is synced before it returns.
    case full = "FULL"
  }

  package enum JournalMode: String, Sendable {
    case wal, delete, memory
  }

  package var path: String
  package var access: Access = .readWriteCreate
  /// The virtual file system's name, `nil` for the default one.
  package var vfs: String?
  /// How long a statement waits for another connection's lock, in whole milliseconds. Default 5 s.
  package var busyTimeout: Duration = .seconds(5)
  /// Default `.full`.
  package var synchronous: Synchronous = .full
  /// Default `.wal`. Not set by a read-only connection.
  package var journalMode: JournalMode = .wal
  /// Default true.
  package var foreignKeys: Bool = true
  /// Bytes of the file to map for reading. Default 0: an I/O error of a mapped page would be a signal.
  package var mmapBytes: Int64 = 0
  /// The page cache. Default 16 MiB.
  package var cacheBytes: Int64 = 16 << 20
  /// The page size, in bytes, of a database that this connection creates: a power of two from 512 to 65,536.
  /// Default 4096.
  package var pageSize: Int32 = 4096
  /// The log's length, in pages, at which a commit also checkpoints; 0 leaves checkpoints to
  /// `SQLiteConnection.checkpoint`. Default 1000.
  package var walAutocheckpointPages: Int32 = 1000
  /// After a checkpoint that empties it the log file is cut to this size. Default 64 MiB.
  package var journalSizeLimitBytes: Int64 = 64 << 20
  /// How many statements `prepare` keeps; beyond it the one that rested longest is finalized. Default 128.
  package var statementCacheCapacity: Int = 128

  package init(path: String) {
    self.path = path
  }

  var busyTimeoutMilliseconds: Int32 {
    Int32(max(.zero, min(busyTimeout, .milliseconds(Int32.max))) / .milliseconds(1))
  }

  /// SQLite would take the path up to its first NUL, and pass over a page size that it does not know.
  func validate() throws(SQLiteError) {
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw SQLiteError(extendedCode: SQLITE_CANTOPEN, message: "the path is empty or holds a NUL")
    }
    guard (512...65_536).contains(pageSize), pageSize.nonzeroBitCount == 1 else {
      throw SQLiteError(
        extendedCode: SQLITE_MISUSE, message: "page size \(pageSize) is not a power of two from 512 to 65536")
    }
  }

  /// The same database for reading only.
  package func readingOnly() -> Self {
    var copy = self
    copy.access = .readOnly
    return copy
  }
}
#endif
