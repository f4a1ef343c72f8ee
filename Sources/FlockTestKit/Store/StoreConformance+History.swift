import Flock
import FlockCore
import FlockKernel

extension StoreConformance {
  static let historyCases: [Case] = [
    Case("outcomes keep every field and are found by run, by replay number and by age") { kit in
      let store = try await kit.store()
      var commits = CommitMaker(shard: 0, seed: 20)
      let session = try await store.openSession(shard: 0)
      var all: [Outcome] = []
      let replayed = RunID(commits.maker.id())
      for round in 0..<12 {
        var commit = commits.next()
        let kinds: [Outcome.Kind] = [.success, .deadLetter, .cancelled]
        let inputs = (0..<(round % 3)).map { _ in ArtifactID(commits.maker.id()) }
        commit.outcomes = [commits.outcome(kind: kinds[round % 3], inputs: inputs, outputs: round)]
        if round % 4 == 3 { commit.outcomes.append(commits.outcome(run: replayed, number: UInt32(round / 4), kind: .deadLetter)) }
        try await session.commit(commit)
        all += commit.outcomes
      }
      await session.release()
      let again = try await kit.reopened(store)
      for outcome in all where outcome.run != replayed {
        let found = try await again.outcomes(of: outcome.run)
        try requireEqual(found.map(OutcomeImage.init), [OutcomeImage(outcome)], "the outcome of run \(outcome.run)")
      }
      let numbers = try await again.outcomes(of: replayed).map(\.replayNumber)
      try requireEqual(numbers, [0, 1, 2], "the replay numbers of one run")
      let newest = try await again.outcomes(limit: 5)
      let instants = all.map(\.finishedAt).sorted(by: >)
      try requireEqual(newest.map(\.finishedAt), Array(instants.prefix(5)), "the instants of the newest outcomes")
      let every = try await again.outcomes(limit: 1000)
      try requireEqual(every.count, all.count, "all outcomes")
      let unknown = try await again.outcomes(of: RunID(commits.maker.id()))
      try require(unknown.isEmpty, "a run that never was has outcomes")
      await again.close()
    },
    Case("outcomes of all shards are found") { kit in
      let store = try await kit.store()
      var runs: [RunID] = []
      for shard in 0..<kit.shardCount {
        let session = try await store.openSession(shard: shard)
        var commits = CommitMaker(shard: shard, seed: UInt64(30 + shard))
        var commit = commits.next()
        let outcome = commits.outcome(kind: .deadLetter)
        commit.outcomes = [outcome]
        commit.deadLetters = [commits.letter(outcome, inputs: [])]
        try await session.commit(commit)
        runs.append(outcome.run)
        await session.release()
      }
      for run in runs {
        let count = try await store.outcomes(of: run).count
        try requireEqual(count, 1, "outcomes of run \(run)")
      }
      let newest = try await store.outcomes(limit: 100)
      try requireEqual(Set(newest.map(\.run)), Set(runs), "the newest outcomes of all shards")
      let letters = try await store.deadLetters(limit: 100)
      try requireEqual(Set(letters.map(\.run)), Set(runs), "the dead letters of all shards")
      try requireEqual(Set(letters.map(\.shard)), Set(0..<kit.shardCount), "the shards of the dead letters")
      await store.close()
    },
    Case("consumptions name every run with an outcome, in order of time") { kit in
      let store = try await kit.store()
      var commits = CommitMaker(shard: 0, seed: 21)
      let session = try await store.openSession(shard: 0)
      let artifact = ArtifactID(commits.maker.id())
      var expected: [Consumption] = []
      for (agent, kind) in [("a", Outcome.Kind.success), ("b", .deadLetter), ("c", .cancelled)] {
        var commit = commits.next()
        let outcome = commits.outcome(kind: kind, inputs: [ArtifactID(commits.maker.id()), artifact], agent: agent)
        commit.outcomes = [outcome, commits.outcome(inputs: [ArtifactID(commits.maker.id())])]
        try await session.commit(commit)
        expected.append(
          Consumption(artifact: artifact, agent: agent, run: outcome.run, replayNumber: 0, at: outcome.finishedAt))
      }
      await session.release()
      let again = try await kit.reopened(store)
      let found = try await again.consumptions(of: artifact)
      try requireEqual(found, expected, "the consumptions")
      let none = try await again.consumptions(of: ArtifactID(commits.maker.id()))
      try require(none.isEmpty, "an artifact that nobody consumed has consumptions")
      await again.close()
    },
    Case("dead letters keep every field, come newest first, and go when they have ended") { kit in
      let store = try await kit.store()
      var commits = CommitMaker(shard: 0, seed: 22)
      let session = try await store.openSession(shard: 0)
      var letters: [DeadLetter] = []
      for round in 0..<6 {
        var commit = commits.next()
        let inputs = try commits.maker.items(0..<round)
        let outcome = commits.outcome(kind: .deadLetter, inputs: inputs.map(\.id))
        commit.outcomes = [outcome]
        commit.deadLetters = [commits.letter(outcome, inputs: inputs)]
        try await session.commit(commit)
        letters.append(commit.deadLetters[0])
      }
      let found = try await store.deadLetters(limit: 100)
      try requireEqual(try found.map(LetterImage.init), try letters.reversed().map(LetterImage.init), "the dead letters")
      let three = try await store.deadLetters(limit: 3)
      try requireEqual(three.map(\.run), letters.reversed().prefix(3).map(\.run), "the newest three dead letters")
      var commit = commits.next()
      // The second ends with another number: nothing is to happen. The third ends and is dead again as number 1.
      commit.endedDeadLetters = [(letters[0].run, 0), (letters[1].run, 9), (letters[2].run, 0)]
      let second = commits.outcome(run: letters[2].run, number: 1, kind: .deadLetter)
      commit.outcomes = [second]
      commit.deadLetters = [commits.letter(second, inputs: [])]
      try await session.commit(commit)
      await session.release()
      let again = try await kit.reopened(store)
      let left = try await again.deadLetters(limit: 100)
      let names = left.map { "\($0.run)/\($0.replayNumber)" }
      let expected = ["\(letters[2].run)/1"] + [5, 4, 3, 1].map { "\(letters[$0].run)/0" }
      try requireEqual(names, expected, "the dead letters that are left")
      await again.close()
    },
    Case("reasons are found by artifact, in order") { kit in
      let store = try await kit.store()
      var commits = CommitMaker(shard: 0, seed: 23)
      let session = try await store.openSession(shard: 0)
      let artifacts = (0..<3).map { _ in ArtifactID(commits.maker.id()) }
      var expected: [ArtifactID: [NonFiring]] = [:]
      for reason in NonFiring.Reason.allCases {
        var commit = commits.next()
        for (number, artifact) in artifacts.enumerated() {
          let instant = Timestamp(nanoseconds: commits.maker.now.nanoseconds + Int64(reason.rawValue) * 1000)
          let noted = NonFiring(
            artifact: artifact, subscription: SubscriptionID(agent: "a\(number)", name: "item"), reason: reason, at: instant)
          commit.reasons.append(noted)
          expected[artifact, default: []].append(noted)
        }
        try await session.commit(commit)
      }
      await session.release()
      let again = try await kit.reopened(store)
      for artifact in artifacts {
        let found = try await again.reasons(for: artifact)
        try requireEqual(found, expected[artifact] ?? [], "the reasons of \(artifact)")
      }
      let none = try await again.reasons(for: ArtifactID(commits.maker.id()))
      try require(none.isEmpty, "an artifact without reasons has some")
      await again.close()
    },
    Case("children, outputs and lineage cross shards and survive") { kit in
      let store = try await kit.store()
      var maker = ArtifactMaker()
      let run = RunID(maker.id())
      // A root, three children on different shards, and one grandchild of two of them.
      let root = try maker.artifact(Item(number: 0))
      let children = try (0..<3).map { try maker.item($0, to: $0 * 3 % kit.shardCount, kit.router, run: run, parents: .one(root.id)) }
      let grandchild = try maker.artifact(Whole(numbers: []), parents: .many([children[0].id, children[2].id]), depth: 2)
      _ = try await store.publish([root])
      let session = try await store.openSession(shard: 0)
      var commit = ShardCommit(shard: 0, sequence: 1, ingestedOffset: 0, instant: maker.now)
      commit.outputs = children + [grandchild]
      try await session.commit(commit)
      await session.release()
      let again = try await kit.reopened(store)
      let found = try await again.children(of: root.id)
      try requireEqual(found.map(\.id).sorted(), children.map(\.id).sorted(), "the children of the root")
      let below = try await again.children(of: children[2].id)
      try requireEqual(below.map(\.id), [grandchild.id], "the children of a child")
      let leaf = try await again.children(of: grandchild.id)
      try require(leaf.isEmpty, "a leaf has children")
      let outputs = try await again.outputs(of: run)
      try requireEqual(outputs.map(\.id).sorted(), children.map(\.id).sorted(), "the outputs of the run")
      let published = try await again.outputs(of: .none)
      try require(published.isEmpty, "what was published passes for the output of a run")
      let up = try await again.lineage(of: grandchild.id, .up)
      try requireEqual(
        Set(up.artifacts.map(\.id)), [grandchild.id, children[0].id, children[2].id, root.id], "the ancestors of the grandchild")
      let down = try await again.lineage(of: root.id, .down)
      try requireEqual(down.edges.count, 5, "the edges below the root")
      try await requireRefusal(.notFound, "the lineage of an unknown artifact") {
        try await again.lineage(of: ArtifactID(UniqueID(high: 1, low: 2)), .up)
      }
      let unknown = try await again.artifact(ArtifactID(UniqueID(high: 1, low: 2)))
      try require(unknown == nil, "an artifact that never was is found")
      await again.close()
    },
  ]
}

/// Everything of an outcome that a store must keep.
private struct OutcomeImage: Equatable {
  let text: String

  init(_ outcome: Outcome) {
    text =
      "run \(outcome.run)/\(outcome.replayNumber) of \(outcome.subscription) agent \(outcome.agent.name) \(outcome.kind)"
      + " attempts \(outcome.attempts) in \(outcome.correlation) from \(outcome.inputs.ids) outputs \(outcome.outputCount)"
      + " \(outcome.startedAt.nanoseconds)-\(outcome.finishedAt.nanoseconds)"
      + (outcome.failure.map { " \($0.cause.word): \($0.message)" } ?? "")
  }
}

/// Everything of a dead letter that a store must keep.
private struct LetterImage: Equatable {
  let text: String
  let inputs: [ArtifactImage]

  init(_ letter: DeadLetter) throws {
    inputs = try letter.inputs.map(ArtifactImage.init)
    text =
      "run \(letter.run)/\(letter.replayNumber) on \(letter.shard) of \(letter.subscription) agent \(letter.agent)"
      + " in \(letter.correlation) attempts \(letter.attempts) \(letter.failure.cause.word): \(letter.failure.message)"
      + " steps \(letter.steps) at \(letter.at.nanoseconds)"
  }
}
