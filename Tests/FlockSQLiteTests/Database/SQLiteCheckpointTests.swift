#if SQLite
import FlockSQLite
import Testing

@Suite struct SQLiteCheckpointTests {
  private let file: DatabaseFile
  private let database: SQLiteConnection

  init() throws {
    file = try DatabaseFile()
    database = try file.open {
      $0.walAutocheckpointPages = 0
      $0.busyTimeout = .zero
    }
    try database.execute("CREATE TABLE t(n INTEGER PRIMARY KEY)")
    _ = try database.checkpoint(.truncate)
  }

  @Test func `each commit adds its pages to the log and a checkpoint moves them`() throws {
    try database.insert(1)
    try database.insert(2)
    // A header of 32 bytes, and for each of two commits one page of 4,096 behind its header of 24.
    #expect(file.size("-wal") == 32 + 2 * (24 + 4096))
    let checkpoint = try database.checkpoint(.passive)
    #expect(checkpoint.logFrames == 2)
    #expect(checkpoint.movedFrames == 2)
    #expect(!checkpoint.isBusy)
    #expect(file.size("-wal") == 32 + 2 * (24 + 4096))
  }

  @Test func `a truncating checkpoint empties the log`() throws {
    try database.insert(1)
    #expect(try !database.checkpoint(.truncate).isBusy)
    #expect(file.size("-wal") == 0)
    #expect(try database.integers("SELECT n FROM t") == [1])
  }

  @Test func `a reader keeps the frames after its snapshot in the log`() throws {
    let reader = try SQLiteConnection(file.configuration { $0.busyTimeout = .zero }.readingOnly())
    try database.insert(1)
    try reader.begin(.deferred)
    #expect(try reader.integers("SELECT n FROM t") == [1])
    try database.insert(2)
    let passive = try database.checkpoint(.passive)
    #expect(passive.logFrames == 2)
    #expect(passive.movedFrames == 1)
    #expect(passive.isBusy)
    #expect(try database.checkpoint(.truncate).isBusy)
    #expect(try reader.integers("SELECT n FROM t") == [1])
    reader.rollBack()
    #expect(try !database.checkpoint(.truncate).isBusy)
    #expect(file.size("-wal") == 0)
  }

  @Test func `within a transaction a checkpoint is refused`() throws {
    try database.transaction {
      try database.insert(1)
      let error = #expect(throws: SQLiteError.self) { _ = try database.checkpoint(.passive) }
      #expect(error?.isRetriable == true)
      // SQLITE_LOCKED.
      #expect(error?.code == 6)
    }
    #expect(try database.integers("SELECT n FROM t") == [1])
  }

  @Test func `the automatic checkpoint keeps the log short`() throws {
    let other = try DatabaseFile()
    let automatic = try other.open { $0.walAutocheckpointPages = 10 }
    try automatic.execute("CREATE TABLE t(n INTEGER PRIMARY KEY)")
    for number in Int64(1)...200 { try automatic.insert(number) }
    // Ten pages and those of the commit that passed the mark.
    #expect(try #require(other.size("-wal")) <= 32 + 13 * (24 + 4096))
  }

  @Test func `a database without a log says so`() throws {
    let other = try DatabaseFile()
    let plain = try other.open { $0.journalMode = .delete }
    let checkpoint = try plain.checkpoint(.passive)
    #expect(checkpoint.logFrames == -1)
    #expect(checkpoint.movedFrames == -1)
    #expect(!checkpoint.isBusy)
  }
}
#endif
