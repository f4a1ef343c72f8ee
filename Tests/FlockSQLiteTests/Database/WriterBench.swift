#if SQLite
import FlockSQLite
import Testing

/// A writer whose thread can be held, so that a test decides what waits in its queue.
final class WriterBench: Sendable {
  let file: DatabaseFile
  let writer: SQLiteWriter
  private let gate = WriterGate()

  init(
    groupItems: Int = 1024, queuedItems: Int = 8192,
    _ change: (inout SQLiteConnectionConfiguration) -> Void = { _ in }
  ) throws {
    file = try DatabaseFile()
    let setup = try file.open(change)
    try setup.execute("CREATE TABLE t(n INTEGER PRIMARY KEY)")
    setup.close()
    var limits = SQLiteWriterConfiguration()
    limits.maximumGroupItems = groupItems
    limits.maximumQueuedItems = queuedItems
    writer = try SQLiteWriter(file.configuration(change), limits)
  }

  /// Returns when the writer's thread stands in an item of its own group.
  func hold() async throws {
    let started = Collector<Bool>()
    writer.submit(isolated: false) { [gate] _ in
      started.append(true)
      gate.wait()
    } completion: { _ in
    }
    try #require(await eventually { !started.elements.isEmpty })
  }

  func release() { gate.open() }

  /// What another connection sees.
  var rows: [Int64] {
    get throws { try file.open().integers("SELECT n FROM t ORDER BY n") }
  }
}

/// How an item ended, for comparison.
enum Ending: Equatable {
  case result(Int64)
  case refusal, cancelled, groupRolledBack, full, shutDown, constraint
  case other(String)

  init(_ result: Result<Int64, any Error>) {
    switch result {
    case .success(let value): self = .result(value)
    case .failure(is Refusal): self = .refusal
    case .failure(is CancellationError): self = .cancelled
    case .failure(let error as SQLiteError) where error.isGroupRolledBack: self = .groupRolledBack
    case .failure(let error as SQLiteError) where error.isFull: self = .full
    case .failure(let error as SQLiteError) where error.isShutDown: self = .shutDown
    case .failure(let error as SQLiteError) where error.isConstraint: self = .constraint
    case .failure(let error): self = .other("\(error)")
    }
  }
}

/// Collects endings by the item's number.
final class Endings: Sendable {
  private let ended = Collector<(Int64, Ending)>()

  var count: Int { ended.elements.count }
  subscript(_ number: Int64) -> Ending? { ended.elements.first { $0.0 == number }?.1 }
  var results: [Int64] { ended.elements.filter { $0.1 == .result($0.0) }.map(\.0).sorted() }

  func completion(_ number: Int64) -> @Sendable (Result<Int64, any Error>) -> Void {
    { self.ended.append((number, Ending($0))) }
  }
}
#endif
