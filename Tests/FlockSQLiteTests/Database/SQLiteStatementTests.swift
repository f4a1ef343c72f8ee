#if SQLite
import FlockSQLite
import Testing

@Suite struct SQLiteStatementTests {
  private let database: SQLiteConnection

  init() throws {
    database = try SQLiteConnection(SQLiteConnectionConfiguration(path: ":memory:"))
  }

  /// What SQLite itself says of the value bound to the only parameter.
  private func described(_ bind: (SQLiteStatement) throws -> Void) throws -> String {
    let statement = try database.prepare("SELECT typeof(?1) || ':' || quote(?1)")
    try bind(statement)
    try #require(try statement.step())
    defer { statement.reset() }
    return statement.string(0)
  }

  @Test func `each kind of value arrives as itself`() throws {
    #expect(try described { try $0.bind(Int64.min, at: 1) } == "integer:-9223372036854775808")
    #expect(try described { try $0.bind(Int64.max, at: 1) } == "integer:9223372036854775807")
    #expect(try described { try $0.bind(0.5, at: 1) } == "real:0.5")
    #expect(try described { try $0.bind(Double.nan, at: 1) } == "null:NULL")
    #expect(try described { try $0.bind("it's", at: 1) } == "text:'it''s'")
    #expect(try described { try $0.bind("", at: 1) } == "text:''")
    #expect(try described { try $0.bind([0x00, 0xFF, 0x10], at: 1) } == "blob:X'00FF10'")
    #expect(try described { try $0.bind([UInt8](), at: 1) } == "blob:X''")
    #expect(try described { try $0.bindNull(at: 1) } == "null:NULL")
    #expect(try described { try $0.bind(Int64?.none, at: 1) } == "null:NULL")
    #expect(try described { try $0.bind(Int64?.some(3), at: 1) } == "integer:3")
    #expect(try described { try $0.bind(String?.none, at: 1) } == "null:NULL")
    #expect(try described { try $0.bind(String?.some("x"), at: 1) } == "text:'x'")
    #expect(try described { _ in } == "null:NULL")
  }

  @Test func `bytes and text are bound in place`() throws {
    let described = try [UInt8]([1, 2, 3]).withUnsafeBytes { bytes in
      [
        try self.described { try $0.bindInPlace(bytes, at: 1) },
        try self.described { try $0.bind(bytes, at: 1) },
      ]
    }
    #expect(described == ["blob:X'010203'", "blob:X'010203'"])
    var text = "grün"
    let describedText = try text.withUTF8 { bytes in
      try self.described { try $0.bindTextInPlace(bytes, at: 1) }
    }
    #expect(describedText == "text:'grün'")
    let none = UnsafeRawBufferPointer(start: nil, count: 0)
    #expect(try self.described { try $0.bindInPlace(none, at: 1) } == "blob:X''")
  }

  @Test func `text keeps a NUL and every scalar`() throws {
    let text = "a\0b\u{1F426}ß"
    let statement = try database.prepare("SELECT ?, length(CAST(?1 AS BLOB))")
    try statement.bind(text, at: 1)
    try #require(try statement.step())
    #expect(statement.string(0) == text)
    // 1 + 1 + 1 + 4 + 2 bytes of UTF-8.
    #expect(statement.int64(1) == 9)
  }

  @Test func `columns are read by kind and NULL is told apart`() throws {
    let statement = try database.prepare("SELECT 42, 1.25, 'text', x'0102', NULL, x'', ''")
    try #require(try statement.step())
    #expect(statement.columnCount == 7)
    #expect(statement.int64(0) == 42)
    #expect(statement.double(1) == 1.25)
    #expect(statement.string(2) == "text")
    #expect(statement.bytes(3) == [1, 2])
    #expect(statement.isNull(4))
    #expect(statement.optionalInt64(4) == nil)
    #expect(statement.optionalString(4) == nil)
    #expect(statement.int64(4) == 0)
    #expect(statement.double(4) == 0)
    #expect(statement.string(4).isEmpty)
    #expect(statement.bytes(4).isEmpty)
    #expect(!statement.isNull(5))
    #expect(statement.bytes(5).isEmpty)
    #expect(statement.optionalString(6) == "")
    #expect(statement.optionalInt64(0) == 42)
    #expect(statement.withColumnBytes(3) { $0.count } == 2)
  }

