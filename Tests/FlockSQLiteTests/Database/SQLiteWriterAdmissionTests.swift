#if SQLite
import FlockSQLite
import Testing

@Suite struct SQLiteWriterAdmissionTests {
  @Test func `the callback form answers full at the limit, and never calls back`() async throws {
    let bench = try WriterBench(queuedItems: 2)
    let endings = Endings()
    try await bench.hold()
    var admissions: [SQLiteWriter.Admission] = []
    for number in Int64(1)...4 {
      admissions.append(
        bench.writer.submit { database in
          try database.insert(number)
          return number
        } completion: {
          endings.completion(number)($0)
        })
    }
    #expect(admissions == [.accepted, .accepted, .full, .full])
    bench.release()
    await bench.writer.shutdown()
    #expect(endings.count == 2)
    #expect(try bench.rows == [1, 2])
  }

  @Test func `shutdown commits what is queued and refuses what comes after`() async throws {
    let bench = try WriterBench(groupItems: 4)
    let endings = Endings()
    try await bench.hold()
    for number in Int64(1)...20 {
      bench.writer.submit { database in
        try database.insert(number)
        return number
      } completion: {
        endings.completion(number)($0)
      }
    }
    let shutdown = Task { await bench.writer.shutdown() }
    // Only a refusal shows that the shutdown has begun.
    let nothing: @Sendable (Result<Void, any Error>) -> Void = { _ in }
    #expect(await eventually { bench.writer.submit({ _ in }, completion: nothing) == .shutDown })
    let error = await #expect(throws: SQLiteError.self) { try await bench.writer.submit { try $0.insert(99) } }
    #expect(error?.isShutDown == true)
    #expect(endings.count == 0)
    bench.release()
    await shutdown.value
    await bench.writer.shutdown()
    #expect(endings.results == Array(1...20))
    #expect(try bench.rows == Array(1...20))
    // The last connection has gone, and with it the log.
    #expect(bench.file.size("-wal") == nil)
  }

  @Test func `a writer that is let go drains its queue`() async throws {
    let file = try DatabaseFile()
    try file.open().execute("CREATE TABLE t(n INTEGER PRIMARY KEY)")
    let endings = Endings()
    var writer: SQLiteWriter? = try SQLiteWriter(file.configuration())
    for number in Int64(1)...50 {
      writer?.submit { database in
        try database.insert(number)
        return number
      } completion: {
        endings.completion(number)($0)
      }
    }
    writer = nil
    try #require(await eventually { endings.count == 50 })
    #expect(endings.results == Array(1...50))
  }

  @Test func `cancelled while it waits, an item ends at once and never runs`() async throws {
    let bench = try WriterBench()
    let ran = Collector<Bool>()
    try await bench.hold()
    let task = Task {
      try await bench.writer.submit { database in
        ran.append(true)
        try database.insert(1)
      }
    }
    try #require(await eventually { bench.writer.queuedItems == 1 })
    task.cancel()
    // The writer's thread is still held: the answer does not wait for it.
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(bench.writer.queuedItems == 0)
    bench.release()
    try await bench.writer.submit { try $0.insert(2) }
    #expect(ran.elements.isEmpty)
    #expect(try bench.rows == [2])
    await bench.writer.shutdown()
  }

  @Test func `a place that a cancelled item left can be taken`() async throws {
    let bench = try WriterBench(queuedItems: 1)
    let endings = Endings()
    try await bench.hold()
    let task = Task { try await bench.writer.submit { try $0.insert(1) } }
    try #require(await eventually { bench.writer.queuedItems == 1 })
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    let admission = bench.writer.submit { database in
      try database.insert(2)
      return 2
    } completion: {
      endings.completion(2)($0)
    }
    #expect(admission == .accepted)
    bench.release()
    await bench.writer.shutdown()
    #expect(endings.results == [2])
    #expect(try bench.rows == [2])
  }

  @Test func `a task that was cancelled before it submits is not queued`() async throws {
    let bench = try WriterBench()
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      try await bench.writer.submit { try $0.insert(1) }
    }
    await #expect(throws: CancellationError.self) { try await task.value }
    await bench.writer.shutdown()
    #expect(try bench.rows.isEmpty)
    #expect(bench.writer.statistics.items == 0)
  }

  @Test func `cancelled while it runs, an item gives its true result`() async throws {
    let bench = try WriterBench()
    let started = Collector<Bool>()
    let gate = WriterGate()
    let task = Task {
      try await bench.writer.submit { database in
        started.append(true)
        gate.wait()
        try database.insert(1)
        return "committed"
      }
    }
    try #require(await eventually { !started.elements.isEmpty })
    task.cancel()
    gate.open()
    #expect(try await task.value == "committed")
    #expect(try bench.rows == [1])
    await bench.writer.shutdown()
  }

  @Test func `what is wrong with the file is thrown by the opening`() throws {
    let file = try DatabaseFile()
    let error = #expect(throws: SQLiteError.self) {
      _ = try SQLiteWriter(file.configuration { $0.access = .readWrite })
    }
    #expect(error?.cannotOpen == true)
  }
}
#endif
