#if SQLite
import FlockSQLite
import Testing

@Suite struct SQLiteErrorTests {
  private static let secret = "s3cr3t-value"

  /// Statements that refuse what is bound to their only parameter, each in its own words.
  private static let refusals: [(name: String, sql: String)] = [
    ("a unique column", "INSERT INTO t(u) VALUES (?)"),
    ("a check", "INSERT INTO t(c) VALUES (?)"),
    ("a strict column", "INSERT INTO s VALUES (?)"),
    ("a rowid", "INSERT INTO t(n) VALUES (?)"),
    ("a trigger", "INSERT INTO guarded VALUES (?)"),
    ("malformed JSON", "SELECT json(?)"),
    ("a JSON path", "SELECT json_extract('{}', ?)"),
    ("a text search", "SELECT * FROM f WHERE f MATCH ?"),
    ("a column of a text search", "SELECT * FROM f WHERE f MATCH ? || ' : x'"),
    ("an attached file", "ATTACH '/no/such/directory/' || ? AS other"),
  ]

  private func open() throws -> SQLiteConnection {
    let database = try SQLiteConnection(SQLiteConnectionConfiguration(path: ":memory:"))
    try database.execute(
      """
      CREATE TABLE t(n INTEGER PRIMARY KEY, u UNIQUE, c CHECK (c < 5));
      INSERT INTO t(u) VALUES ('\(Self.secret)/"(');
      CREATE TABLE s(n INTEGER) STRICT;
      CREATE TABLE guarded(n);
      CREATE TRIGGER refuse BEFORE INSERT ON guarded BEGIN SELECT RAISE(ABORT, 'not here'); END;
      CREATE VIRTUAL TABLE f USING fts5(body);
      """)
    return database
  }

  @Test(arguments: refusals)
  func `no error carries a bound value`(name: String, sql: String) throws {
    let database = try open()
    let statement = try database.prepare(sql)
    try statement.bind("\(Self.secret)/\"(", at: 1)
    let error = try #require(#expect(throws: SQLiteError.self) { try statement.run() })
    #expect(!error.description.contains(Self.secret), "\(name)")
    #expect(!error.message.isEmpty)
    #expect(error.description.contains(sql))
  }

  @Test func `a constraint keeps its column's name when values are bound`() throws {
    let database = try open()
    let insert = try database.prepare("INSERT INTO t(u) VALUES (?)")
    try insert.bind("\(Self.secret)/\"(", at: 1)
    let error = #expect(throws: SQLiteError.self) { try insert.run() }
    #expect(error?.message == "UNIQUE constraint failed: t.u")
  }

  @Test func `an error of a statement without parameters keeps SQLite's words`() throws {
    let database = try open()
    let error = #expect(throws: SQLiteError.self) { _ = try database.integer("SELECT json('{')") }
    #expect(error?.message == "malformed JSON")
  }

  @Test func `constraints are told apart`() throws {
    let database = try open()
    func failure(_ sql: String) throws -> SQLiteError {
      try #require(#expect(throws: SQLiteError.self) { try database.execute(sql) })
    }
    // The numbers are SQLITE_CONSTRAINT (19) plus 256 times the kind, see https://sqlite.org/rescode.html.
    let unique = try failure("INSERT INTO t(u) VALUES ('\(Self.secret)/\"(')")
    #expect(unique.extendedCode == 2067 && unique.isUnique && unique.isConstraint)
    let rowID = try failure("INSERT INTO t(n) VALUES (1)")
    #expect(rowID.extendedCode == 1555 && rowID.isUnique)
    let check = try failure("INSERT INTO t(c) VALUES (9)")
    #expect(check.extendedCode == 275 && check.isConstraint && !check.isUnique)
    let trigger = try failure("INSERT INTO guarded VALUES (1)")
    #expect(trigger.extendedCode == 1811 && trigger.message == "not here")
  }

  @Test func `each kind has its property and no other`() {
    func kinds(_ code: Int32) -> [String] {
      let error = SQLiteError(extendedCode: code, message: "m")
      let all = [
        ("retriable", error.isRetriable), ("full", error.isFull), ("corrupt", error.isCorrupt),
        ("readOnly", error.isReadOnly), ("inputOutput", error.isInputOutput), ("cannotOpen", error.cannotOpen),
        ("interrupted", error.isInterrupted), ("constraint", error.isConstraint), ("unique", error.isUnique),
        ("shutDown", error.isShutDown), ("groupRolledBack", error.isGroupRolledBack),
      ]
      return all.filter(\.1).map(\.0)
    }
    #expect(kinds(5) == ["retriable"])
    // SQLITE_BUSY_SNAPSHOT.
    #expect(kinds(517) == ["retriable"])
    #expect(kinds(6) == ["retriable"])
    #expect(kinds(13) == ["full"])
    #expect(kinds(11) == ["corrupt"])
    #expect(kinds(26) == ["corrupt"])
    #expect(kinds(8) == ["readOnly"])
    // SQLITE_IOERR_FSYNC.
    #expect(kinds(1034) == ["inputOutput"])
    #expect(kinds(14) == ["cannotOpen"])
    #expect(kinds(9) == ["interrupted"])
    #expect(kinds(2579) == ["constraint", "unique"])
    #expect(kinds(1) == [])
  }

  @Test func `the description has the code, the words and the statement`() {
    let error = SQLiteError(extendedCode: 2067, message: "UNIQUE constraint failed: t.u", sql: "INSERT INTO t")
    #expect(error.description == "SQLite error 2067: UNIQUE constraint failed: t.u in \"INSERT INTO t\"")
    #expect(SQLiteError(extendedCode: 5, message: "locked").description == "SQLite error 5: locked")
  }
}
#endif
