#if SQLite
import FlockSQLite
import Testing

@Suite struct SQLiteBackupTests {
  private let file: DatabaseFile
  private let database: SQLiteConnection

  init() throws {
    file = try DatabaseFile()
    database = try file.open()
    try database.execute("CREATE TABLE t(n INTEGER PRIMARY KEY, b BLOB)")
    try fill(1...50)
  }

  private var copyPath: String { file.directory + "/copy.db" }

  private func fill(_ numbers: ClosedRange<Int64>) throws {
    try database.transaction {
      for number in numbers {
        let insert = try database.prepare("INSERT INTO t VALUES (?, ?)")
        try insert.bind(number, at: 1)
        try insert.bind([UInt8](repeating: UInt8(number % 251), count: 5000), at: 2)
        try insert.run()
      }
    }
  }

  private func rowsOfCopy() throws -> [Int64] {
    let copy = try SQLiteConnection(SQLiteConnectionConfiguration(path: copyPath))
    #expect(try copy.integrityProblems().isEmpty)
    let strange = "length(b) <> 5000 OR hex(substr(b, 1, 1)) <> printf('%02X', n % 251)"
    #expect(try copy.integer("SELECT count(*) FROM t WHERE \(strange)") == 0)
    return try copy.integers("SELECT n FROM t ORDER BY n")
  }

  @Test(arguments: [Int32(-1), 1, 7, 1024])
  func `a copy holds everything, in steps of any size`(pages: Int32) throws {
    try database.backup(to: copyPath, pagesPerStep: pages)
    #expect(try rowsOfCopy() == Array(1...50))
    #expect(try database.integrityProblems().isEmpty)
  }

  @Test func `a copy replaces what the file held`() throws {
    let old = try SQLiteConnection(SQLiteConnectionConfiguration(path: copyPath))
    try old.execute("CREATE TABLE old(n); INSERT INTO old VALUES (1)")
    old.close()
    try database.backup(to: copyPath)
    #expect(try rowsOfCopy() == Array(1...50))
    let copy = try SQLiteConnection(SQLiteConnectionConfiguration(path: copyPath))
    #expect(try copy.integers("SELECT count(*) FROM sqlite_schema WHERE name = 'old'") == [0])
  }

  @Test func `a copy within a read is the read's state`() async throws {
    let pool = try SQLiteReaderPool(file.configuration(), connections: 1)
    let gate = WriterGate()
    let started = Collector<Bool>()
    let path = copyPath
    let read = Task {
      try await pool.read { reader in
        let count = try reader.integer("SELECT count(*) FROM t")
        started.append(true)
        gate.wait()
        try reader.backup(to: path, pagesPerStep: 3)
        return count
      }
    }
    try #require(await eventually { !started.elements.isEmpty })
    try fill(51...60)
    gate.open()
    #expect(try await read.value == 50)
    await pool.shutdown()
    #expect(try rowsOfCopy() == Array(1...50))
    #expect(try database.integer("SELECT count(*) FROM t") == 60)
  }

  @Test func `a destination that cannot be opened is named`() throws {
    let path = file.directory + "/none/copy.db"
    let error = #expect(throws: SQLiteError.self) { try database.backup(to: path) }
    #expect(error?.cannotOpen == true)
    #expect(error?.message.contains(path) == true)
  }

  @Test func `a destination that another connection holds is refused, not spoilt`() throws {
    let other = try SQLiteConnection(SQLiteConnectionConfiguration(path: copyPath))
    try other.execute("CREATE TABLE kept(n); INSERT INTO kept VALUES (7)")
    let error = try other.transaction {
      try other.execute("INSERT INTO kept VALUES (8)")
      return #expect(throws: SQLiteError.self) {
        try database.backup(to: copyPath, busyTimeout: .zero)
      }
    }
    #expect(error?.isRetriable == true)
    #expect(try other.integers("SELECT n FROM kept ORDER BY n") == [7, 8])
  }
}
#endif
