#if SQLite
import Flock
import FlockCore
import FlockKernel
import FlockSQLite
import Testing

@Suite struct SQLiteStoreCommitTests {
  private let bench: StoreBench

  init() throws { bench = try StoreBench() }

  /// A commit with something of everything.
  private func fullCommit(_ inputs: [Artifact], shard: Int = 0) -> ShardCommit {
    var commit = bench.commit(1, ingested: Int64(inputs.count), shard: shard)
    commit.changes.append(StateChange(key: [9, 1], value: [1, 2, 3]))
    commit.changes.append(StateChange(key: [9, 2], value: []))
    commit.outcomes = [
      bench.outcome(bench.run(1), of: [inputs[0]], outputs: 2), bench.outcome(bench.run(2), of: inputs, kind: .deadLetter),
    ]
    commit.outputs = [bench.output(bench.run(1), 0, of: [inputs[0]]), bench.output(bench.run(1), 1, of: [inputs[0]])]
    commit.deadLetters = [
      DeadLetter(
        run: bench.run(2), replayNumber: 0, shard: shard, subscription: SubscriptionID(3), agent: "worker",
        correlation: inputs[0].correlation, inputs: inputs, attempts: 2, failure: Failure(.timedOut, "too slow"),
        steps: [StepSummary(name: "call", occurrence: 1, state: .failed)], at: bench.clock.now())
    ]
    commit.reasons = [
      NonFiring(artifact: inputs[0].id, subscription: SubscriptionID(7), reason: .predicate, at: bench.clock.now()),
      NonFiring(artifact: inputs[0].id, subscription: SubscriptionID(8), reason: .tags, at: bench.clock.now()),
      NonFiring(artifact: inputs[1].id, subscription: SubscriptionID(7), reason: .until, at: bench.clock.now()),
    ]
    return commit
  }

  @Test func `a commit's parts are all there, in this session and in the next`() async throws {
    var store = try await bench.open()
    let inputs = [bench.artifact(), bench.artifact(tags: ["t"])]
    _ = try await store.publish(artifacts: inputs)
    let session = try await store.session()
    let commit = fullCommit(inputs)
    try await session.commit(commit)
    await store.close()
    store = try await bench.open(readOnly: true)
    #expect(try await store.outputs(of: bench.run(1)).map(\.id) == commit.outputs.map(\.id))
    let outcome = try #require(try await store.outcomes(of: bench.run(2)).first)
    #expect(outcome.kind == .deadLetter && outcome.attempts == 1 && outcome.agent.name == "worker")
    #expect(outcome.failure?.cause == .attemptsExhausted && outcome.failure?.message == "it failed")
    #expect(outcome.inputs.ids == inputs.map(\.id) && outcome.correlation == inputs[0].correlation)
    #expect(outcome.startedAt == bench.clock.now() && outcome.subscription == commit.outcomes[1].subscription)
    #expect(try await store.consumptions(of: inputs[0].id).map(\.run) == [bench.run(1), bench.run(2)])
    #expect(try await store.consumptions(of: inputs[1].id).map(\.run) == [bench.run(2)])
    #expect(try await store.children(of: inputs[0].id).map(\.id) == commit.outputs.map(\.id))
    #expect(try await store.children(of: inputs[1].id).isEmpty)
    #expect(try await store.reasons(for: inputs[0].id) == Array(commit.reasons[..<2]))
    #expect(try await store.reasons(for: inputs[1].id) == [commit.reasons[2]])
    let letter = try #require(try await store.deadLetters(limit: 10).first)
    #expect(try letter.inputs.map { try $0.fields } == inputs.map { try $0.fields })
    #expect(letter.failure.cause == .timedOut && letter.failure.message == "too slow" && letter.attempts == 2)
    #expect(letter.steps == commit.deadLetters[0].steps && letter.agent == "worker" && letter.at == bench.clock.now())
    #expect(try await store.eventRecords(shard: 0).map(\.bytes) == [commit.events])
    #expect(try await store.read(shard: 0, from: 2, maximum: 10).records.compactMap { $0.record.artifact?.id } == commit.outputs.map(\.id))
    await store.close()
  }

  @Test func `state is a map that changes and deletions apply to`() async throws {
    let store = try await bench.open()
    let first = try await store.session()
    try await first.commit(fullCommit([bench.artifact(), bench.artifact()]))
    var next = bench.commit(2, ingested: 2)
    next.changes += [StateChange(key: [9, 1], value: nil), StateChange(key: [9, 0], value: [7]), StateChange(key: [77], value: nil)]
    try await first.commit(next)
    let restored = try await store.session().restore()
    #expect(restored.state.entries.map(\.key) == [[1], [9, 0], [9, 2]])
    #expect(restored.state.entries[1].value == [7])
    #expect(restored.state.entries[2].value == [])
    #expect(try restored.state.ingestedOffset() == 2)
    await store.close()
  }

  @Test func `a restore brings the records that state refers to`() async throws {
    let store = try await bench.open()
    let artifacts = (0..<5).map { bench.artifact(text: "\($0)") }
    _ = try await store.publish(artifacts: artifacts)
    let session = try await store.session()
    var commit = bench.commit(1, ingested: 4)
    commit.changes += [StoreBench.delayed(1), StoreBench.delayed(3)]
    try await session.commit(commit)
    let restored = try await store.session().restore()
    #expect(restored.records.keys.sorted() == [1, 3])
    #expect(restored.records[3]?.artifact?.id == artifacts[3].id)
    #expect(restored.state.logEnd == 5)
    await store.close()
  }

