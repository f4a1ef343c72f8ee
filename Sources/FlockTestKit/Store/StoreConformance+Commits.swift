import Flock
import FlockCore
import FlockKernel

extension StoreConformance {
  static let commitCases: [Case] = [
    Case("restoring gives exactly the committed state") { kit in
      let store = try await kit.store()
      var commits = CommitMaker(shard: 0, seed: 7)
      var expected: [[UInt8]: [UInt8]] = [:]
      var random = SplitMix64(state: 11)
      let session = try await store.openSession(shard: 0)
      for round in 0..<40 {
        var commit = commits.next()
        for _ in 0..<(round % 7) {
          let key = CommitMaker.key(UInt8(random.next() % 20))
          guard !commit.changes.contains(where: { $0.key == key }) else { continue }
          let value: [UInt8]? =
            switch random.next() % 4 {
            case 0: nil
            case 1: []
            case 2: [UInt8](repeating: UInt8(round), count: 70_000)
            default: [0, UInt8(round), 255]
            }
          commit.changes.append(StateChange(key: key, value: value))
          expected[key] = value
        }
        try await session.commit(commit)
      }
      await session.release()
      let again = try await kit.reopened(store)
      let next = try await again.openSession(shard: 0)
      let restored = try await next.restore()
      let keys = restored.state.entries.map(\.key)
      try requireEqual(keys, expected.keys.sorted { $0.lexicographicallyPrecedes($1) }, "the keys of the state, in order")
      for entry in restored.state.entries { try requireEqual(entry.value, expected[entry.key], "the value of key \(entry.key)") }
      try require(restored.records.isEmpty, "\(restored.records.count) records came with a state that refers to none")
      await next.release()
      await again.close()
    },
    Case("restoring gives the records that the state refers to, and no others") { kit in
      let store = try await kit.store()
      var maker = ArtifactMaker()
      let shard = kit.shardCount - 1
      let gate = AgentDefinition(gateOf: [Item.artifactType, Part.artifactType], name: "gate")
      let registry = try Registry([gate], shardCount: kit.shardCount)
      let lonely = try (0..<5).map { try maker.item($0, to: shard, kit.router) }
      let half = try maker.item(9, to: shard, kit.router)
      let other = try maker.artifact(Part(number: 9), correlation: half.correlation)
      let ignored = try maker.artifact(Whole(numbers: []), correlation: half.correlation)
      _ = try await store.publish(lonely + [half, other, ignored])

      let session = try await store.openSession(shard: shard)
      var kernel = ShardKernel(shard: shard, shardCount: kit.shardCount, registry: registry)
      let empty = try await session.restore()
      try kernel.restore(empty.state, records: empty.records)
      // Reads the gate's first half, and commits between the two halves of one group.
      for maximum in [6, 2] {
        kernel.advance(to: maker.now)
        let batch = try requireValue(try await session.records(from: kernel.ingestedOffset, maximum: maximum), "records")
        kernel.ingest(batch)
        try await session.commit(kernel.makeCommit())
      }
      await session.release()
      let again = try await kit.reopened(store)
      let next = try await again.openSession(shard: shard)
      let restored = try await next.restore()
      // The five that wait, and the two inputs of the run that nobody has finished.
      try requireEqual(restored.records.keys.sorted(), Array(0..<7), "the offsets of the records")
      let expected = lonely + [half, other]
      for (offset, record) in restored.records {
        try requireEqual(record.artifact?.id, expected[Int(offset)].id, "the record at offset \(offset)")
      }
      try requireEqual(restored.state.ingestedOffset(), 8, "the ingested offset")
      var successor = ShardKernel(shard: shard, shardCount: kit.shardCount, registry: registry)
      try successor.restore(restored.state, records: restored.records)
      try requireEqual(successor.openRuns, 1, "open runs after restoring")
      try requireEqual(successor.waiting().count { $0.kind == .gate }, 5, "waiting groups after restoring")
      await next.release()
      await again.close()
    },
    Case("a commit that skips or repeats a sequence is refused and leaves nothing") { kit in
      let store = try await kit.store()
      var maker = ArtifactMaker()
      let session = try await store.openSession(shard: 0)
      var commits = CommitMaker(shard: 0, seed: 8)
      var base = commits.next()
      base.changes = [StateChange(key: CommitMaker.key(1), value: [1])]
      let kept = commits.outcome(kind: .deadLetter)
      base.outcomes = [kept]
      base.deadLetters = [commits.letter(kept, inputs: [])]
      try await session.commit(base)
      let input = try maker.artifact(Item(number: 1))
      for sequence in [Int64(0), 1, 3, 100] {
        var commit = ShardCommit(shard: 0, sequence: sequence, ingestedOffset: 5, instant: maker.now)
        let outcome = commits.outcome(kind: .deadLetter, inputs: [input.id])
        commit.changes = [StateChange(key: CommitMaker.key(1), value: nil), StateChange(key: CommitMaker.key(2), value: [2])]
        commit.outcomes = [outcome]
        commit.deadLetters = [commits.letter(outcome, inputs: [input])]
        commit.endedDeadLetters = [(kept.run, kept.replayNumber)]
        commit.outputs = [try maker.artifact(Item(number: 2), run: outcome.run, parents: .one(input.id))]
        commit.reasons = [
          NonFiring(artifact: input.id, subscription: outcome.subscription, reason: .predicate, at: maker.now)
        ]
        if kit.shardCount > 1 { commit.relays = [relay(from: 0, to: 1, sequence: sequence, [input], maker.id())] }
        let refused = commit
        do {
          try await session.commit(refused)
        } catch {
          let outputs = try await store.outputs(of: outcome.run)
          let outcomes = try await store.outcomes(of: outcome.run)
          let reasons = try await store.reasons(for: input.id)
          let consumptions = try await store.consumptions(of: input.id)
          try require(
            outputs.isEmpty && outcomes.isEmpty && reasons.isEmpty && consumptions.isEmpty,
            "a refused commit of sequence \(sequence) left something in the history")
          continue
        }
        throw ConformanceFailure("a commit of sequence \(sequence) after 1 went through")
      }
      let letters = try await store.deadLetters(limit: 10)
      try requireEqual(letters.map(\.run), [kept.run], "dead letters after refused commits")
      let logs = try await store.logs()
      try require(logs.allSatisfy(\.isEmpty), "a refused commit left records in a log")
      let successor = try await store.openSession(shard: 0)
      let entries = try await successor.restore().state.entries
      try requireEqual(entries.map(\.key), [CommitMaker.key(1)], "the state's keys after refused commits")
      try await successor.commit(commits.next())
      await successor.release()
      await store.close()
    },
    Case("outputs and relays land on their shards, in order and once") { kit in
      let store = try await kit.store()
      var maker = ArtifactMaker()
      let session = try await store.openSession(shard: 0)
      var commits = CommitMaker(shard: 0, seed: 9)
      var expected = Array(repeating: [ArtifactID](), count: kit.shardCount)
      var relayed = Array(repeating: [Int64](), count: kit.shardCount)
      for _ in 0..<5 {
        var commit = commits.next()
        for target in 0..<kit.shardCount {
          for _ in 0..<3 { commit.outputs.append(try maker.item(1, to: target, kit.router)) }
          if target > 0 {
            for _ in 0..<2 {
              commit.relays.append(
                relay(
                  from: 0, to: target, sequence: commit.sequence, index: Int32(commit.relays.count),
                  [try maker.artifact(Item(number: 6), tags: ["r"]), try maker.artifact(Part(number: 7))], maker.id()))
            }
          }
        }
        try await session.commit(commit)
        for output in commit.outputs { expected[kit.router.shard(of: output)].append(output.id) }
        for relay in commit.relays { relayed[relay.targetShard].append(relay.sequence << 16 | Int64(relay.index)) }
        // An output whose id is there already is dropped: the first one wins.
        var repeated = commits.next()
        repeated.outputs = Array(commit.outputs.prefix(2))
        try await session.commit(repeated)
      }
      await session.release()
      let again = try await kit.reopened(store)
      for shard in 0..<kit.shardCount {
        var outputs: [ArtifactID] = []
        var relays: [Int64] = []
        for logged in try await again.log(shard) {
          switch logged.record {
          case .artifact(let artifact): outputs.append(artifact.id)
          case .relay(let relay):
            relays.append(relay.sequence << 16 | Int64(relay.index))
            try requireEqual(relay.sourceShard, 0, "a relay's source")
            try requireEqual(relay.targetShard, shard, "a relay's target")
            try requireEqual(relay.stage, .matched, "a relay's stage")
            try requireEqual(relay.artifacts.map(\.type.name), ["conformance.item", "conformance.part"], "a relay's artifacts")
            try requireEqual(relay.artifacts.first?.tags, ["r"], "the tags of a relay's artifact")
          case .invocation, .control: throw ConformanceFailure("a log holds a record that nobody wrote")
          }
        }
        try requireEqual(outputs, expected[shard], "outputs on shard \(shard)")
        try requireEqual(relays, relayed[shard], "relays on shard \(shard)")
      }
      // What a relay carries is on the board only where it was published.
      let all = try await again.summary(ArtifactFilter())
      try requireEqual(all.total, expected.reduce(0) { $0 + $1.count }, "artifacts on the board")
      await again.close()
    },
    Case("publishers and an owner that commits write at once without a gap") { kit in
      let store = try await kit.store()
      let session = try await store.openSession(shard: 0)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for publisher in 0..<4 {
          group.addTask {
            var maker = ArtifactMaker(seed: UInt64(200 + publisher))
            for _ in 0..<25 { _ = try await store.publish([maker.item(1, to: 0, kit.router)]) }
          }
        }
        group.addTask {
          var commits = CommitMaker(shard: 0, seed: 10)
          for _ in 0..<25 {
            var commit = commits.next()
            commit.outputs = [try commits.maker.item(2, to: 0, kit.router), try commits.maker.item(2, to: 0, kit.router)]
            try await session.commit(commit)
          }
        }
        try await group.waitForAll()
      }
      let log = try await store.log(0)
      try requireEqual(log.count, 150, "records")
      try requireEqual(Set(log.compactMap { $0.record.artifact?.id }).count, 150, "different records")
      await session.release()
      await store.close()
    },
  ]
}

extension AgentDefinition {
  /// Consumes one artifact of each type, of one correlation.
  init(gateOf types: [ArtifactType], name: String) {
    self.init(name: name)
    subscriptions = [Subscription(inputs: types.map { Subscription.Input(type: $0) })]
  }
}
