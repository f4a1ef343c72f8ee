#if SQLite
import FlockSQLite
import Testing

@Suite struct SQLiteTransactionTests {
  private let file: DatabaseFile
  private let database: SQLiteConnection

  init() throws {
    file = try DatabaseFile()
    database = try file.open { $0.busyTimeout = .zero }
    try database.execute("CREATE TABLE t(n)")
  }

  private var rows: [Int64] { get throws { try database.integers("SELECT n FROM t ORDER BY n") } }

  @Test func `a result commits and an error rolls back`() throws {
    let answer = try database.transaction {
      try database.insert(1)
      #expect(database.isInTransaction)
      return "done"
    }
    #expect(answer == "done")
    #expect(throws: Refusal()) {
      try database.transaction {
        try database.insert(2)
        throw Refusal()
      }
    }
    #expect(!database.isInTransaction)
    #expect(try rows == [1])
  }

  @Test func `an immediate transaction holds the lock and a deferred one does not`() throws {
    let second = try file.open { $0.busyTimeout = .zero }
    try database.transaction(.deferred) {
      try second.transaction(.immediate) { try second.insert(1) }
    }
    try database.transaction(.immediate) {
      let error = #expect(throws: SQLiteError.self) { try second.transaction(.immediate) {} }
      #expect(error?.isRetriable == true)
      #expect(error?.code == 5)
      #expect(!second.isInTransaction)
    }
    #expect(try rows == [1])
  }

  @Test func `a deferred transaction sees one state`() throws {
    let second = try file.open()
    try database.transaction(.deferred) {
      #expect(try rows.isEmpty)
      try second.insert(1)
      #expect(try rows.isEmpty)
    }
    #expect(try rows == [1])
  }

  @Test func `a transaction within a transaction is refused and harms nothing`() throws {
    try database.transaction {
      try database.insert(1)
      #expect(throws: SQLiteError.self) { try database.transaction { try database.insert(2) } }
      #expect(database.isInTransaction)
    }
    #expect(try rows == [1])
  }

  @Test func `savepoints roll back alone, at any depth`() throws {
    try database.transaction {
      try database.insert(1)
      #expect(throws: Refusal()) {
        try database.savepoint {
          try database.insert(2)
          throw Refusal()
        }
      }
      try database.savepoint {
        try database.insert(3)
        try? database.savepoint {
          try database.insert(4)
          try database.savepoint { try database.insert(5) }
          throw Refusal()
        }
      }
    }
    #expect(try rows == [1, 3])
  }

  @Test func `the outermost savepoint is a transaction`() throws {
    try database.savepoint { try database.insert(1) }
    #expect(throws: Refusal()) {
      try database.savepoint {
        try database.insert(2)
        throw Refusal()
      }
    }
    #expect(!database.isInTransaction)
    #expect(try rows == [1])
  }

  @Test func `a savepoint whose body ended the transaction throws the body's error`() throws {
    #expect(throws: Refusal()) {
      try database.savepoint {
        try database.insert(1)
        database.rollBack()
        throw Refusal()
      }
    }
    #expect(try rows.isEmpty)
  }

  @Test func `a commit that a deferred constraint refuses is rolled back`() throws {
    try database.execute(
      "CREATE TABLE parent(id PRIMARY KEY); CREATE TABLE child(p REFERENCES parent(id) DEFERRABLE INITIALLY DEFERRED)")
    let error = #expect(throws: SQLiteError.self) {
      try database.transaction { try database.execute("INSERT INTO child VALUES (1)") }
    }
    #expect(error?.isConstraint == true)
    // SQLITE_CONSTRAINT_FOREIGNKEY, 19 | 3 << 8.
    #expect(error?.extendedCode == 787)
    #expect(!database.isInTransaction)
    #expect(try database.integer("SELECT count(*) FROM child") == 0)
  }

  @Test func `begin, commit and rollBack can be called one by one`() throws {
    try database.begin(.immediate)
    try database.insert(1)
    try database.commit()
    try database.begin(.deferred)
    try database.insert(2)
    database.rollBack()
    database.rollBack()
    #expect(throws: SQLiteError.self) { try database.commit() }
    #expect(try rows == [1])
  }
}
#endif
