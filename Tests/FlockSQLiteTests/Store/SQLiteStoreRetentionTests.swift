#if SQLite
import Flock
import FlockCore
import FlockKernel
import FlockSQLite
import Testing

@Suite struct SQLiteStoreRetentionTests {
  private let bench: StoreBench

  init() throws { bench = try StoreBench { $0.retention.rowsPerTransaction = 3 } }

  /// Rows of each table that may refer to an artifact.
  private func counts() throws -> [String: Int64] {
    var counts: [String: Int64] = [:]
    for table in ["artifacts", "messages", "tags", "links", "consumptions", "outcomes", "reasons", "events", "dead_letters"] {
      counts[table] = try bench.rows("SELECT count(*) FROM \(table)")
    }
    return counts
  }

  /// Ten artifacts, one a second, all ingested and consumed, each with a tag, a link, a reason and an output.
  private func fill(_ store: SQLiteStore, _ session: any ShardSession, references: [Int64] = []) async throws -> [Artifact] {
    var inputs: [Artifact] = []
    for number in 0..<10 {
      let parents: Parents = inputs.last.map { .one($0.id) } ?? .none
      inputs.append(bench.artifact(text: "\(number)", tags: ["t\(number % 2)"], parents: parents))
      _ = try await store.publish(artifacts: [inputs[number]])
      bench.clock.advance(.seconds(1))
    }
    var commit = bench.commit(1, ingested: 10)
    for (number, input) in inputs.enumerated() {
      commit.outcomes.append(bench.outcome(bench.run(UInt64(number)), of: [input], outputs: 1))
      commit.outputs.append(bench.output(bench.run(UInt64(number)), of: [input]))
      commit.reasons.append(NonFiring(artifact: input.id, subscription: SubscriptionID(1), reason: .tags, at: bench.clock.now()))
    }
    commit.changes += references.map(StoreBench.delayed)
    try await session.commit(commit)
    return inputs
  }

