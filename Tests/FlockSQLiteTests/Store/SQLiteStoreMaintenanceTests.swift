#if SQLite
import Flock
import FlockCore
import FlockKernel
import FlockSQLite
import Foundation
import Testing

@Suite struct SQLiteStoreMaintenanceTests {
  private let bench: StoreBench

  init() throws { bench = try StoreBench() }

  private var copy: String { bench.file.directory + "/copy.db" }

  @Test func `a backup is a board of its own that nobody owns`() async throws {
    let store = try await bench.open(shards: 2)
    _ = try await store.session(0)
    let artifacts = (0..<50).map { bench.artifact(text: "\($0)", tags: ["t"]) }
    _ = try await store.publish(artifacts: artifacts)
    try await store.backup(to: copy)
    _ = try await store.publish(artifacts: [bench.artifact()])
    let other = try await bench.open(path: copy)
    #expect(try await other.owners().isEmpty)
    #expect(try await store.owners().count == 1)
    #expect(try await other.summary(ArtifactFilter()).total == 50)
    #expect(try await other.integrityProblems().isEmpty)
    _ = try await other.publish(artifacts: [bench.artifact()])
    await other.close()
    #expect(await code { try await store.backup(to: copy) } == .invalidConfiguration)
    #expect(await code { try await store.backup(to: bench.file.directory + "/none/copy.db") } == .storeUnavailable)
    await store.close()
  }

  @Test func `vacuum gives back what retention has freed, and the board goes on`() async throws {
    let store = try await bench.open()
    let session = try await store.session()
    _ = try await store.publish(artifacts: (0..<200).map { _ in bench.artifact(text: String(repeating: "x", count: 10_000)) })
    try await session.commit(bench.commit(1, ingested: 200))
    bench.clock.advance(.seconds(1))
    try await store.checkpoint()
    let full = try await store.size()
    #expect(full.databaseBytes > 2_000_000 && full.records == [200])
    #expect(try await store.deleteArtifacts(before: .distantFuture) == 200)
    try await store.vacuum()
    let size = try await store.size()
    #expect(size.databaseBytes < 300_000 && size.freeBytes == 0 && size.logBytes == 0)
    #expect(size.records == [0] && size.logStarts == [200])
    _ = try await store.publish(artifacts: [bench.artifact()])
    try await session.commit(bench.commit(2, ingested: 201))
    #expect(try await store.integrityProblems().isEmpty)
    await store.close()
  }

