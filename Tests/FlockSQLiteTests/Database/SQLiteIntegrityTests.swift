#if SQLite
import FlockSQLite
import Foundation
import Testing

@Suite struct SQLiteIntegrityTests {
  private func make() throws -> DatabaseFile {
    let file = try DatabaseFile()
    let database = try file.open()
    try database.execute("CREATE TABLE t(n INTEGER PRIMARY KEY, v); CREATE INDEX i ON t(v)")
    try database.transaction {
      for number in Int64(1)...300 {
        try database.execute("INSERT INTO t VALUES (\(number), 'value \(number)')")
      }
    }
    database.close()
    return file
  }

  @Test func `a sound file has no problems`() throws {
    let file = try make()
    #expect(try file.open().integrityProblems() == [])
  }

  @Test func `an index that lacks a row is found`() throws {
    let file = try make()
    let database = try file.open()
    // Takes the index out of the schema, deletes behind its back, and puts it in again.
    try database.execute(
      """
      PRAGMA writable_schema = ON;
      CREATE TABLE held AS SELECT * FROM sqlite_schema WHERE name = 'i';
      DELETE FROM sqlite_schema WHERE name = 'i';
      """)
    database.close()
    let second = try file.open()
    try second.execute(
      """
      INSERT INTO t VALUES (1000, 'not in the index');
      PRAGMA writable_schema = ON;
      INSERT INTO sqlite_schema SELECT * FROM held;
      """)
    second.close()
    let third = try file.open()
    #expect(try third.integrityProblems().contains { $0.contains("missing from index i") })
  }

  @Test func `at most a hundred problems are told`() throws {
    let file = try make()
    let database = try file.open()
    try database.execute(
      """
      PRAGMA writable_schema = ON;
      UPDATE sqlite_schema SET sql = 'CREATE TABLE t(n INTEGER PRIMARY KEY, v CHECK (v < 0))' WHERE name = 't';
      """)
    database.close()
    #expect(try file.open().integrityProblems().count == 100)
  }

  @Test func `a page of garbage is found`() throws {
    let file = try make()
    var bytes = try Data(contentsOf: URL(fileURLWithPath: file.path))
    try #require(bytes.count >= 3 * 4096)
    // The second page is the root of the table.
    bytes.replaceSubrange(4096..<8192, with: Data(repeating: 0xA5, count: 4096))
    try bytes.write(to: URL(fileURLWithPath: file.path))
    let database = try file.open()
    #expect(try !database.integrityProblems().isEmpty)
    let error = #expect(throws: SQLiteError.self) { _ = try database.integers("SELECT n FROM t") }
    #expect(error?.isCorrupt == true)
  }
}
#endif
