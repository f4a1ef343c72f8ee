#if SQLite
import Flock
import FlockCore
import FlockKernel
import Glibc
import Testing

@testable import FlockSQLite

@Suite struct SQLiteStoreMigrationTests {
  private let bench: StoreBench

  init() throws { bench = try StoreBench() }

  // MARK: A board that an earlier program wrote

  private func openVersion1() async throws -> SQLiteStore {
    try bench.execute(BoardVersion1.sql)
    #expect(try bench.rows("SELECT max(version) FROM migrations") == 1)
    return try await bench.open()
  }

  @Test func `a board of version 1 is brought up to date and keeps what it holds`() async throws {
    let store = try await openVersion1()
    #expect(try bench.rows("SELECT max(version) FROM migrations") == SQLiteSchema.migrations.last?.version)
    #expect(store.shardCount == 2)
    let root = try #require(try await store.artifact(BoardVersion1.root))
    #expect(
      try root.fields == [
        "01a3185c-5000-7001-8000-000000000001", "bug", #"{"title":"crash"}"#, "external", "01a3185c-5000-7001-8000-000000000001", "-",
        "blue,red", "public", "1800000000000000000", "\(RunID.none)", "none", "0",
      ])
    let hidden = try #require(try await store.artifact(BoardVersion1.hidden))
    #expect(hidden.visibility == .after(.seconds(60), then: .agents(["ann"], otherwise: .labels("secret"))))
    #expect(hidden.partitionKey == "key" && hidden.correlation == CorrelationID("case") && hidden.parents == .one(root.id))
    #expect(hidden.type == ArtifactType("note", version: 3) && hidden.producer.name == "importer" && hidden.depth == 4)
    let outcomes = try await store.outcomes(of: BoardVersion1.run)
    #expect(outcomes.map(\.kind) == [.deadLetter, .success] && outcomes[0].failure?.message == "too slow")
    #expect(try await store.outputs(of: BoardVersion1.run).map(\.type.name) == ["fix", "fix"])
    #expect(try await store.consumptions(of: root.id).map(\.replayNumber) == [0, 1])
    #expect(try await store.children(of: root.id).count == 3)
    #expect(try await store.reasons(for: root.id).map(\.reason) == [.predicate, .tags])
    let letter = try #require(try await store.deadLetters(limit: 5).first)
    #expect(try letter.inputs[0].fields == root.fields)
    #expect(letter.steps == [StepSummary(name: "call", occurrence: 2, state: .failed)] && letter.failure.cause == .timedOut)
    #expect(try await store.summary(ArtifactFilter()).byTag == ["blue": 1, "red": 1])
    #expect(try await store.integrityProblems().isEmpty)
    await store.close()
  }

  @Test func `its state is restored and its log goes on`() async throws {
    let store = try await openVersion1()
    let home = ShardRouter(shardCount: 2).shard(of: BoardVersion1.root.value)
    let session = try await store.session(home)
    let restored = try await session.restore()
    #expect(restored.state.entries.count == 3)
    #expect(restored.records.values.compactMap { $0.artifact?.id } == [BoardVersion1.root])
    #expect(try await store.eventRecords(shard: home).map(\.bytes) == [[1, 2, 3]])
    #expect(try await store.publish(artifacts: [bench.artifact(id: BoardVersion1.root)]).duplicates == 1)
    try await session.commit(bench.commit(2, ingested: 1, shard: home))
    #expect(try await store.integrityProblems().isEmpty)
    await store.close()
  }

  @Test func `its relays, invocations and control records are read`() async throws {
    let store = try await openVersion1()
    var kinds: Set<RecordCoding.Kind> = []
    for shard in 0..<2 {
      for record in try await store.read(shard: shard, from: 0, maximum: 100).records { kinds.insert(RecordCoding.kind(of: record.record)) }
    }
    #expect(kinds == [.artifact, .invocation, .relay, .control])
    await store.close()
  }

  // MARK: The steps

  private static let first = SQLiteMigration(
    version: 1, name: "first", sql: "CREATE TABLE migrations(version INTEGER PRIMARY KEY, name TEXT, applied_at INTEGER); CREATE TABLE t(n)"
  )
  private static let second = SQLiteMigration(version: 2, name: "second", sql: "ALTER TABLE t ADD COLUMN m; INSERT INTO t VALUES (1, 2)")
  private static let broken = SQLiteMigration(
    version: 3, name: "broken", sql: "INSERT INTO t VALUES (3, 4); INSERT INTO nowhere VALUES (1)")

  private func migrate(_ migrations: [SQLiteMigration], _ create: () throws -> Void = {}) throws {
    let connection = try bench.file.open()
    defer { connection.close() }
    let migrator = SQLiteMigrator(connection: connection, path: "board.db", migrations: migrations)
    try migrator.migrate(at: bench.clock.now(), create: create)
  }

  @Test func `steps are taken in order, once, and only those that lack`() throws {
    var created = 0
    try migrate([Self.first]) { created += 1 }
    #expect(try bench.rows("SELECT max(version) FROM migrations") == 1)
    try migrate([Self.first, Self.second]) { created += 1 }
    try migrate([Self.first, Self.second]) { created += 1 }
    #expect(created == 1)
    #expect(try bench.rows("SELECT count(*) FROM migrations") == 2)
    #expect(try bench.rows("SELECT n * 10 + m FROM t") == 12)
    #expect(try bench.rows("SELECT applied_at FROM migrations WHERE version = 2") == bench.clock.now().nanoseconds)
  }

  @Test func `a step that fails leaves the version before it`() throws {
    #expect(throws: SQLiteError.self) { try migrate([Self.first, Self.second, Self.broken]) }
    #expect(try bench.rows("SELECT max(version) FROM migrations") == 2)
    #expect(try bench.rows("SELECT count(*) FROM t") == 1)
    try migrate([Self.first, Self.second])
  }

  @Test func `a new file whose making fails stays empty`() throws {
    #expect(throws: Refusal.self) { try migrate([Self.first]) { throw Refusal() } }
    #expect(try bench.rows("SELECT count(*) FROM sqlite_schema") == 0)
    try migrate([Self.first])
  }

  @Test func `a file of a newer program is refused by name, for writing and for reading`() async throws {
    await (try await bench.open()).close()
    try bench.execute("INSERT INTO migrations VALUES (999, 'from the future', 0)")
    for readOnly in [false, true] {
      let error = await #expect(throws: FlockError.self) { _ = try await bench.open(readOnly: readOnly) }
      #expect(error?.code == .unsupportedVersion)
      #expect(error?.message.contains("version 999") == true)
    }
    try bench.execute("DELETE FROM migrations WHERE version = 999")
    await (try await bench.open()).close()
  }

  @Test func `a file that needs a step is refused for reading, and one with other routing for both`() async throws {
    await (try await bench.open()).close()
    try bench.execute("UPDATE migrations SET version = 0")
    #expect(await code { _ = try await bench.open(readOnly: true) } == .unsupportedVersion)
    try bench.execute("UPDATE migrations SET version = 1; UPDATE board SET router_version = 2")
    #expect(await code { _ = try await bench.open(readOnly: true) } == .unsupportedVersion)
    #expect(await code { _ = try await bench.open() } == .unsupportedVersion)
  }
}
#endif