  @Test func `a commit that fails leaves nothing of itself`() async throws {
    let store = try await bench.open()
    let inputs = [bench.artifact(), bench.artifact()]
    _ = try await store.publish(artifacts: inputs)
    let session = try await store.session()
    try bench.execute("CREATE TRIGGER refuse BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'no'); END")
    await #expect(throws: FlockError.self) { try await session.commit(fullCommit(inputs)) }
    for table in ["state", "outcomes", "consumptions", "dead_letters", "reasons", "events"] {
      #expect(try bench.rows("SELECT count(*) FROM \(table)") == 0, "\(table)")
    }
    #expect(try bench.rows("SELECT count(*) FROM artifacts") == 2)
    #expect(try bench.rows("SELECT log_end * 10 + sequence FROM shards") == 20)
    try bench.execute("DROP TRIGGER refuse")
    try await session.commit(fullCommit(inputs))
    #expect(try bench.rows("SELECT log_end * 10 + sequence FROM shards") == 41)
    #expect(try await store.integrityProblems().isEmpty)
    await store.close()
  }

  @Test func `the same commit again changes nothing, and another sequence is refused`() async throws {
    let store = try await bench.open()
    let inputs = [bench.artifact(), bench.artifact()]
    _ = try await store.publish(artifacts: inputs)
    let session = try await store.session()
    let commit = fullCommit(inputs)
    try await session.commit(commit)
    try await session.commit(commit)
    #expect(try bench.rows("SELECT count(*) FROM outcomes") == 2)
    #expect(try bench.rows("SELECT log_end FROM shards") == 4)
    #expect(await code { try await session.commit(bench.commit(3)) } == .corruptStore)
    #expect(try bench.rows("SELECT sequence FROM shards") == 1)
    await store.close()
  }

  @Test func `outputs and relays go to their shards in the same commit, and wake their owners`() async throws {
    let store = try await bench.open(shards: 8)
    let woken = Collector<Int>()
    var sessions: [any ShardSession] = []
    for shard in 0..<8 { sessions.append(try await store.openSession(shard: shard) { woken.append(shard) }) }
    let router = ShardRouter(shardCount: 8)
    let input = bench.artifact()
    let home = router.shard(of: input)
    _ = try await store.publish(artifacts: [input])
    let run = bench.run(1)
    var commit = bench.commit(1, ingested: 1, shard: home)
    commit.outcomes = [bench.outcome(run, of: [input], outputs: 12)]
    commit.outputs = (0..<12).map { bench.output(run, $0, of: [input], correlation: CorrelationID("c\($0)")) }
    let target = (home + 1) % 8
    commit.relays = [
      Relay(
        sourceShard: home, targetShard: target, sequence: 1, index: 0, stage: .matched, subscription: SubscriptionID(1),
        key: .zero, correlation: input.correlation, artifacts: [input])
    ]
    try await sessions[home].commit(commit)
    var relays = 0
    for shard in 0..<8 {
      let expected = commit.outputs.filter { router.shard(of: $0) == shard }.map(\.id)
      let start: Int64 = shard == home ? 1 : 0
      let records = try await sessions[shard].records(from: start, maximum: 100)?.records ?? []
      #expect(records.compactMap { $0.record.artifact?.id } == expected)
      for case .relay(let relay) in records.map(\.record) {
        #expect(shard == target && relay.artifacts[0].id == input.id)
        relays += 1
      }
      if !expected.isEmpty || shard == target { #expect(woken.elements.contains(shard)) }
    }
    #expect(relays == 1)
    #expect(try await store.outputs(of: run).map(\.id).sorted() == commit.outputs.map(\.id).sorted())
    #expect(try await store.integrityProblems().isEmpty)
    await store.close()
  }

  @Test func `a dead letter that ended is gone, and its run's outcomes remain`() async throws {
    let store = try await bench.open()
    let inputs = [bench.artifact(), bench.artifact()]
    _ = try await store.publish(artifacts: inputs)
    let session = try await store.session()
    try await session.commit(fullCommit(inputs))
    var next = bench.commit(2, ingested: 2)
    next.endedDeadLetters = [(run: bench.run(2), replayNumber: 0)]
    next.outcomes = [bench.outcome(bench.run(2), of: inputs, replay: 1)]
    try await session.commit(next)
    #expect(try await store.deadLetters(limit: 10).isEmpty)
    #expect(try await store.outcomes(of: bench.run(2)).map(\.replayNumber) == [0, 1])
    #expect(try await store.outcomes(of: bench.run(2)).map(\.kind) == [.deadLetter, .success])
    await store.close()
  }

  @Test func `the first outcome of a run and number stays`() async throws {
    let store = try await bench.open()
    let inputs = [bench.artifact(), bench.artifact()]
    _ = try await store.publish(artifacts: inputs)
    let session = try await store.session()
    try await session.commit(fullCommit(inputs))
    var next = bench.commit(2, ingested: 2)
    next.outcomes = [bench.outcome(bench.run(1), of: inputs, kind: .cancelled)]
    try await session.commit(next)
    #expect(try await store.outcomes(of: bench.run(1)).map(\.kind) == [.success])
    #expect(try await store.consumptions(of: inputs[1].id).map(\.run) == [bench.run(2)])
    await store.close()
  }
}
#endif
