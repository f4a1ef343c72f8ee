#if SQLite
import Flock
import FlockCore
import FlockSQLite

/// The map on a board in a file, each commit synced: `sqlite-map --file F --n N`; beside it the same bytes in bare
/// inserts, as many to a transaction as the map publishes at once.
enum SQLiteMapBench {
  static func run(_ options: BenchOptions) async throws {
    let n = options.integer("n", default: 10_000)
    let file = options.text("file")
    let bare = try bareInserts(file + ".bare", n)
    let store = try await SQLiteStore.open(path: file)
    let flock = try Flock(agents: Workload.map.agents(.on), store: store)
    try await flock.start()
    let before = Usage.now()
    let consumed = try await Workload.map.publish(flock, n)
    let report = try await flock.runUntilIdle()
    let used = Usage.now() - before
    try requireDone(report, runs: consumed)
    let (count, _) = try await Bench.checksum(of: Workload.map.output, in: store)
    guard count == n else { throw BenchFailure(message: "\(count) of \(n) outputs") }
    print(
      "@@result {\"n\": \(n), \"consumed\": \(consumed), \"cpu_s\": \(used.cpu), \"wall_s\": \(used.wall),"
        + " \"cpu_us_per_run\": \(used.cpu / Double(n) * 1e6), \"bare_cpu_s\": \(bare.cpu),"
        + " \"bare_cpu_us_per_run\": \(bare.cpu / Double(n) * 1e6)}")
    try await flock.shutdown()
    await store.close()
  }

  /// Two rows for each run, with the bytes of an item and of its result.
  private static func bareInserts(_ file: String, _ n: Int) throws -> (cpu: Double, wall: Double) {
    let connection = try SQLiteConnection(SQLiteConnectionConfiguration(path: file))
    defer { connection.close() }
    try connection.execute("CREATE TABLE rows(id INTEGER PRIMARY KEY, payload BLOB NOT NULL) STRICT")
    let before = Usage.now()
    var next = 0
    while next < n {
      let end = min(n, next + Workload.chunk)
      try connection.transaction {
        let insert = try connection.prepare("INSERT INTO rows(id, payload) VALUES (?, ?)")
        for key in 2 * next..<2 * end {
          try insert.bind(Int64(key), at: 1)
          try insert.bind(Array("{\"key\":\(key / 2),\"text\":\"\(itemText)\"}".utf8), at: 2)
          try insert.run()
        }
      }
      next = end
    }
    return Usage.now() - before
  }
}
#endif