  @Test func `invalid UTF-8 is repaired on reading`() throws {
    let statement = try database.prepare("SELECT CAST(x'41FF42' AS TEXT)")
    try #require(try statement.step())
    #expect(statement.string(0) == "A\u{FFFD}B")
  }

  @Test(arguments: [Int32(0), 2, -1])
  func `a parameter that is not there is an error`(index: Int32) throws {
    let statement = try database.prepare("SELECT ?")
    let error = #expect(throws: SQLiteError.self) { try statement.bind(Int64(1), at: index) }
    // SQLITE_RANGE.
    #expect(error?.code == 25)
    #expect(error?.sql == "SELECT ?")
  }

  @Test func `a running statement takes no bindings`() throws {
    let statement = try database.prepare("SELECT ? UNION ALL SELECT 2")
    try statement.bind(Int64(1), at: 1)
    try #require(try statement.step())
    #expect(statement.isRunning)
    #expect(throws: SQLiteError.self) { try statement.bind(Int64(2), at: 1) }
    statement.reset()
    #expect(!statement.isRunning)
  }

  @Test func `reset keeps the bindings and clearBindings does not`() throws {
    let statement = try database.prepare("SELECT ?")
    try statement.bind(Int64(8), at: 1)
    try #require(try statement.step())
    statement.reset()
    try #require(try statement.step())
    #expect(statement.int64(0) == 8)
    statement.reset()
    statement.clearBindings()
    try #require(try statement.step())
    #expect(statement.isNull(0))
  }

  @Test(arguments: ["SELECT 1; SELECT 2", "SELECT 1; -- one", "-- nothing", "", " ; ", "SELECT 1\0SELECT 2"])
  func `prepare takes one statement and nothing else`(sql: String) throws {
    let error = #expect(throws: SQLiteError.self) { _ = try database.prepare(sql) }
    #expect(error?.code == 21)
    #expect(error?.sql == sql)
  }

  @Test(arguments: ["SELECT 1;", "SELECT 1 ;\r\n\t", "SELECT 1", "SELECT 1 -- one"])
  func `blanks, semicolons and a comment of its own may follow`(sql: String) throws {
    #expect(try database.integer(sql) == 1)
  }

  @Test func `a syntax error names the statement`() throws {
    let error = #expect(throws: SQLiteError.self) { _ = try database.prepare("SELEC 1") }
    #expect(error?.code == 1)
    #expect(error?.description.contains("SELEC 1") == true)
    #expect(error?.message.contains("syntax error") == true)
  }

  @Test func `after the last row and after an error a statement is ready again`() throws {
    try database.execute("CREATE TABLE t(n UNIQUE)")
    let insert = try database.prepare("INSERT INTO t VALUES (?)")
    try insert.bind(Int64(1), at: 1)
    try insert.run()
    let error = #expect(throws: SQLiteError.self) { try insert.run() }
    #expect(error?.isUnique == true)
    try insert.bind(Int64(2), at: 1)
    try insert.run()
    #expect(try database.integers("SELECT n FROM t ORDER BY n") == [1, 2])
  }

  @Test func `execute runs several statements and stops at the first that fails`() throws {
    #expect(throws: SQLiteError.self) {
      try database.execute("CREATE TABLE a(n); CREATE TABLE a(n); CREATE TABLE b(n)")
    }
    #expect(try database.integer("SELECT count(*) FROM sqlite_schema") == 1)
  }
}
#endif
