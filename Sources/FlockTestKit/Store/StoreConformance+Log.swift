import Flock
import FlockCore
import FlockKernel

extension StoreConformance {
  static let logCases: [Case] = [
    Case("a record keeps every field, at the shard that the router names") { kit in
      let store = try await kit.store()
      var maker = ArtifactMaker()
      let root = try maker.artifact(
        Item(number: 1), correlation: CorrelationID("order 17"), partitionKey: "key \u{1F511} \"quoted\"", tags: ["b", "a", "\u{E9}"],
        visibility: .after(.seconds(5), then: .agents(["x"], otherwise: .labels(["l", "m"], otherwise: .tenant("t", otherwise: nil)))))
      let child = try maker.artifact(
        Whole(numbers: [1, 2, 3]), producer: Symbol("maker"), run: RunID(maker.id()),
        parents: .many([root.id, ArtifactID(maker.id())]), depth: 4)
      let single = try maker.artifact(Part(number: 2), producer: Symbol("maker"), parents: .one(root.id), depth: 1)
      let all = [root, child, single]
      let receipt = try await store.publish(all)
      try requireEqual(receipt.positions.map(\.shard), all.map(kit.router.shard(of:)), "the shards of the receipt")
      let again = try await kit.reopened(store)
      for (artifact, position) in zip(all, receipt.positions) {
        let batch = try await again.read(shard: position.shard, from: position.offset, maximum: 1)
        let record = try requireValue(batch.records.first?.record.artifact, "the record at \(position)")
        try requireEqual(ArtifactImage(record), ArtifactImage(artifact), "the record at \(position)")
        let found = try requireValue(try await again.artifact(artifact.id), "artifact(\(artifact.id))")
        try requireEqual(ArtifactImage(found), ArtifactImage(artifact), "artifact(\(artifact.id))")
      }
      await again.close()
    },
    Case("invocations and controls keep what they carry") { kit in
      let store = try await kit.store()
      var maker = ArtifactMaker()
      let invocation = Invocation(agent: Symbol("helper"), artifact: try maker.artifact(Item(number: 5)))
      let run = RunID(maker.id())
      let correlation = CorrelationID(maker.id())
      let target = kit.shardCount - 1
      let controls = [
        Control(.replay(run: run, number: 3, fresh: true), shard: target, requestedBy: "ann"),
        Control(.drop(run: run, number: 4), shard: target), Control(.cancelRun(run), shard: target),
        Control(.cancelCorrelation(correlation), requestedBy: "bob"),
      ]
      let receipt = try await store.publish([.invocation(invocation)] + controls.map(LogRecord.control))
      let again = try await kit.reopened(store)
      let shards = [kit.router.shard(of: invocation.artifact), target, target, target, kit.router.shard(of: correlation.value)]
      try requireEqual(receipt.positions.map(\.shard), shards, "the shards of the receipt")
      for (index, position) in receipt.positions.enumerated() {
        let batch = try await again.read(shard: position.shard, from: position.offset, maximum: 1)
        switch try requireValue(batch.records.first?.record, "the record at \(position)") {
        case .invocation(let found):
          try requireEqual(index, 0, "the place of the invocation")
          try requireEqual(found.agent.name, "helper", "the invocation's agent")
          try requireEqual(ArtifactImage(found.artifact), ArtifactImage(invocation.artifact), "the invocation's artifact")
        case .control(let found):
          try require(index > 0, "the invocation came back as a control")
          try requireEqual(found.command, controls[index - 1].command, "the command of control \(index)")
          try requireEqual(found.requestedBy, controls[index - 1].requestedBy, "who asked for control \(index)")
        case .artifact, .relay: throw ConformanceFailure("record \(index) came back as another kind")
        }
      }
      let artifact = try await again.artifact(invocation.artifact.id)
      try require(artifact != nil, "the input of an invocation is not on the board")
      await again.close()
    },
    Case("offsets of a shard have no gap and follow the order of publication") { kit in
      let store = try await kit.store()
      var maker = ArtifactMaker()
      var expected = Array(repeating: [ArtifactID](), count: kit.shardCount)
      for size in [1, 2, 50, 1, 199] {
        let artifacts = try maker.items(0..<size)
        let receipt = try await store.publish(artifacts)
        try requireEqual(receipt.duplicates, 0, "duplicates among new artifacts")
        for (artifact, position) in zip(artifacts, receipt.positions) {
          let shard = kit.router.shard(of: artifact)
          try requireEqual(position, Position(shard: shard, offset: Int64(expected[shard].count)), "the position of \(artifact)")
          expected[shard].append(artifact.id)
        }
      }
      let again = try await kit.reopened(store)
      for shard in 0..<kit.shardCount {
        let log = try await again.log(shard)
        try requireEqual(log.compactMap { $0.record.artifact?.id }, expected[shard], "the log of shard \(shard)")
        let instants = log.map(\.appendedAt)
        try require(zip(instants, instants.dropFirst()).allSatisfy { $0 <= $1 }, "append times of shard \(shard) go back")
      }
      await again.close()
    },
    Case("publishers at once neither lose nor repeat an offset, and each keeps its own order") { kit in
      let store = try await kit.store()
      let positions = try await withThrowingTaskGroup(of: [(ArtifactID, Position)].self) { group in
        for publisher in 0..<8 {
          group.addTask {
            var maker = ArtifactMaker(seed: UInt64(100 + publisher))
            var own: [(ArtifactID, Position)] = []
            for round in 0..<20 {
              let artifacts = try maker.items(0..<(round % 5 + 1))
              own += zip(artifacts.map(\.id), try await store.publish(artifacts).positions)
            }
            for shard in 0..<kit.shardCount {
              let offsets = own.filter { $0.1.shard == shard }.map(\.1.offset)
              try require(zip(offsets, offsets.dropFirst()).allSatisfy { $0 < $1 }, "publisher \(publisher)'s order on shard \(shard)")
            }
            return own
          }
        }
        return try await group.reduce(into: []) { $0 += $1 }
      }
      try requireEqual(Set(positions.map(\.1)).count, positions.count, "different positions")
      let logs = try await store.logs()
      try requireEqual(logs.reduce(0) { $0 + $1.count }, positions.count, "records in all logs")
      for (id, position) in positions {
        try requireEqual(logs[position.shard][Int(position.offset)].record.artifact?.id, id, "the record at \(position)")
      }
      await store.close()
    },
    Case("publishing an id again stores nothing and names the place of the first") { kit in
      let store = try await kit.store()
      var maker = ArtifactMaker()
      let artifacts = try maker.items(0..<20)
      let first = try await store.publish(artifacts)
      let again = try await kit.reopened(store)
      let second = try await again.publish(artifacts)
      try requireEqual(second.positions, first.positions, "positions of the repeated publication")
      try requireEqual(second.duplicates, 20, "duplicates of the repeated publication")
      let new = try maker.artifact(Item(number: 99))
      let mixed = try await again.publish([artifacts[3], new, new, artifacts[4]])
      try requireEqual(mixed.duplicates, 3, "duplicates within one publication")
      try requireEqual(mixed.positions[1], mixed.positions[2], "positions of an id that is twice in one publication")
      try requireEqual(mixed.positions[0], first.positions[3], "the position of an old id among new ones")
      let logs = try await again.logs()
      try requireEqual(logs.reduce(0) { $0 + $1.count }, 21, "records in all logs")
      await again.close()
    },
    Case("the same id published at once by many is stored once") { kit in
      let store = try await kit.store()
      var maker = ArtifactMaker()
      let artifact = try maker.artifact(Item(number: 1))
      let receipts = try await withThrowingTaskGroup(of: PublishReceipt.self) { group in
        for _ in 0..<16 { group.addTask { try await store.publish([artifact]) } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      try requireEqual(Set(receipts.flatMap(\.positions)).count, 1, "different positions of one id")
      try requireEqual(receipts.reduce(0) { $0 + $1.duplicates }, 15, "duplicates")
      await store.close()
    },
    Case("reading is possible at every place, also beyond the end, and with any bound") { kit in
      let store = try await kit.store()
      var maker = ArtifactMaker()
      let shard = kit.shardCount / 2
      var artifacts: [Artifact] = []
      for number in 0..<10 { artifacts.append(try maker.item(number, to: shard, kit.router)) }
      _ = try await store.publish(artifacts)
      for (from, maximum, expected) in [(0, 3, 0..<3), (8, 5, 8..<10), (9, 1, 9..<10), (4, Int.max, 4..<10), (10, 5, 10..<10)] {
        let batch = try await store.read(shard: shard, from: Int64(from), maximum: maximum)
        try requireEqual(batch.firstOffset, Int64(from), "the first offset of a read from \(from)")
        try requireEqual(
          batch.records.compactMap { $0.record.artifact?.id }, artifacts[expected].map(\.id), "at most \(maximum) records from \(from)")
      }
      let beyond = try await store.read(shard: shard, from: 1000, maximum: 5)
      try require(beyond.records.isEmpty, "a read far beyond the end gave \(beyond.records.count) records")
      let none = try await store.read(shard: shard, from: 0, maximum: 0)
      try require(none.records.isEmpty, "a read of at most 0 records gave \(none.records.count)")
      let session = try await store.openSession(shard: shard)
      let page = try requireValue(try await session.records(from: 4, maximum: 3), "the session's records")
      try requireEqual(page.firstOffset, 4, "the first offset of the session's records")
      try requireEqual(page.records.compactMap { $0.record.artifact?.id }, artifacts[4..<7].map(\.id), "the session's records")
      let end = try await session.records(from: 10, maximum: 3)
      try require(end == nil, "the session has records at the end of the log")
      await session.release()
      await store.close()
    },
    Case("a publication of nothing changes nothing") { kit in
      let store = try await kit.store()
      let receipt = try await store.publish([LogRecord]())
      try require(receipt.positions.isEmpty && receipt.duplicates == 0, "a publication of nothing has positions")
      let logs = try await store.logs()
      try require(logs.allSatisfy(\.isEmpty), "a publication of nothing left records")
      await store.close()
    },
  ]
}
