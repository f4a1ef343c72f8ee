#if SQLite
import FlockSQLite

/// A program that counts: each commit raises a counter and writes an entry that only that count can have.
///
/// The last twelve entries are kept, so pages are freed and used again; the log is checkpointed every dozen pages and
/// emptied now and then; half-way the database is closed and opened again. The check knows what every count's database
/// holds without asking the run.
struct CounterWorkload {
  let path: String
  var synchronous: SQLiteConnectionConfiguration.Synchronous = .full
  var journalMode: SQLiteConnectionConfiguration.JournalMode = .wal
  var commits: Int64 = 40

  static let entriesKept: Int64 = 12

  /// What a database was found to be.
  enum Finding: Equatable {
    /// No table yet: the first commit is not there.
    case empty
    case counted(Int64)
    case damaged(String)
  }

  /// Runs until the end or until the power goes; the last count whose commit was acknowledged, -1 for not even the
  /// tables.
  func run() -> Int64 {
    var acknowledged: Int64 = -1
    do {
      let database = try open()
      try Self.create(database)
      acknowledged = 0
      for count in 1...commits / 2 { try step(database, count, &acknowledged) }
      database.close()
      let second = try open()
      for count in commits / 2 + 1...commits { try step(second, count, &acknowledged) }
      second.close()
    } catch {
      // The power is off, which the caller asks the file system about.
    }
    return acknowledged
  }

  func open() throws -> SQLiteConnection {
    var configuration = SQLiteConnectionConfiguration(path: path)
    configuration.vfs = "powercut"
    configuration.synchronous = synchronous
    configuration.journalMode = journalMode
    configuration.walAutocheckpointPages = 12
    return try SQLiteConnection(configuration)
  }

  private func step(_ database: SQLiteConnection, _ count: Int64, _ acknowledged: inout Int64) throws {
    try database.transaction { try Self.raise(database, to: count) }
    acknowledged = count
    if count % 13 == 0 { _ = try database.checkpoint(.truncate) }
  }

  static func create(_ database: SQLiteConnection) throws {
    try database.transaction {
      try database.execute(
        """
        CREATE TABLE counter(value INTEGER NOT NULL);
        CREATE TABLE entry(n INTEGER PRIMARY KEY, body BLOB NOT NULL);
        CREATE INDEX entry_length ON entry(length(body));
        INSERT INTO counter VALUES (0);
        """)
    }
  }

  static func raise(_ database: SQLiteConnection, to count: Int64) throws {
    let update = try database.prepare("UPDATE counter SET value = ?")
    try update.bind(count, at: 1)
    try update.run()
    let insert = try database.prepare("INSERT INTO entry VALUES (?, ?)")
    try insert.bind(count, at: 1)
    try insert.bind(body(count), at: 2)
    try insert.run()
    let delete = try database.prepare("DELETE FROM entry WHERE n <= ?")
    try delete.bind(count - entriesKept, at: 1)
    try delete.run()
  }

  /// Up to 9,000 bytes, so that some entries need pages of their own. Counts up to 63.
  static func body(_ count: Int64) -> [UInt8] { bodies[Int(count)] }

  private static let bodies: [[UInt8]] = (0..<64).map { count in
    (0...count * 997 % 9000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ count &* 7) | 1 }
  }

  /// Opens what survived through the default file system, as the program would after the power came back.
  func check() -> Finding {
    do {
      var configuration = SQLiteConnectionConfiguration(path: path)
      // The check needs no syncs: nobody cuts its power.
      configuration.synchronous = .off
      let database = try SQLiteConnection(configuration)
      defer { database.close() }
      let problems = try database.integrityProblems()
      guard problems.isEmpty else { return .damaged(problems.joined(separator: "; ")) }
      guard try integers(database, "SELECT count(*) FROM sqlite_schema WHERE name = 'counter'") == [1] else {
        return .empty
      }
      return try Self.finding(database)
    } catch {
      return .damaged("\(error)")
    }
  }

  private static func finding(_ database: SQLiteConnection) throws -> Finding {
    let counts = try integers(database, "SELECT value FROM counter")
    guard counts.count == 1, let count = counts.first else { return .damaged("counters \(counts)") }
    let numbers = try integers(database, "SELECT n FROM entry ORDER BY n")
    guard numbers == Array(max(1, count - entriesKept + 1)..<count + 1) else {
      return .damaged("entries \(numbers) at count \(count)")
    }
    let statement = try database.prepare("SELECT n, body FROM entry")
    while try statement.step() {
      let number = statement.int64(0)
      guard statement.bytes(1) == body(number) else { return .damaged("entry \(number) is not what was written") }
    }
    return .counted(count)
  }

  private func integers(_ database: SQLiteConnection, _ sql: String) throws -> [Int64] {
    try Self.integers(database, sql)
  }

  private static func integers(_ database: SQLiteConnection, _ sql: String) throws -> [Int64] {
    let statement = try database.prepare(sql)
    var values: [Int64] = []
    while try statement.step() { values.append(statement.int64(0)) }
    return values
  }
}
#endif
