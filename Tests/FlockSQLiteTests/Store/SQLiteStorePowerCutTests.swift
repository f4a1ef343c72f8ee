#if SQLite
import CPowerCut
import Flock
import FlockCore
import FlockKernel
import FlockSQLite
import Testing

/// A board whose disk loses power in the middle of publications and commits.
extension PowerCutTests {
  /// What was acknowledged before the power went.
  private struct Acknowledged {
    var artifacts: [ArtifactID] = []
    var sequence: Int64 = 0
    /// The codes of the calls that failed.
    var failures: [ErrorCode] = []
  }

  private func open(_ bench: StoreBench, _ change: (inout SQLiteStoreConfiguration) -> Void) async throws -> SQLiteStore {
    var configuration = SQLiteStoreConfiguration()
    configuration.checkpointPages = 20
    change(&configuration)
    return try await SQLiteStore.open(path: bench.file.path, configuration: configuration, clock: bench.clock)
  }

  /// Publishes three artifacts and commits their runs, each with an output, over and over.
  private func work(_ bench: StoreBench, rounds: Int64, isUnsynced: Bool) async -> Acknowledged {
    var done = Acknowledged()
    do {
      let store = try await open(bench) {
        $0.vfs = "powercut"
        $0.isUnsynced = isUnsynced
      }
      do {
        let session = try await store.session()
        for round in 1...rounds {
          let inputs = (0..<3).map { bench.artifact(text: "\(round)-\($0)", tags: ["t"]) }
          _ = try await store.publish(artifacts: inputs)
          done.artifacts += inputs.map(\.id)
          try await session.commit(commit(bench, round, inputs))
          done.sequence = round
        }
      } catch let error as FlockError {
        done.failures.append(error.code)
      }
      await store.close()
    } catch {
      // The power went while the file was made or closed.
    }
    return done
  }

  private func commit(_ bench: StoreBench, _ round: Int64, _ inputs: [Artifact]) -> ShardCommit {
    var commit = bench.commit(round, ingested: 3 * round)
    for (number, input) in inputs.enumerated() {
      let run = bench.run(UInt64(round) * 10 + UInt64(number))
      commit.outcomes.append(bench.outcome(run, of: [input], outputs: 1))
      commit.outputs.append(bench.output(run, of: [input]))
    }
    return commit
  }

  /// Opens what survived, and compares it with what was acknowledged.
  private func check(_ bench: StoreBench, _ done: Acknowledged) async throws -> [String] {
    var problems: [String] = []
    let store = try await open(bench) { $0.isUnsynced = true }
    problems += try await store.integrityProblems()
    for id in done.artifacts where try await store.artifact(id) == nil { problems.append("artifact \(id) is lost") }
    let sequence = try bench.rows("SELECT sequence FROM shards")
    if sequence < done.sequence || sequence > done.sequence + 1 { problems.append("commit \(sequence) after \(done.sequence)") }
    let outcomes = try bench.rows("SELECT count(*) FROM outcomes")
    let outputs = try bench.rows("SELECT count(*) FROM artifacts WHERE run IS NOT NULL")
    let events = try bench.rows("SELECT count(*) FROM events")
    if outcomes != 3 * sequence || outputs != 3 * sequence || events != sequence {
      problems.append("\(sequence) commits left \(outcomes) outcomes, \(outputs) outputs, \(events) events")
    }
    await store.close()
    return problems
  }

  @Test func `60 cuts of a board lose nothing acknowledged and split no commit`() async throws {
    try #require(powercut_register() == 0)
    powercut_arm(0, 0)
    let whole = await work(try StoreBench(), rounds: 12, isUnsynced: false)
    try #require(whole.sequence == 12)
    let length = powercut_read_counters().operations
    var sequences: Set<Int64> = []
    var codes: Set<String> = []
    for seed in UInt64(1)...60 {
      let bench = try StoreBench()
      powercut_arm(seed, CutCampaign.place(seed, length))
      let done = await work(bench, rounds: 12, isUnsynced: false)
      powercut_cut(seed)
      try #require(powercut_fault() == 0)
      #expect(try await check(bench, done).isEmpty, "seed \(seed)")
      sequences.insert(done.sequence)
      codes.formUnion(done.failures.map(\.description))
    }
    // The cuts fell everywhere, and were called what they are.
    #expect(sequences.count > 6)
    #expect(codes == ["storeUnavailable", "commitUnknown"])
  }

  @Test func `the same cuts lose something when nothing is synced`() async throws {
    try #require(powercut_register() == 0)
    var lost = 0
    for seed in UInt64(1)...20 {
      let bench = try StoreBench()
      powercut_arm(seed, 0)
      let done = await work(bench, rounds: 12, isUnsynced: true)
      powercut_cut(seed)
      let problems = (try? await check(bench, done)) ?? ["it cannot be opened"]
      lost += problems.isEmpty ? 0 : 1
    }
    #expect(lost > 0)
  }
}
#endif
