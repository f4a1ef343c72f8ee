import Flock
import FlockCore
import FlockKernel

/// Whole programs on the store: each is run to its end and compared with what it must leave on the board.
extension StoreConformance {
  static let programCases: [Case] = [
    Case("map: each artifact is worked on exactly once") { kit in
      let store = try await kit.store()
      let flock = try Flock(agents: [doubler], store: store)
      try await flock.publish(contentsOf: (0..<500).map { Item(number: $0) })
      let report = try await flock.runUntilIdle()
      try requireEqual(report.counters.successes, 500, "successes")
      try await flock.shutdown()
      let again = try await kit.reopened(store)
      try requireEqual(try await numbers(of: Part.self, on: again), (0..<500).map { $0 * 2 }, "the outputs")
      for artifact in try await all("conformance.item", on: again) {
        let consumptions = try await again.consumptions(of: artifact.id)
        try requireEqual(consumptions.count, 1, "runs that consumed \(artifact)")
        let children = try await again.children(of: artifact.id)
        try requireEqual(children.map(\.correlation), [artifact.correlation], "the correlation of the output of \(artifact)")
      }
      await again.close()
    },
    Case("chain: what one agent publishes the next consumes, until the condition ends it") { kit in
      let store = try await kit.store()
      let flock = try Flock(agents: [doubler, counter], store: store)
      try await flock.publish(contentsOf: (1...20).map { Item(number: $0) })
      try await flock.runUntilIdle()
      // Each number doubles until it is at least 100.
      let expected = (1...20).map { number -> Int in
        var value = number * 2
        while value < 100 { value *= 2 }
        return value
      }
      let ends = try await all("conformance.whole", on: store).map { try $0.value(as: Whole.self).numbers[0] }
      try requireEqual(ends.sorted(), expected.sorted(), "the ends of the chains")
      try await flock.shutdown()
      await store.close()
    },
    Case("gate: one of each type of the same correlation") { kit in
      let store = try await kit.store()
      let agent = Agent("gate").consumes(Item.self, Item.self, Part.self).publishes(Whole.self).runs { context in
        let items = try context.inputs(Item.self).map(\.number)
        try context.publish(Whole(numbers: items + [try context.input(Part.self).number]))
      }
      let flock = try Flock(agents: [agent], store: store)
      for number in 0..<60 {
        let options = PublishOptions(correlation: CorrelationID("gate \(number)"), partitionKey: "key \(number % 5)")
        try await flock.publish(Item(number: number), options)
        try await flock.publish(Part(number: -number), PublishOptions(correlation: options.correlation))
        if number % 2 == 0 { try await flock.publish(Item(number: number), PublishOptions(correlation: options.correlation)) }
      }
      let report = try await flock.runUntilIdle()
      let found = try await all("conformance.whole", on: store).map { try $0.value(as: Whole.self).numbers }
      try requireEqual(
        found.sorted { $0[0] < $1[0] }, stride(from: 0, to: 60, by: 2).map { [$0, $0, -$0] }, "the rounds of the gate")
      try requireEqual(report.waiting.count { $0.kind == .gate }, 30, "groups that still wait")
      try await flock.shutdown()
      await store.close()
    },
    Case("join: equal keys, over all correlations") { kit in
      let store = try await kit.store()
      let agent = Agent("join").joins(Item.self, by: { $0.number }, Part.self, by: { $0.number }).publishes(Whole.self).runs { context in
        try context.publish(Whole(numbers: [try context.input(Item.self).number, try context.input(Part.self).number]))
      }
      let flock = try Flock(agents: [agent], store: store)
      try await flock.publish(contentsOf: (0..<80).map { Item(number: $0) })
      try await flock.publish(contentsOf: (40..<120).reversed().map { Part(number: $0) })
      try await flock.runUntilIdle()
      let found = try await all("conformance.whole", on: store).map { try $0.value(as: Whole.self).numbers }
      try requireEqual(found.sorted { $0[0] < $1[0] }, (40..<80).map { [$0, $0] }, "the pairs")
      try await flock.shutdown()
      await store.close()
    },
    Case("batch: every artifact is in exactly one batch, and none is larger than asked for") { kit in
      let store = try await kit.store()
      let agent = Agent("batch").consumes(Item.self).batched(size: 7).publishes(Whole.self).runs { context in
        try context.publish(Whole(numbers: try context.inputs(Item.self).map(\.number)))
      }
      let flock = try Flock(agents: [agent], store: store)
      try await flock.publish(contentsOf: (0..<100).map { Item(number: $0) })
      try await flock.runUntilIdle()
      let found = try await all("conformance.whole", on: store).map { try $0.value(as: Whole.self).numbers }
      try requireEqual(found.flatMap { $0 }.sorted(), Array(0..<100), "the numbers in all batches")
      try requireEqual(found.map(\.count).sorted(), [2] + Array(repeating: 7, count: 14), "the sizes of the batches")
      try await flock.shutdown()
      await store.close()
    },
    Case("retry: an attempt that fails is made again, and one outcome comes of it") { kit in
      let store = try await kit.store()
      let agent = Agent("flaky").consumes(Item.self).publishes(Part.self)
        .retry(RetryPolicy(maximumAttempts: 3, initialBackoff: .milliseconds(1)))
        .breaker(BreakerPolicy(failureThreshold: 0))
        .runs { (item: Item, context) in
          if context.attempt < 3 { throw ScriptedFailure("attempt \(context.attempt)") }
          return Part(number: item.number)
        }
      let flock = try Flock(agents: [agent], store: store)
      try await flock.publish(contentsOf: (0..<40).map { Item(number: $0) })
      let report = try await flock.runUntilIdle()
      try requireEqual(report.counters.retries, 80, "retries")
      try requireEqual(try await numbers(of: Part.self, on: store), Array(0..<40), "the outputs")
      let outcomes = try await store.outcomes(limit: 1000)
      try requireEqual(outcomes.map(\.attempts), Array(repeating: 3, count: 40), "attempts of the outcomes")
      try await flock.shutdown()
      await store.close()
    },
    Case("dead letter and replay: the letter holds its cause, and a replay ends it once") { kit in
      try await deadLetterAndReplay(kit, try await kit.store())
    },
    Case("restart in the middle: what was finished stays, what was not is done, nothing twice") { kit in
      let store = try await kit.store()
      let latch = Latch()
      func agent(hangsFrom limit: Int) -> Agent {
        Agent("worker").consumes(Item.self).publishes(Part.self).runs { (item: Item, _) in
          if item.number >= limit { try await latch.wait() }
          return Part(number: item.number)
        }
      }
      var flock = try Flock(agents: [agent(hangsFrom: 60)], store: store)
      try await flock.publish(contentsOf: (0..<150).map { Item(number: $0) })
      try await flock.start()
      try await eventually("60 outputs") { try await all("conformance.part", on: store).count == 60 }
      try await flock.shutdown(grace: .zero)
      let again = try await kit.reopened(store)
      try requireEqual(try await all("conformance.part", on: again).count, 60, "outputs after the first half")
      flock = try Flock(agents: [agent(hangsFrom: .max)], store: again)
      try await flock.runUntilIdle()
      try requireEqual(try await numbers(of: Part.self, on: again), Array(0..<150), "the outputs of both halves")
      let outcomes = try await again.outcomes(limit: 1000)
      try requireEqual(outcomes.count, 150, "outcomes")
      try require(outcomes.allSatisfy { $0.kind == .success && $0.attempts == 1 }, "a returned run counts as failed")
      try await flock.shutdown()
      await again.close()
    },
  ]

