#if SQLite
import Flock
import FlockCore
import FlockKernel
import Testing

@testable import FlockSQLite

/// After a commit whose sync failed, the next transaction says whether it counts.
@Suite struct SQLiteSettleTests {
  private let bench: StoreBench
  private let cause = FlockError(.storeUnavailable, "the disk failed", isRetriable: true)

  init() throws { bench = try StoreBench() }

  @Test func `a commit that is there counts`() async throws {
    let store = try await bench.open()
    let session = try #require(try await store.session() as? SQLiteSession)
    let commit = bench.commit(1)
    try await session.commit(commit)
    try await session.settle(commit, cause)
    await store.close()
  }

  @Test func `one that is not there may be sent again`() async throws {
    let store = try await bench.open()
    let session = try #require(try await store.session() as? SQLiteSession)
    let error = await #expect(throws: FlockError.self) { try await session.settle(bench.commit(1), cause) }
    #expect(error?.code == .storeUnavailable && error?.isRetriable == true)
    try await session.commit(bench.commit(1))
    await store.close()
  }

  @Test func `a session that lost its lease meanwhile is fenced`() async throws {
    let store = try await bench.open()
    let other = try await bench.open()
    let session = try #require(try await store.session() as? SQLiteSession)
    let commit = bench.commit(1)
    try await session.commit(commit)
    _ = try await other.session()
    #expect(await code { try await session.settle(commit, cause) } == .fenced)
    await store.close()
    await other.close()
  }

  @Test func `when that fails too, the result is unknown and the session over`() async throws {
    let store = try await bench.open()
    let session = try #require(try await store.session() as? SQLiteSession)
    await store.writer?.shutdown()
    let error = await #expect(throws: FlockError.self) { try await session.settle(bench.commit(1), cause) }
    #expect(error?.code == .commitUnknown && error?.isFatal == true && error?.isRetriable == false)
    await store.close()
  }
}
#endif
