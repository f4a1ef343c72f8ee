#if SQLite
import FlockSQLite
import Testing

@Suite struct SQLiteWriterTests {
  @Test func `a result is given after its commit`() async throws {
    let bench = try WriterBench()
    let answer = try await bench.writer.submit { database in
      try database.insert(1)
      return "written"
    }
    #expect(answer == "written")
    #expect(try bench.rows == [1])
    await bench.writer.shutdown()
  }

  @Test func `what waits together commits together`() async throws {
    let bench = try WriterBench()
    let endings = Endings()
    try await bench.hold()
    for number in Int64(1)...10 {
      let admission = bench.writer.submit { database in
        try database.insert(number)
        return number
      } completion: {
        endings.completion(number)($0)
      }
      #expect(admission == .accepted)
    }
    #expect(bench.writer.queuedItems == 10)
    #expect(try bench.rows.isEmpty)
    bench.release()
    try #require(await eventually { endings.count == 10 })
    #expect(endings.results == Array(1...10))
    #expect(try bench.rows == Array(1...10))
    let statistics = bench.writer.statistics
    // The holding item's group and the shared one.
    #expect(statistics.commits == 2)
    #expect(statistics.items == 11)
    #expect(statistics.largestGroup == 10)
    #expect(statistics.failedItems == 0)
    #expect(statistics.failedGroups == 0)
    #expect(statistics.secondsInCommit > 0)
    await bench.writer.shutdown()
  }

  @Test func `a group takes no more items than its limit`() async throws {
    let bench = try WriterBench(groupItems: 3)
    let endings = Endings()
    try await bench.hold()
    for number in Int64(1)...10 {
      bench.writer.submit { database in
        try database.insert(number)
        return number
      } completion: {
        endings.completion(number)($0)
      }
    }
    bench.release()
    try #require(await eventually { endings.count == 10 })
    // 1 + ceil(10 / 3).
    #expect(bench.writer.statistics.commits == 5)
    #expect(bench.writer.statistics.largestGroup == 3)
    await bench.writer.shutdown()
  }

  @Test func `an item that throws is rolled back alone`() async throws {
    let bench = try WriterBench()
    let endings = Endings()
    try await bench.hold()
    for number in Int64(1)...6 {
      bench.writer.submit { database in
        try database.insert(number * 10)
        if number == 3 { try database.insert(10) }
        if number == 5 { throw Refusal() }
        return number
      } completion: {
        endings.completion(number)($0)
      }
    }
    bench.release()
    try #require(await eventually { endings.count == 6 })
    #expect(endings.results == [1, 2, 4, 6])
    // A key that an item of the same group took.
    #expect(endings[3] == .constraint)
    #expect(endings[5] == .refusal)
    #expect(try bench.rows == [10, 20, 40, 60])
    #expect(bench.writer.statistics.commits == 2)
    #expect(bench.writer.statistics.failedItems == 2)
    await bench.writer.shutdown()
  }

  @Test func `an item that is not isolated may throw before it writes`() async throws {
    let bench = try WriterBench()
    let endings = Endings()
    try await bench.hold()
    for number in Int64(1)...3 {
      bench.writer.submit(isolated: false) { database in
        if number == 2 { throw Refusal() }
        try database.insert(number)
        return number
      } completion: {
        endings.completion(number)($0)
      }
    }
    bench.release()
    try #require(await eventually { endings.count == 3 })
    #expect(endings.results == [1, 3])
    #expect(endings[2] == .refusal)
    #expect(try bench.rows == [1, 3])
    await bench.writer.shutdown()
  }

  @Test func `an item that is not isolated and throws after it wrote costs the group`() async throws {
    let bench = try WriterBench()
    let endings = Endings()
    try await bench.hold()
    for number in Int64(1)...4 {
      bench.writer.submit(isolated: false) { database in
        try database.insert(number)
        if number == 2 { throw Refusal() }
        return number
      } completion: {
        endings.completion(number)($0)
      }
    }
    bench.release()
    try #require(await eventually { endings.count == 4 })
    // The first had run and lost its work, the last two ran in the next group.
    #expect(endings[1] == .groupRolledBack)
    #expect(endings[2] == .refusal)
    #expect(endings.results == [3, 4])
    #expect(try bench.rows == [3, 4])
    #expect(bench.writer.statistics.failedGroups == 1)
    #expect(bench.writer.statistics.failedItems == 2)
    // Submitted again it succeeds.
    try await bench.writer.submit { try $0.insert(1) }
    #expect(try bench.rows == [1, 3, 4])
    await bench.writer.shutdown()
  }

  @Test func `an item that ends the transaction itself costs the group`() async throws {
    let bench = try WriterBench()
    let endings = Endings()
    try await bench.hold()
    for number in Int64(1)...3 {
      bench.writer.submit { database in
        try database.insert(number)
        if number == 2 { database.rollBack() }
        return number
      } completion: {
        endings.completion(number)($0)
      }
    }
    bench.release()
    try #require(await eventually { endings.count == 3 })
    #expect(endings[1] == .groupRolledBack)
    #expect(endings[2] == .groupRolledBack)
    #expect(endings.results == [3])
    #expect(try bench.rows == [3])
    await bench.writer.shutdown()
  }