  @Test func `old artifacts go with everything that refers to them, and the log begins behind them`() async throws {
    let store = try await bench.open()
    let session = try await store.session()
    let start = bench.clock.now()
    let inputs = try await fill(store, session)
    #expect(try await store.deleteArtifacts(before: start + .seconds(7)) == 7)
    for (number, input) in inputs.enumerated() {
      let isGone = number < 7
      #expect((try await store.artifact(input.id) == nil) == isGone)
      #expect(try await store.consumptions(of: input.id).isEmpty == isGone)
      #expect(try await store.reasons(for: input.id).isEmpty == isGone)
      #expect(try await store.children(of: input.id).isEmpty == isGone)
    }
    // Outputs were appended later: they stay, with their runs.
    #expect(
      try counts() == [
        "artifacts": 13, "messages": 0, "tags": 3, "links": 2, "consumptions": 3, "outcomes": 10, "reasons": 3, "events": 1,
        "dead_letters": 0,
      ])
    #expect(try await store.summary(ArtifactFilter()).byTag == ["t0": 1, "t1": 2])
    #expect(await code { _ = try await store.read(shard: 0, from: 6, maximum: 1) } == .trimmed)
    let batch = try await store.read(shard: 0, from: 0, maximum: 2)
    #expect(batch.firstOffset == 7 && batch.records.first?.record.artifact?.id == inputs[7].id)
    #expect(try await store.size().logStarts == [7])
    #expect(try await store.integrityProblems().isEmpty)
    await store.close()
  }

  @Test func `what was not ingested stays, however old`() async throws {
    let store = try await bench.open()
    _ = try await store.publish(artifacts: (0..<6).map { _ in bench.artifact() })
    let session = try await store.session()
    bench.clock.advance(.seconds(1000))
    #expect(try await store.deleteArtifacts(before: .distantFuture) == 0)
    try await session.commit(bench.commit(1, ingested: 4))
    #expect(try await store.deleteArtifacts(before: .distantFuture) == 4)
    #expect(try await store.read(shard: 0, from: 0, maximum: 9).firstOffset == 4)
    #expect(try await store.integrityProblems().isEmpty)
    await store.close()
  }

  @Test func `what state refers to stays until it no longer does`() async throws {
    let store = try await bench.open()
    let session = try await store.session()
    let inputs = try await fill(store, session, references: [2, 5])
    bench.clock.advance(.seconds(1000))
    #expect(try await store.deleteArtifacts(before: .distantFuture) == 8)
    #expect(try await store.artifact(inputs[2].id) != nil)
    #expect(try await store.artifact(inputs[5].id) != nil)
    #expect(try await store.session().restore().records.keys.sorted() == [2, 5])
    #expect(try await store.integrityProblems().isEmpty)
    // The run that held offset 2 has ended.
    var next = bench.commit(2, ingested: 10)
    next.changes.append(StateChange(key: StoreBench.delayed(2).key, value: nil))
    try await store.session().commit(next)
    #expect(try await store.deleteArtifacts(before: .distantFuture) == 1)
    #expect(try await store.artifact(inputs[2].id) == nil)
    #expect(try await store.artifact(inputs[5].id) != nil)
    #expect(try await store.integrityProblems().isEmpty)
    await store.close()
  }

  @Test func `what a publisher may still repeat stays`() async throws {
    let bench = try StoreBench { $0.retention.publisherRetryHorizon = .seconds(120) }
    let store = try await bench.open()
    let session = try await store.session()
    let artifact = bench.artifact()
    _ = try await store.publish(artifacts: [artifact])
    try await session.commit(bench.commit(1, ingested: 1))
    bench.clock.advance(.seconds(119))
    #expect(try await store.deleteArtifacts(before: .distantFuture) == 0)
    #expect(try await store.publish(artifacts: [artifact]).duplicates == 1)
    bench.clock.advance(.seconds(2))
    #expect(try await store.deleteArtifacts(before: .distantFuture) == 1)
    await store.close()
  }

  @Test func `messages go with the log, and a long log goes in steps`() async throws {
    let store = try await bench.open()
    let session = try await store.session()
    for number in 0..<20 {
      let control = LogRecord.control(Control(.cancelRun(bench.run(UInt64(number))), shard: 0))
      _ = try await store.publish(number % 4 == 0 ? [.artifact(bench.artifact())] : [control])
    }
    try await session.commit(bench.commit(1, ingested: 18))
    bench.clock.advance(.seconds(1))
    #expect(try await store.deleteArtifacts(before: .distantFuture) == 5)
    #expect(try counts()["messages"] == 2)
    #expect(try await store.read(shard: 0, from: 0, maximum: 9).records.count == 2)
    #expect(try await store.integrityProblems().isEmpty)
    await store.close()
  }

  @Test func `old outcomes go, and the lineage of what they published stays`() async throws {
    let store = try await bench.open()
    let session = try await store.session()
    let inputs = try await fill(store, session)
    let end = bench.clock.now()
    #expect(try await store.deleteOutcomes(before: end) == 0)
    #expect(try await store.deleteOutcomes(before: end + .seconds(1)) == 10)
    #expect(try counts()["consumptions"] == 0)
    for (number, input) in inputs.enumerated() {
      let run = bench.run(UInt64(number))
      let output = RunIdentity.output(run: run, replayNumber: 0, slot: 0, index: 0)
      #expect(try await store.outcomes(of: run).isEmpty)
      #expect(try await store.outputs(of: run).map(\.id) == [output])
      #expect(try await store.children(of: input.id).map(\.id).contains(output))
    }
    #expect(try await store.integrityProblems().isEmpty)
    bench.clock.advance(.seconds(1))
    try await session.commit(bench.commit(2, ingested: 20))
    #expect(try await store.deleteArtifacts(before: .distantFuture) == 20)
    #expect(try counts()["links"] == 0)
    await store.close()
  }

  @Test func `events and reasons go by their commit's instant`() async throws {
    let store = try await bench.open()
    let session = try await store.session()
    let input = bench.artifact()
    for number in 1...8 {
      var commit = bench.commit(Int64(number))
      commit.reasons = [NonFiring(artifact: input.id, subscription: SubscriptionID(1), reason: .source, at: bench.clock.now())]
      try await session.commit(commit)
      bench.clock.advance(.seconds(1))
    }
    let end = bench.clock.now()
    #expect(try await store.deleteEvents(before: end + .seconds(-3)) == 5)
    #expect(try await store.eventRecords(shard: 0).map(\.sequence) == [6, 7, 8])
    #expect(try await store.deleteReasons(before: end + .seconds(-1)) == 7)
    #expect(try await store.reasons(for: input.id).count == 1)
    await store.close()
  }

  @Test func `the defaults keep artifacts and outcomes for ever, and events for seven days`() async throws {
    let store = try await bench.open()
    let session = try await store.session()
    _ = try await fill(store, session)
    bench.clock.advance(.seconds(7 * 86_400 - 1))
    #expect(try await store.applyRetention() == 0)
    bench.clock.advance(.seconds(2))
    #expect(try await store.applyRetention() == 11)
    #expect(try counts()["artifacts"] == 20)
    #expect(try counts()["outcomes"] == 10)
    await store.close()
  }

  @Test func `an owner deletes by itself what is due`() async throws {
    let bench = try StoreBench {
      $0.retention.interval = .milliseconds(5)
      $0.retention.rowsPerTransaction = 2
      $0.retention.artifacts = .seconds(60)
      $0.retention.outcomes = .seconds(60)
      $0.pollInterval = .milliseconds(1)
    }
    let store = try await bench.open(shards: 2)
    let session = try await store.session(0)
    let inputs = (0..<9).map { _ in bench.artifact(partitionKey: "k", tags: ["t"]) }
    let shard = try await store.publish(artifacts: inputs).positions[0].shard
    let owner = shard == 0 ? session : try await store.session(shard)
    var commit = bench.commit(1, ingested: 9, shard: shard)
    commit.outcomes = [bench.outcome(bench.run(1), of: inputs)]
    commit.changes.append(StoreBench.delayed(0))
    commit.changes.append(StoreBench.delayed(1))
    commit.changes.append(StoreBench.delayed(2))
    try await owner.commit(commit)
    bench.clock.advance(.seconds(59))
    #expect(try await store.summary(ArtifactFilter()).total == 9)
    bench.clock.advance(.seconds(7 * 86_400))
    let isThrough = try await soon {
      try await store.summary(ArtifactFilter()).total == 3
        && bench.rows("SELECT (SELECT count(*) FROM outcomes) + (SELECT count(*) FROM events)") == 0
    }
    #expect(isThrough)
    #expect(try await store.integrityProblems().isEmpty)
    await store.close()
  }

  @Test func `a dead letter outlives its inputs`() async throws {
    let store = try await bench.open()
    let session = try await store.session()
    let input = bench.artifact(text: "precious")
    _ = try await store.publish(artifacts: [input])
    var commit = bench.commit(1, ingested: 1)
    commit.deadLetters = [
      DeadLetter(
        run: bench.run(1), replayNumber: 0, shard: 0, subscription: SubscriptionID(1), agent: "worker",
        correlation: input.correlation, inputs: [input], attempts: 1, failure: Failure(.permanent, "no"), steps: [],
        at: bench.clock.now())
    ]
    try await session.commit(commit)
    bench.clock.advance(.seconds(1))
    #expect(try await store.deleteArtifacts(before: .distantFuture) == 1)
    #expect(try await store.deadLetters(limit: 1).first?.inputs.map { try $0.fields } == [try input.fields])
    await store.close()
  }
}
#endif
