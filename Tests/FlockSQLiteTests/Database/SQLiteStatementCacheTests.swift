#if SQLite
import FlockSQLite
import Testing

@Suite struct SQLiteStatementCacheTests {
  private func open(capacity: Int) throws -> SQLiteConnection {
    var configuration = SQLiteConnectionConfiguration(path: ":memory:")
    configuration.statementCacheCapacity = capacity
    return try SQLiteConnection(configuration)
  }

  private static let slotted = SQLiteQuery("SELECT ?1")
  private static let other = SQLiteQuery("SELECT 'other'")

  @Test func `the same text gives the same statement, without bindings`() throws {
    let database = try open(capacity: 8)
    let first = try database.prepare("SELECT ?")
    try first.bind(Int64(1), at: 1)
    let second = try database.prepare("SELECT ?")
    #expect(first === second)
    try #require(try second.step())
    #expect(second.isNull(0))
  }

  @Test func `a running statement is not shared`() throws {
    let database = try open(capacity: 8)
    let outer = try database.prepare("SELECT 1 UNION ALL SELECT 2")
    try #require(try outer.step())
    let inner = try database.prepare("SELECT 1 UNION ALL SELECT 2")
    #expect(outer !== inner)
    try #require(try inner.step())
    #expect(inner.int64(0) == 1)
    try #require(try outer.step())
    #expect(outer.int64(0) == 2)
  }

  @Test func `the statement that rested longest leaves a full cache`() throws {
    let database = try open(capacity: 2)
    let one = try database.prepare("SELECT 1")
    let two = try database.prepare("SELECT 2")
    #expect(try database.prepare("SELECT 1") === one)
    _ = try database.prepare("SELECT 3")
    #expect(try database.prepare("SELECT 1") === one)
    #expect(try database.prepare("SELECT 2") !== two)
    // One that left still works for who holds it.
    try #require(try two.step())
    #expect(two.int64(0) == 2)
  }

  @Test func `without a capacity nothing is kept`() throws {
    let database = try open(capacity: 0)
    let first = try database.prepare("SELECT 1")
    #expect(try database.prepare("SELECT 1") !== first)
  }

  @Test func `a query has a slot in every connection`() throws {
    let database = try open(capacity: 0)
    let another = try open(capacity: 0)
    let first = try database.prepare(Self.slotted)
    try first.bind("x", at: 1)
    #expect(try database.prepare(Self.slotted) === first)
    #expect(try another.prepare(Self.slotted) !== first)
    #expect(try database.prepare(Self.other) !== first)
    try #require(try first.step())
    #expect(first.isNull(0))
    let second = try database.prepare(Self.slotted)
    #expect(second !== first)
    #expect(second.sql == "SELECT ?1")
  }

  @Test func `a cached statement follows a changed schema`() throws {
    let database = try open(capacity: 8)
    try database.execute("CREATE TABLE t(a); INSERT INTO t VALUES (1)")
    #expect(try database.integer("SELECT * FROM t") == 1)
    try database.execute("DROP TABLE t; CREATE TABLE t(a, b); INSERT INTO t VALUES (2, 3)")
    #expect(try database.integer("SELECT * FROM t") == 2)
  }
}
#endif
