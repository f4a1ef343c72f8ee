#if SQLite
import FlockSQLite
import Foundation
import Testing

@Suite struct SQLiteConnectionTests {
  @Test func `the defaults are in force`() throws {
    let file = try DatabaseFile()
    let database = try file.open()
    #expect(try database.pragma("journal_mode") == "wal")
    // 2 is FULL, see https://sqlite.org/pragma.html#pragma_synchronous.
    #expect(try database.integerPragma("synchronous") == 2)
    #expect(try database.integerPragma("foreign_keys") == 1)
    #expect(try database.integerPragma("trusted_schema") == 0)
    #expect(try database.integerPragma("page_size") == 4096)
    #expect(try database.integerPragma("cache_size") == -16_384)
    #expect(try database.integerPragma("mmap_size") == 0)
    #expect(try database.integerPragma("wal_autocheckpoint") == 1000)
    #expect(try database.integerPragma("journal_size_limit") == 67_108_864)
    #expect(try database.integerPragma("busy_timeout") == 5000)
  }

  @Test func `each option is put in force`() throws {
    let file = try DatabaseFile()
    let database = try file.open {
      $0.journalMode = .delete
      $0.synchronous = .normal
      $0.foreignKeys = false
      $0.pageSize = 8192
      $0.cacheBytes = 1 << 20
      $0.mmapBytes = 65_536
      $0.walAutocheckpointPages = 0
      $0.journalSizeLimitBytes = 1234
      $0.busyTimeout = .milliseconds(250)
    }
    try database.execute("CREATE TABLE t(n)")
    #expect(try database.pragma("journal_mode") == "delete")
    #expect(try database.integerPragma("synchronous") == 1)
    #expect(try database.integerPragma("foreign_keys") == 0)
    #expect(try database.integerPragma("page_size") == 8192)
    #expect(try database.integerPragma("cache_size") == -1024)
    #expect(try database.integerPragma("mmap_size") == 65_536)
    #expect(try database.integerPragma("wal_autocheckpoint") == 0)
    #expect(try database.integerPragma("journal_size_limit") == 1234)
    #expect(try database.integerPragma("busy_timeout") == 250)
    #expect(file.size() == 2 * 8192)
  }

  private static let synchronousNumbers: [(SQLiteConnectionConfiguration.Synchronous, Int64)] = [
    (.off, 0), (.normal, 1), (.full, 2),
  ]

  @Test(arguments: synchronousNumbers)
  func `synchronous is what was asked`(mode: SQLiteConnectionConfiguration.Synchronous, number: Int64) throws {
    let file = try DatabaseFile()
    #expect(try file.open { $0.synchronous = mode }.integerPragma("synchronous") == number)
  }

  private static let timeouts: [(Duration, Int64)] = [
    (.seconds(Int64.max), 2_147_483_647), (.seconds(-3), 0), (.microseconds(1500), 1), (.zero, 0),
  ]

  @Test(arguments: timeouts)
  func `any busy timeout is brought into SQLite's range`(timeout: Duration, milliseconds: Int64) throws {
    let file = try DatabaseFile()
    #expect(try file.open { $0.busyTimeout = timeout }.integerPragma("busy_timeout") == milliseconds)
  }

  @Test func `a database in memory takes the place of a log`() throws {
    let database = try SQLiteConnection(SQLiteConnectionConfiguration(path: ":memory:"))
    #expect(try database.pragma("journal_mode") == "memory")
    try database.execute("CREATE TABLE t(n); INSERT INTO t VALUES (7)")
    #expect(try database.integer("SELECT n FROM t") == 7)
  }

  @Test func `a reading connection reads and cannot write`() throws {
    let file = try DatabaseFile()
    let writer = try file.open()
    try writer.execute("CREATE TABLE t(n); INSERT INTO t VALUES (1)")
    let reader = try SQLiteConnection(file.configuration().readingOnly())
    #expect(try reader.integer("SELECT n FROM t") == 1)
    let error = #expect(throws: SQLiteError.self) { try reader.execute("INSERT INTO t VALUES (2)") }
    #expect(error?.isReadOnly == true)
    #expect(error?.code == 8)
    #expect(try writer.integer("SELECT count(*) FROM t") == 1)
  }