  @Test func `an item may leave a writing statement in mid-query`() async throws {
    let bench = try WriterBench()
    let number = try await bench.writer.submit { database in
      let statement = try database.prepare("INSERT INTO t VALUES (7), (8) RETURNING n")
      try #require(try statement.step())
      return statement.int64(0)
    }
    #expect(number == 7)
    #expect(try bench.rows == [7, 8])
    #expect(bench.writer.statistics.failedItems == 0)
    await bench.writer.shutdown()
  }

  @Test func `an item sees its group's earlier items and its own savepoints`() async throws {
    let bench = try WriterBench()
    let endings = Endings()
    try await bench.hold()
    for number in Int64(1)...3 {
      bench.writer.submit { database in
        try? database.savepoint {
          try database.insert(number + 100)
          throw Refusal()
        }
        try database.insert(number)
        return try database.integer("SELECT count(*) FROM t")
      } completion: {
        endings.completion(number)($0)
      }
    }
    bench.release()
    try #require(await eventually { endings.count == 3 })
    #expect(endings.results == [1, 2, 3])
    #expect(try bench.rows == [1, 2, 3])
    await bench.writer.shutdown()
  }

  @Test func `a commit that a deferred constraint refuses fails its group with the reason`() async throws {
    let bench = try WriterBench()
    try await bench.writer.submit {
      try $0.execute("CREATE TABLE child(p REFERENCES t(n) DEFERRABLE INITIALLY DEFERRED)")
    }
    let error = await #expect(throws: SQLiteError.self) {
      try await bench.writer.submit { try $0.execute("INSERT INTO child VALUES (1)") }
    }
    #expect(error?.isConstraint == true)
    try await bench.writer.submit { try $0.insert(1) }
    #expect(try bench.rows == [1])
    await bench.writer.shutdown()
  }

  @Test func `a lock that does not come fails the group and is retriable`() async throws {
    let bench = try WriterBench { $0.busyTimeout = .milliseconds(1) }
    let other = try bench.file.open()
    try other.begin(.immediate)
    let error = await #expect(throws: SQLiteError.self) { try await bench.writer.submit { try $0.insert(1) } }
    #expect(error?.isRetriable == true)
    other.rollBack()
    try await bench.writer.submit { try $0.insert(1) }
    #expect(try bench.rows == [1])
    #expect(bench.writer.statistics.failedGroups == 1)
    await bench.writer.shutdown()
  }

  @Test func `a full database is told and what was told as written is there`() async throws {
    let bench = try WriterBench()
    try await bench.writer.submit {
      try $0.execute("CREATE TABLE big(n INTEGER PRIMARY KEY, b)")
      try $0.setPragma("max_page_count", "40")
    }
    let endings = Endings()
    try await bench.hold()
    for number in Int64(1)...60 {
      bench.writer.submit { database in
        try database.execute("INSERT INTO big VALUES (\(number), zeroblob(9000))")
        return number
      } completion: {
        endings.completion(number)($0)
      }
    }
    bench.release()
    try #require(await eventually { endings.count == 60 })
    let reader = try bench.file.open()
    #expect(try reader.integers("SELECT n FROM big ORDER BY n") == endings.results)
    #expect((1...60).contains { endings[$0] == .full })
    #expect(try reader.integerPragma("page_count") <= 40)
    await bench.writer.shutdown()
  }

  @Test(arguments: 0..<20)
  func `any mixture of items leaves what was told`(seed: UInt64) async throws {
    let bench = try WriterBench(groupItems: 7)
    let endings = Endings()
    var random = Lehmer(seed: seed)
    try await bench.hold()
    for number in Int64(1)...80 {
      let kind = random.next(8)
      bench.writer.submit(isolated: kind != 0) { database in
        // 0: throws after it wrote though not isolated; 1: throws; 2: a key taken; 3: ends the transaction.
        try database.insert(number)
        if kind <= 1 { throw Refusal() }
        if kind == 2 { try database.insert(number) }
        if kind == 3 && number % 4 == 0 { database.rollBack() }
        return number
      } completion: {
        endings.completion(number)($0)
      }
    }
    bench.release()
    try #require(await eventually { endings.count == 80 })
    #expect(try bench.rows == endings.results)
    let statistics = bench.writer.statistics
    #expect(statistics.items == endings.results.count + 1)
    #expect(statistics.failedItems == 80 - endings.results.count)
    await bench.writer.shutdown()
  }
}

/// Lehmer's generator, 48271 modulo 2^31 - 1: enough to mix kinds of items.
struct Lehmer {
  private var state: UInt64

  init(seed: UInt64) { state = seed % 2_147_483_646 + 1 }

  mutating func next(_ limit: Int) -> Int {
    for _ in 0..<3 { state = state * 48_271 % 2_147_483_647 }
    return Int(state % UInt64(limit))
  }
}
#endif
