#if SQLite
import FlockSQLite
import Testing

@Suite struct SQLiteReaderPoolTests {
  private let file: DatabaseFile
  private let writer: SQLiteConnection

  /// Runs for a minute or so unless somebody stops it.
  private static let endless = """
    WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 100000000) SELECT count(*) FROM c
    """

  init() throws {
    file = try DatabaseFile()
    writer = try file.open { $0.busyTimeout = .zero }
    try writer.execute("CREATE TABLE t(n INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)")
  }

  @Test func `all of a read is one state`() async throws {
    let pool = try SQLiteReaderPool(file.configuration(), connections: 1)
    let gate = WriterGate()
    let seen = Collector<Int64>()
    let read = Task {
      try await pool.read { database in
        seen.append(try database.integer("SELECT count(*) FROM t"))
        gate.wait()
        seen.append(try database.integer("SELECT count(*) FROM t"))
      }
    }
    try #require(await eventually { seen.elements.count == 1 })
    try writer.execute("INSERT INTO t VALUES (2)")
    gate.open()
    try await read.value
    #expect(seen.elements == [1, 1])
    // The next read begins anew.
    #expect(try await pool.read { try $0.integer("SELECT count(*) FROM t") } == 2)
    await pool.shutdown()
  }

  @Test func `reads run side by side, as many as there are connections`() async throws {
    let pool = try SQLiteReaderPool(file.configuration(), connections: 2)
    let started = Collector<Int>()
    let gate = WriterGate()
    async let first: Void = pool.read { _ in
      started.append(1)
      gate.wait()
    }
    async let second: Void = pool.read { _ in
      started.append(2)
      gate.wait()
    }
    async let third: Void = pool.read { _ in started.append(3) }
    #expect(await eventually { started.elements.count == 2 && pool.queuedReads == 1 })
    gate.open()
    gate.open()
    _ = try await (first, second, third)
    #expect(started.elements.sorted() == [1, 2, 3])
    #expect(pool.queuedReads == 0)
    await pool.shutdown()
  }

  @Test func `a read cannot write`() async throws {
    let pool = try SQLiteReaderPool(file.configuration(), connections: 1)
    let error = await #expect(throws: SQLiteError.self) {
      try await pool.read { try $0.execute("INSERT INTO t VALUES (2)") }
    }
    #expect(error?.isReadOnly == true)
    #expect(try writer.integer("SELECT count(*) FROM t") == 1)
    await pool.shutdown()
  }

  @Test func `a cancelled read's statement is interrupted, and the connection serves the next`() async throws {
    let pool = try SQLiteReaderPool(file.configuration(), connections: 1)
    let started = Collector<Bool>()
    let task = Task {
      try await pool.read { database in
        started.append(true)
        return try database.integer(Self.endless)
      }
    }
    try #require(await eventually { !started.elements.isEmpty })
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(try await pool.read { try $0.integer("SELECT n FROM t") } == 1)
    await pool.shutdown()
  }

  @Test func `a cancel between two statements stops the second`() async throws {
    let pool = try SQLiteReaderPool(file.configuration(), connections: 1)
    let started = Collector<Bool>()
    let gate = WriterGate()
    let task = Task {
      try await pool.read { database in
        let first = try database.integer("SELECT n FROM t")
        started.append(true)
        gate.wait()
        return first + (try database.integer(Self.endless))
      }
    }
    try #require(await eventually { !started.elements.isEmpty })
    task.cancel()
    gate.open()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(try await pool.read { try $0.integer("SELECT n FROM t") } == 1)
    await pool.shutdown()
  }

  @Test func `a read that was cancelled after its last statement gives its result`() async throws {
    let pool = try SQLiteReaderPool(file.configuration(), connections: 1)
    let started = Collector<Bool>()
    let gate = WriterGate()
    let task = Task {
      try await pool.read { database in
        let value = try database.integer("SELECT n FROM t")
        started.append(true)
        gate.wait()
        return value
      }
    }
    try #require(await eventually { !started.elements.isEmpty })
    task.cancel()
    gate.open()
    #expect(try await task.value == 1)
    await pool.shutdown()
  }

  @Test func `cancelled while it waits, a read ends at once and never runs`() async throws {
    let pool = try SQLiteReaderPool(file.configuration(), connections: 1)
    let ran = Collector<Int>()
    let gate = WriterGate()
    async let holding: Void = pool.read { _ in
      ran.append(1)
      gate.wait()
    }
    try #require(await eventually { ran.elements == [1] })
    let task = Task { try await pool.read { _ in ran.append(2) } }
    try #require(await eventually { pool.queuedReads == 1 })
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(pool.queuedReads == 0)
    gate.open()
    try await holding
    await pool.shutdown()
    #expect(ran.elements == [1])
  }

  @Test func `an error of the work is the caller's`() async throws {
    let pool = try SQLiteReaderPool(file.configuration(), connections: 1)
    await #expect(throws: Refusal()) { try await pool.read { _ in throw Refusal() } }
    await pool.shutdown()
  }

  @Test func `a statement that a read left in mid-query holds no snapshot`() async throws {
    let pool = try SQLiteReaderPool(file.configuration(), connections: 1)
    try writer.execute("INSERT INTO t VALUES (2), (3)")
    let first = try await pool.read { database in
      let statement = try database.prepare("SELECT n FROM t ORDER BY n")
      try #require(try statement.step())
      return statement.int64(0)
    }
    #expect(first == 1)
    try writer.execute("INSERT INTO t VALUES (4)")
    #expect(try !writer.checkpoint(.truncate).isBusy)
    #expect(file.size("-wal") == 0)
    await pool.shutdown()
  }

  @Test func `shutdown finishes what is queued and refuses what comes after`() async throws {
    let pool = try SQLiteReaderPool(file.configuration(), connections: 1)
    let ran = Collector<Int>()
    let gate = WriterGate()
    async let first: Void = pool.read { _ in
      ran.append(1)
      gate.wait()
    }
    try #require(await eventually { ran.elements == [1] })
    async let second: Void = pool.read { _ in ran.append(2) }
    try #require(await eventually { pool.queuedReads == 1 })
    let shutdown = Task { await pool.shutdown() }
    gate.open()
    _ = try await (first, second)
    await shutdown.value
    #expect(ran.elements == [1, 2])
    let error = await #expect(throws: SQLiteError.self) { try await pool.read { _ in ran.append(3) } }
    #expect(error?.isShutDown == true)
    #expect(ran.elements == [1, 2])
    await pool.shutdown()
  }

  @Test func `a pool does not create a database`() throws {
    let none = try DatabaseFile()
    let error = #expect(throws: SQLiteError.self) { _ = try SQLiteReaderPool(none.configuration()) }
    #expect(error?.cannotOpen == true)
    #expect(none.size() == nil)
  }
}
#endif
