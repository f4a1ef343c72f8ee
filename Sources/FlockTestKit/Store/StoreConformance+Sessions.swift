import Flock
import FlockCore
import FlockKernel
import Synchronization

extension StoreConformance {
  static let sessionCases: [Case] = [
    Case("a new session fences the one before it, which can then neither read nor commit") { kit in
      let store = try await kit.store()
      var maker = ArtifactMaker()
      let shard = kit.shardCount - 1
      _ = try await store.publish([maker.item(1, to: shard, kit.router)])
      let old = try await store.openSession(shard: shard)
      var commits = CommitMaker(shard: shard, seed: 2)
      try await old.commit(commits.next())
      let new = try await store.openSession(shard: shard)
      var late = commits.next()
      late.changes = [StateChange(key: CommitMaker.key(1), value: [1])]
      late.outputs = [try maker.item(7, to: shard, kit.router)]
      let fenced = late
      let error = try await requireRefusal(.fenced, "a commit of the old session") { try await old.commit(fenced) }
      try require(!error.isRetriable, "the error of a fenced commit says that it may be retried")
      try await requireRefusal(.fenced, "restoring in the old session") { try await old.restore() }
      try await requireRefusal(.fenced, "reading in the old session") { try await old.records(from: 0, maximum: 1) }
      let restored = try await new.restore()
      try requireEqual(restored.state.entries.count, 0, "state entries after a fenced commit")
      try requireEqual(restored.state.logEnd, 1, "the log's end after a fenced commit")
      try await new.commit(fenced)
      await old.release()
      try await new.commit(commits.next())
      await new.release()
      await store.close()
    },
    Case("a session that gave its shard up is over, and the shard can be owned again") { kit in
      let store = try await kit.store()
      for _ in 0..<3 {
        let session = try await store.openSession(shard: 0)
        _ = try await session.restore()
        await session.release()
        let commit = ShardCommit(shard: 0, sequence: 1, ingestedOffset: 0, instant: Timestamp(nanoseconds: 1))
        try await requireRefusal(.fenced, "a commit after the release") { try await session.commit(commit) }
        await session.release()
      }
      await store.close()
    },
    Case("sessions of different shards do not disturb each other") { kit in
      let store = try await kit.store()
      var sessions: [any ShardSession] = []
      for shard in 0..<kit.shardCount { sessions.append(try await store.openSession(shard: shard)) }
      for round in 1...3 {
        for (shard, session) in sessions.enumerated() {
          var commit = ShardCommit(shard: shard, sequence: Int64(round), ingestedOffset: 0, instant: Timestamp(nanoseconds: 1))
          commit.changes = [StateChange(key: CommitMaker.key(UInt8(round)), value: [UInt8(shard)])]
          try await session.commit(commit)
        }
      }
      for (shard, session) in sessions.enumerated() {
        let entries = try await session.restore().state.entries
        try requireEqual(entries.map(\.value), Array(repeating: [UInt8(shard)], count: 3), "the state of shard \(shard)")
        await session.release()
      }
      await store.close()
    },
    Case("the sequence of commits goes on over sessions") { kit in
      let store = try await kit.store()
      var commits = CommitMaker(shard: 0, seed: 3)
      let first = try await store.openSession(shard: 0)
      for _ in 1...3 { try await first.commit(commits.next()) }
      await first.release()
      let again = try await kit.reopened(store)
      let second = try await again.openSession(shard: 0)
      _ = try await second.restore()
      try await second.commit(commits.next())
      await second.release()
      await again.close()
    },
    Case("a session is woken by publications and by what other shards send it") { kit in
      let store = try await kit.store()
      var maker = ArtifactMaker()
      let target = kit.shardCount - 1
      let counter = WakeCounter()
      let session = try await store.openSession(shard: target) { counter.add() }
      let opened = counter.count
      _ = try await store.publish([maker.item(1, to: target, kit.router)])
      try await eventually("a wake after a publication") { counter.count > opened }
      let source = kit.shardCount == 1 ? session : try await store.openSession(shard: 0)
      var commits = CommitMaker(shard: 0, seed: 5)
      let before = counter.count
      var commit = commits.next()
      commit.outputs = [try maker.item(2, to: target, kit.router)]
      try await source.commit(commit)
      try await eventually("a wake after a commit with an output") { counter.count > before }
      if kit.shardCount > 1 {
        let before = counter.count
        var commit = commits.next()
        commit.relays = [relay(from: 0, to: target, sequence: commit.sequence, [try maker.artifact(Item(number: 3))], maker.id())]
        try await source.commit(commit)
        try await eventually("a wake after a commit with a relay") { counter.count > before }
      }
      let next = WakeCounter()
      let successor = try await store.openSession(shard: target) { next.add() }
      _ = try await store.publish([maker.item(4, to: target, kit.router)])
      try await eventually("a wake of the next session") { next.count > 0 }
      await successor.release()
      await store.close()
    },
    Case("what is published while nobody owns the shard is there for the next owner") { kit in
      let store = try await kit.store()
      var maker = ArtifactMaker()
      let artifacts = try (0..<30).map { try maker.item($0, to: $0 % kit.shardCount, kit.router) }
      _ = try await store.publish(artifacts)
      let again = try await kit.reopened(store)
      for shard in 0..<kit.shardCount {
        let session = try await again.openSession(shard: shard)
        let expected = artifacts.filter { kit.router.shard(of: $0) == shard }
        let restored = try await session.restore()
        try requireEqual(restored.state.logEnd, Int64(expected.count), "the log's end of shard \(shard)")
        let batch = try await session.records(from: 0, maximum: 100)
        try requireEqual(batch?.records.compactMap { $0.record.artifact?.id } ?? [], expected.map(\.id), "records of shard \(shard)")
        await session.release()
      }
      await again.close()
    },
  ]

  static func relay(
    from source: Int, to target: Int, sequence: Int64, index: Int32 = 0, _ artifacts: [Artifact], _ key: UniqueID
  ) -> Relay {
    Relay(
      sourceShard: source, targetShard: target, sequence: sequence, index: index, stage: .matched,
      subscription: SubscriptionID(agent: "collector", name: "parts"), key: key,
      correlation: artifacts.first?.correlation ?? CorrelationID(key), artifacts: artifacts)
  }
}

private final class WakeCounter: Sendable {
  private let calls = Atomic<Int>(0)

  var count: Int { calls.load(ordering: .relaxed) }
  func add() { calls.wrappingAdd(1, ordering: .relaxed) }
}