  /// Publishes twice each number.
  fileprivate static var doubler: Agent {
    Agent("doubler").consumes(Item.self).publishes(Part.self).runs { (item: Item, _) in Part(number: item.number * 2) }
  }

  /// Sends small numbers back, and ends the others.
  fileprivate static var counter: Agent {
    Agent("counter").consumes(Part.self).publishes(Item.self).publishes(Whole.self).runs { context in
      let number = try context.input(Part.self).number
      if number < 100 { try context.publish(Item(number: number)) } else { try context.publish(Whole(numbers: [number])) }
    }
  }

  fileprivate static func all(_ type: String, on store: any BlackboardStore) async throws -> [Artifact] {
    var query = ArtifactQuery()
    query.filter.types = [type]
    query.limit = ArtifactQuery.maximumLimit
    return try await store.artifacts(query).artifacts
  }

  fileprivate static func numbers(of type: Part.Type, on store: any BlackboardStore) async throws -> [Int] {
    try await all(type.artifactType.name, on: store).map { try $0.value(as: type).number }.sorted()
  }

  fileprivate static func deadLetterAndReplay(
    _ kit: StoreConformance, _ first: any BlackboardStore
  ) async throws {
    let mended = Latch()
    let agent = Agent("strict").consumes(Item.self).publishes(Part.self).retry(.never).breaker(BreakerPolicy(failureThreshold: 0))
      .runs { (item: Item, _) in
        if item.number % 2 == 1, !mended.isOpen { throw PermanentFailure("odd numbers are not supported") }
        return Part(number: item.number)
      }
    var flock = try Flock(agents: [agent], store: first)
    try await flock.publish(contentsOf: (0..<10).map { Item(number: $0) })
    let report = try await flock.runUntilIdle()
    try requireEqual(report.deadLetters, 5, "dead letters of the report")
    try await flock.shutdown()
    let store = try await kit.reopened(first)
    let letters = try await store.deadLetters(limit: 100)
    try requireEqual(try letters.map { try $0.inputs[0].value(as: Item.self).number }.sorted(), [1, 3, 5, 7, 9], "their inputs")
    try require(
      letters.allSatisfy { $0.failure.cause == .permanent && $0.failure.message == "odd numbers are not supported" },
      "a dead letter does not name its cause")
    mended.open()
    flock = try Flock(agents: [agent], store: store)
    for letter in letters {
      try await flock.replay(letter)
      try await flock.replay(letter)
    }
    let after = try await flock.runUntilIdle()
    try requireEqual(after.counters.refusedControls, 5, "second requests that were refused")
    try requireEqual(try await numbers(of: Part.self, on: store), Array(0..<10), "the outputs after the replay")
    let left = try await store.deadLetters(limit: 100)
    try require(left.isEmpty, "\(left.count) dead letters are left after the replay")
    for letter in letters {
      let kinds = try await store.outcomes(of: letter.run).map(\.kind)
      try requireEqual(kinds, [.deadLetter, .success], "the outcomes of a replayed run")
    }
    try await flock.shutdown()
    await store.close()
  }
}
