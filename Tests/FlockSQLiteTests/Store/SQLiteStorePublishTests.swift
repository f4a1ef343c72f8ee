#if SQLite
import Flock
import FlockCore
import FlockKernel
import FlockSQLite
import Testing

@Suite struct SQLiteStorePublishTests {
  private let bench: StoreBench

  init() throws { bench = try StoreBench() }

  @Test(arguments: [1, 8])
  func `every field of an artifact comes back, also after the file was closed`(shards: Int) async throws {
    var store = try await bench.open(shards: shards)
    let parent = bench.artifact()
    let inner = Visibility.labels(["x"], otherwise: .tenant("t", otherwise: nil))
    let deep = Visibility.after(.seconds(5), then: .agents(["a", "b"], otherwise: inner))
    let artifacts = [
      parent, bench.artifact("report.v2", text: "äöü", producer: "worker", correlation: CorrelationID("order-1")),
      bench.artifact(partitionKey: "key", tags: ["b", "a", "ünïcode"], visibility: deep),
      bench.artifact(
        visibility: .agents(), createdAt: Timestamp(nanoseconds: -5), run: bench.run(1), parents: .one(parent.id), depth: 4_000_000_000),
      bench.artifact(parents: .many([parent.id, bench.nextID(), bench.nextID()])), bench.artifact(correlation: CorrelationID("order-1")),
    ]
    let receipt = try await store.publish(artifacts: artifacts)
    #expect(receipt.duplicates == 0)
    let router = ShardRouter(shardCount: shards)
    #expect(receipt.positions.map(\.shard) == artifacts.map { router.shard(of: $0) })
    await store.close()
    store = try await bench.open()
    #expect(store.shardCount == shards)
    for (artifact, position) in zip(artifacts, receipt.positions) {
      let found = try #require(try await store.artifact(artifact.id))
      #expect(try found.fields == artifact.fields)
      let batch = try await store.read(shard: position.shard, from: position.offset, maximum: 1)
      #expect(batch.firstOffset == position.offset)
      #expect(batch.records.first?.record.artifact?.id == artifact.id)
      #expect(batch.records.first?.appendedAt == bench.clock.now())
    }
    await store.close()
  }

  @Test func `offsets have no gaps, across calls, duplicates and other connections`() async throws {
    let store = try await bench.open()
    let other = try await bench.open()
    let first = bench.artifact()
    let a = try await store.publish(artifacts: [first, bench.artifact()])
    let b = try await other.publish(artifacts: [bench.artifact(), first, bench.artifact()])
    let c = try await store.publish(artifacts: [bench.artifact()])
    #expect(a.positions.map(\.offset) == [0, 1])
    #expect(b.positions.map(\.offset) == [2, 0, 3])
    #expect(b.duplicates == 1)
    #expect(c.positions.map(\.offset) == [4])
    let batch = try await store.read(shard: 0, from: 0, maximum: 100)
    #expect(batch.records.count == 5)
    #expect(try await store.integrityProblems().isEmpty)
    await store.close()
    await other.close()
  }

  @Test func `an id that is published twice keeps its first content and place`() async throws {
    let store = try await bench.open()
    let id = bench.nextID()
    _ = try await store.publish(artifacts: [bench.artifact(), bench.artifact(text: "first", id: id)])
    let again = try await store.publish(artifacts: [
      bench.artifact("other", text: "second", id: id, tags: ["t"], run: bench.run(3)), bench.artifact(text: "third", id: id),
    ])
    #expect(again.positions == [Position(shard: 0, offset: 1), Position(shard: 0, offset: 1)])
    #expect(again.duplicates == 2)
    let kept = try #require(try await store.artifact(id))
    #expect(try kept.payload.encoded() == Array("{\"text\":\"first\"}".utf8))
    #expect(try bench.rows("SELECT count(*) FROM tags") == 0)
    #expect(try bench.rows("SELECT count(*) FROM links") == 0)
    await store.close()
  }