  @Test func `the check names each kind of damage`() async throws {
    let store = try await bench.open()
    let session = try await store.session()
    let input = bench.artifact(tags: ["t"], parents: .one(bench.nextID()))
    _ = try await store.publish(artifacts: [input, bench.artifact()])
    var commit = bench.commit(1, ingested: 2)
    commit.outcomes = [bench.outcome(bench.run(1), of: [input])]
    commit.changes.append(StoreBench.delayed(0))
    try await session.commit(commit)
    #expect(try await store.integrityProblems().isEmpty)
    try bench.execute("DELETE FROM artifacts WHERE position = 0; DELETE FROM outcomes; UPDATE artifacts SET stream = 9")
    #expect(
      try await store.integrityProblems() == [
        "the log of shard 0 has 1 records between offsets 0 and 2", "the state of shard 0 refers to 1 records that are gone",
        "1 tags of artifacts that are gone", "1 links to artifacts that are gone", "1 consumptions of outcomes that are gone",
        "1 artifacts of streams that are gone",
      ])
    await store.close()
  }

  @Test func `after it is closed every call says so, and the file is whole`() async throws {
    let store = try await bench.open()
    let session = try await store.session()
    async let published = store.publish(artifacts: (0..<100).map { _ in bench.artifact() })
    _ = try await published
    await store.close()
    await store.close()
    #expect(bench.file.size("-wal") == nil, "the last connection removes the write-ahead log")
    #expect(await code { _ = try await store.publish(artifacts: [bench.artifact()]) } == .shutDown)
    #expect(await code { _ = try await store.artifact(bench.nextID()) } == .shutDown)
    #expect(await code { _ = try await store.session() } == .shutDown)
    #expect(await code { try await store.vacuum() } == .shutDown)
    #expect(await code { try await session.commit(bench.commit(1)) } == .fenced)
    #expect(try bench.rows("SELECT count(*) FROM artifacts") == 100)
  }

  @Test func `a close ends what is queued first`() async throws {
    let store = try await bench.open()
    let publications = Task {
      await withTaskGroup(of: Int.self) { group in
        for _ in 0..<20 {
          group.addTask { (try? await store.publish(artifacts: (0..<10).map { _ in bench.artifact() }).positions.count) ?? 0 }
        }
        return await group.reduce(0, +)
      }
    }
    await Task.yield()
    await store.close()
    let acknowledged = await publications.value
    #expect(try bench.rows("SELECT count(*) FROM artifacts") == Int64(acknowledged))
  }

  // MARK: Errors

  @Test func `another program's lock is an answer that may be tried again`() async throws {
    let bench = try StoreBench { $0.busyTimeout = .milliseconds(20) }
    let store = try await bench.open()
    let session = try await store.session()
    let artifact = bench.artifact()
    _ = try await store.publish(artifacts: [bench.artifact()])
    let other = try bench.file.open()
    try other.begin(.immediate)
    for attempt in [
      { _ = try await store.publish(artifacts: [artifact]) }, { try await session.commit(bench.commit(1)) },
    ] as [() async throws -> Void] {
      let error = await #expect(throws: FlockError.self) { try await attempt() }
      #expect(error?.code == .storeUnavailable && error?.isRetriable == true && error?.isFatal == false)
    }
    other.rollBack()
    #expect(try await store.publish(artifacts: [artifact]).duplicates == 0)
    try await session.commit(bench.commit(1))
    await store.close()
  }

  @Test func `a full disk is an answer that may be tried again, and leaves nothing`() async throws {
    let store = try await bench.open()
    _ = try await store.publish(artifacts: [bench.artifact()])
    let writer = try #require(store.writer)
    let pages = try await writer.submit { try $0.integerPragma("page_count") }
    _ = try await writer.submit { try $0.setPragma("max_page_count", "\(pages)") }
    let large = bench.artifact(text: String(repeating: "x", count: 100_000))
    let error = await #expect(throws: FlockError.self) { _ = try await store.publish(artifacts: [large]) }
    #expect(error?.code == .storeUnavailable && error?.isRetriable == true)
    #expect(error?.message.contains("full") == true)
    _ = try await writer.submit { try $0.setPragma("max_page_count", "1000000") }
    #expect(try await store.publish(artifacts: [large]).positions[0].offset == 1)
    #expect(try await store.integrityProblems().isEmpty)
    await store.close()
  }

  @Test func `a damaged file ends the work and says what to do`() async throws {
    let bench = try StoreBench()
    var store = try await bench.open()
    _ = try await store.publish(artifacts: (0..<500).map { _ in bench.artifact(text: String(repeating: "y", count: 500)) })
    await store.close()
    let size = try #require(bench.file.size())
    let handle = try #require(FileHandle(forUpdatingAtPath: bench.file.path))
    for page in 20..<(size / 4096) {
      try handle.seek(toOffset: UInt64(page * 4096))
      try handle.write(contentsOf: [UInt8](repeating: 0xA5, count: 4096))
    }
    try handle.close()
    store = try await bench.open()
    let error = await #expect(throws: FlockError.self) {
      var offset: Int64 = 0
      while offset < 500 { offset = try await store.read(shard: 0, from: offset, maximum: 100).endOffset }
    }
    #expect(error?.code == .corruptStore && error?.isFatal == true && error?.isRetriable == false)
    #expect(try await !store.integrityProblems().isEmpty)
    await store.close()
  }
}
#endif