  @Test(arguments: [SQLiteConnectionConfiguration.Access.readOnly, .readWrite])
  func `only creating access creates a file`(access: SQLiteConnectionConfiguration.Access) throws {
    let file = try DatabaseFile()
    let error = #expect(throws: SQLiteError.self) { _ = try file.open { $0.access = access } }
    #expect(error?.cannotOpen == true)
    #expect(error?.description.contains(file.path) == true)
    #expect(file.size() == nil)
    _ = try file.open()
    #expect(file.size() != nil)
  }

  @Test(arguments: ["", "a\0b"])
  func `a path that SQLite would take for another is refused`(path: String) {
    let error = #expect(throws: SQLiteError.self) {
      _ = try SQLiteConnection(SQLiteConnectionConfiguration(path: path))
    }
    #expect(error?.cannotOpen == true)
  }

  @Test(arguments: [0, -4096, 256, 1000, 4097, 131_072])
  func `a page size that SQLite would pass over is refused`(size: Int32) throws {
    let file = try DatabaseFile()
    let error = #expect(throws: SQLiteError.self) { _ = try file.open { $0.pageSize = size } }
    // 21 is SQLITE_MISUSE.
    #expect(error?.code == 21)
    #expect(error?.message.contains("\(size)") == true)
    #expect(file.size() == nil)
  }

  @Test func `a journal mode that is not in force afterwards is an error`() throws {
    let file = try DatabaseFile()
    // This file system of SQLite's has no shared memory, hence no log.
    let error = #expect(throws: SQLiteError.self) { _ = try file.open { $0.vfs = "unix-none" } }
    #expect(error?.cannotOpen == true)
    #expect(error?.message.contains("wal") == true)
  }

  @Test func `an unknown file system is named`() throws {
    let file = try DatabaseFile()
    let error = #expect(throws: SQLiteError.self) { _ = try file.open { $0.vfs = "no-such-vfs" } }
    #expect(error?.message.contains("no-such-vfs") == true)
  }

  @Test func `a file that is no database is told apart`() throws {
    let file = try DatabaseFile()
    try Data(repeating: 0x5A, count: 8192).write(to: URL(fileURLWithPath: file.path))
    let error = #expect(throws: SQLiteError.self) { _ = try file.open() }
    #expect(error?.isCorrupt == true)
    // SQLITE_NOTADB.
    #expect(error?.code == 26)
    #expect(file.size() == 8192)
  }

  @Test func `close may be called twice, and a statement that is held outlives it`() throws {
    let file = try DatabaseFile()
    let database = try file.open()
    let statement = try database.prepare("SELECT 1 UNION ALL SELECT 2")
    #expect(try statement.step())
    database.close()
    database.close()
    #expect(try statement.step())
    #expect(statement.int64(0) == 2)
    #expect(try !statement.step())
  }

  @Test func `rows that a statement touched are counted`() throws {
    let file = try DatabaseFile()
    let database = try file.open()
    try database.execute("CREATE TABLE t(n INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (5, 0), (6, 0), (9, 0)")
    #expect(database.lastInsertRowID == 9)
    #expect(database.changes == 3)
    try database.execute("UPDATE t SET v = 1 WHERE n < 7")
    #expect(database.changes == 2)
    #expect(database.totalChanges == 5)
  }

  @Test func `a pragma runs to its end`() throws {
    let file = try DatabaseFile()
    let database = try file.open()
    try database.execute("CREATE TABLE t(n); INSERT INTO t VALUES (1)")
    // This one frees a page for each row that it gives.
    try database.execute("PRAGMA journal_mode=DELETE; PRAGMA auto_vacuum=INCREMENTAL; VACUUM")
    try database.execute(
      """
      CREATE TABLE big(b); INSERT INTO big VALUES (zeroblob(400000)); DROP TABLE big
      """)
    let free = try database.integerPragma("freelist_count")
    try #require(free > 50)
    #expect(try database.pragma("incremental_vacuum(10)") == nil)
    let left = try database.integerPragma("freelist_count")
    #expect(free - left == 10)
  }
}
#endif
