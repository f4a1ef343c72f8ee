#if SQLite
import FlockSQLite
import Foundation
import Synchronization
import Testing

/// A database's path in a directory of its own, which goes with this value.
final class DatabaseFile: Sendable {
  let directory: String
  let path: String

  init() throws {
    directory = FileManager.default.temporaryDirectory.path + "/flock-sqlite-\(UUID().uuidString)"
    path = directory + "/test.db"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(atPath: directory)
  }

  func configuration(
    _ change: (inout SQLiteConnectionConfiguration) -> Void = { _ in }
  ) -> SQLiteConnectionConfiguration {
    var configuration = SQLiteConnectionConfiguration(path: path)
    change(&configuration)
    return configuration
  }

  func open(_ change: (inout SQLiteConnectionConfiguration) -> Void = { _ in }) throws -> SQLiteConnection {
    try SQLiteConnection(configuration(change))
  }

  /// A file's size beside the database, `nil` when it is not there. The suffix of the log is "-wal".
  func size(_ suffix: String = "") -> Int? {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path + suffix)
    return (attributes?[.size] as? NSNumber)?.intValue
  }
}

extension SQLiteConnection {
  func integer(_ sql: String) throws -> Int64 {
    let statement = try prepare(sql)
    defer { statement.reset() }
    try #require(try statement.step())
    return statement.int64(0)
  }

  func integers(_ sql: String) throws -> [Int64] {
    let statement = try prepare(sql)
    var values: [Int64] = []
    while try statement.step() { values.append(statement.int64(0)) }
    return values
  }

  func insert(_ value: Int64, into table: String = "t") throws {
    let statement = try prepare("INSERT INTO \(table)(n) VALUES (?)")
    try statement.bind(value, at: 1)
    try statement.run()
  }
}

/// Waits, without blocking a thread, until something holds; false after ten seconds.
func eventually(_ condition: () -> Bool) async -> Bool {
  let deadline = ContinuousClock.now + .seconds(10)
  while !condition() {
    guard ContinuousClock.now < deadline else { return false }
    await Task.yield()
  }
  return true
}

/// What an item throws on purpose.
struct Refusal: Error, Equatable {}

/// Collects from other threads.
final class Collector<Element: Sendable>: Sendable {
  private let state = Mutex<[Element]>([])

  func append(_ element: Element) { state.withLock { $0.append(element) } }
  var elements: [Element] { state.withLock { $0 } }
}
#endif