  @Test func `publishers at the same time share transactions and lose nothing`() async throws {
    let store = try await bench.open(shards: 4)
    let positions = try await withThrowingTaskGroup(of: [Position].self) { group in
      for number in 0..<40 {
        group.addTask {
          try await store.publish(artifacts: (0..<25).map { bench.artifact(text: "\(number)-\($0)") }).positions
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    #expect(Set(positions).count == 1000)
    for shard in 0..<4 {
      let offsets = positions.filter { $0.shard == shard }.map(\.offset).sorted()
      #expect(offsets == Array(0..<Int64(offsets.count)))
    }
    #expect(try await store.summary(ArtifactFilter()).total == 1000)
    await store.close()
  }

  @Test func `invocations are on the board, relays and control records are in the log alone`() async throws {
    let store = try await bench.open(shards: 2)
    let invoked = bench.artifact(partitionKey: "p")
    let relayed = bench.artifact()
    let relay = Relay(
      sourceShard: 0, targetShard: 1, sequence: 9, index: 3, stage: .completedSet, subscription: SubscriptionID(5),
      key: UniqueID(high: 1, low: 2), correlation: CorrelationID("c"), artifacts: [relayed])
    let control = Control(.replay(run: bench.run(8), number: 2, fresh: true), shard: 1, requestedBy: "somebody")
    let receipt = try await store.publish([
      .invocation(Invocation(agent: Symbol("callee"), artifact: invoked)), .relay(relay), .control(control),
    ])
    let place = receipt.positions[0]
    let first = try await store.read(shard: place.shard, from: place.offset, maximum: 1).records.first?.record
    guard case .invocation(let invocation)? = first else {
      Issue.record("it is \(String(describing: first))")
      return
    }
    #expect(invocation.agent.name == "callee")
    #expect(try invocation.artifact.fields == invoked.fields)
    #expect(try await store.artifact(invoked.id)?.id == invoked.id)
    #expect(try await store.artifact(relayed.id) == nil)
    let records = try await store.read(shard: 1, from: receipt.positions[1].offset, maximum: 2).records
    guard case .relay(let found)? = records.first?.record, case .control(let command)? = records.last?.record else {
      Issue.record("the log has \(records)")
      return
    }
    #expect(found.stage == .completedSet && found.sequence == 9 && found.index == 3 && found.sourceShard == 0)
    #expect(try found.artifacts.map { try $0.fields } == [relayed.fields])
    #expect(command.command == control.command && command.requestedBy == "somebody" && command.shard == 1)
    await store.close()
  }

  @Test func `what is too large, too many or for no shard is refused and stores nothing`() async throws {
    let bench = try StoreBench {
      $0.maximumOutcomeBytes = 100
      $0.maximumPublishRecords = 3
      $0.maximumStreams = 2
    }
    let store = try await bench.open(shards: 2)
    #expect(
      await code { _ = try await store.publish(artifacts: [bench.artifact(), bench.artifact(text: String(repeating: "x", count: 100))]) }
        == .limitExceeded)
    #expect(await code { _ = try await store.publish(artifacts: (0..<4).map { _ in bench.artifact() }) } == .limitExceeded)
    #expect(await code { _ = try await store.publish([.control(Control(.drop(run: .none, number: 0), shard: 2))]) } == .notFound)
    #expect(try await store.summary(ArtifactFilter()).total == 0)
    _ = try await store.publish(artifacts: [bench.artifact("a"), bench.artifact("b")])
    #expect(await code { _ = try await store.publish(artifacts: [bench.artifact("c")]) } == .limitExceeded)
    #expect(try await store.publish(artifacts: [bench.artifact("a")]).positions.count == 1)
    #expect(try await store.summary(ArtifactFilter()).byType == ["a": 2, "b": 1])
    await store.close()
  }

  @Test func `reading goes in pages of records and bytes, and ends with the log`() async throws {
    let bench = try StoreBench { $0.maximumPageBytes = 100 }
    let store = try await bench.open()
    _ = try await store.publish(artifacts: (0..<10).map { bench.artifact(text: String(repeating: "y", count: $0 < 5 ? 1 : 200)) })
    #expect(try await store.read(shard: 0, from: 2, maximum: 2).records.count == 2)
    #expect(try await store.read(shard: 0, from: 5, maximum: 5).records.count == 1)
    #expect(try await store.read(shard: 0, from: 10, maximum: 5).records.isEmpty)
    #expect(try await store.read(shard: 0, from: 99, maximum: 5).records.isEmpty)
    #expect(try await store.read(shard: 0, from: 0, maximum: 0).records.isEmpty)
    #expect(await code { _ = try await store.read(shard: 1, from: 0, maximum: 1) } == .notFound)
    await store.close()
  }

  @Test func `a lacking record is reported, not passed over`() async throws {
    let store = try await bench.open()
    _ = try await store.publish(artifacts: (0..<3).map { _ in bench.artifact() })
    try bench.execute("DELETE FROM artifacts WHERE position = 1")
    #expect(await code { _ = try await store.read(shard: 0, from: 0, maximum: 10) } == .corruptStore)
    #expect(try await store.integrityProblems() == ["the log of shard 0 has 2 records between offsets 0 and 3"])
    await store.close()
  }
}
#endif
