import FlockCore
import FlockKernel
import Testing

/// After a crash: who made it is found within few restarts and given up, and nobody else is.
@Suite struct SuspectTests {
  struct Verdict {
    var restarts = 0
    var isResting = false
  }

  /// Lets the program run; whenever a trapping run begins, the process dies and comes back.
  private func live(
    _ harness: inout KernelHarness, traps: (RunDescription) -> Bool, maximumRestarts: Int = 60, commitsBefore: Bool = false,
    finish: (RunDescription) -> AttemptResult = { _ in .success(.none) }
  ) throws -> Verdict {
    var verdict = Verdict()
    for _ in 0..<2000 {
      var didTrap = false
      for shard in harness.shards.indices {
        harness.turn(shard)
        if commitsBefore { harness.commit(shard) }
        if harness.shards[shard].running.contains(where: traps) {
          didTrap = true
          break
        }
      }
      if didTrap {
        verdict.restarts += 1
        guard verdict.restarts <= maximumRestarts else { return verdict }
        try harness.crash()
        continue
      }
      harness.finishAll(finish)
      for shard in harness.shards.indices where harness.shards[shard].kernel.isDirty { harness.commit(shard) }
      if harness.isQuiet {
        for shard in harness.shards.indices { harness.turn(shard) }
        if harness.isQuiet {
          verdict.isResting = true
          return verdict
        }
      }
    }
    return verdict
  }

  private func isNumber(_ numbers: Set<Int>) -> (RunDescription) -> Bool {
    { run in run.inputs.artifacts.contains { artifact in numbers.contains { artifact.id == artifactID($0) } } }
  }

  private func crashed(_ harness: KernelHarness) -> [ArtifactID] {
    harness.deadLetters.filter { $0.failure.cause == .crashedNode }.flatMap { $0.inputs.map(\.id) }.sorted()
  }

  /// Committed: the suspect is a pending entry; otherwise it lies above the committed offset.
  @Test(
    "one trapping run among a thousand is found", arguments: [1, 8],
    [(1, false), (500, false), (1000, false), (1, true), (637, true), (1000, true)])
  func oneOfAThousand(_ shards: Int, _ row: (trap: Int, isCommitted: Bool)) throws {
    let (trap, isCommitted) = row
    var harness = try KernelHarness([agent("x", subscription("s", .alpha()))], shards: shards)
    harness.ingestLimit = 2000
    harness.publish((1...1000).map { artifact($0, Alpha(key: $0)) })
    let verdict = try live(&harness, traps: isNumber([trap]), commitsBefore: isCommitted)
    #expect(verdict.isResting)
    // One for the beginning, one for all together, ten halvings of which the last counts, and two more alone.
    #expect(verdict.restarts <= 14, "it took \(verdict.restarts) restarts")
    #expect(crashed(harness) == [artifactID(trap)])
    #expect(harness.outcomes.count { $0.kind == .success } == 999)
    #expect(harness.outcomes.count == 1000)
    #expect(harness.exclusive == nil)
    #expect(harness.storedState().entries.allSatisfy { $0.key.first != 13 })
  }

  @Test func `two trapping runs are both found`() throws {
    for (first, second) in [(1, 2), (10, 200), (199, 200)] {
      var harness = try KernelHarness([agent("x", subscription("s", .alpha()))])
      harness.publish((1...200).map { artifact($0, Alpha(key: $0)) })
      let verdict = try live(&harness, traps: isNumber([first, second]), maximumRestarts: 40)
      #expect(verdict.isResting)
      #expect(crashed(harness) == [artifactID(first), artifactID(second)])
      #expect(harness.outcomes.count { $0.kind == .success } == 198)
    }
  }

  @Test func `a crashed run can be replayed`() throws {
    var harness = try KernelHarness([agent("x", subscription("s", .alpha()))])
    harness.publish((1...4).map { artifact($0, Alpha(key: $0)) })
    _ = try live(&harness, traps: isNumber([3]))
    let letter = try #require(harness.deadLetters.first)
    harness.control(.replay(run: letter.run, number: 0, fresh: false))
    harness.rest()
    #expect(harness.outcomes.count { $0.kind == .success } == 4)
  }

  // MARK: Runs that no record of the log brings back

  @Test("a run that traps at a later attempt is found", arguments: [1, 5])
  func retried(_ others: Int) throws {
    var harness = try KernelHarness([
      agent("x", subscription("s", .alpha())) { $0.retry = RetryPolicy(initialBackoff: .milliseconds(10), jitterPercent: 0) }
    ])
    harness.publish((1...others).map { artifact($0, Alpha(key: $0)) })
    harness.rest { _ in .failure(Failure(.timedOut, "first"), isRetriable: true, step: nil) }
    harness.clock = .at(10)
    let verdict = try live(&harness, traps: isNumber([1]))
    #expect(verdict.isResting)
    #expect(crashed(harness) == [artifactID(1)])
    #expect(harness.outcomes.count { $0.kind == .success } == others - 1)
  }

  @Test func `a trapping run on an artifact that became visible is found`() throws {
    var harness = try KernelHarness([agent("x", subscription("s", .alpha()))])
    harness.publish(artifact(1, Alpha(key: 1), visibility: .after(.milliseconds(10))))
    harness.rest()
    harness.clock = .at(10)
    let verdict = try live(&harness, traps: isNumber([1]))
    #expect(verdict.isResting)
    #expect(crashed(harness) == [artifactID(1)])
  }

  @Test func `a trapping run of a batch whose time is over is found`() throws {
    var harness = try KernelHarness([
      agent("x", subscription("s", .alpha()) { $0.batch = Subscription.Batch(timeout: .milliseconds(10)) })
    ])
    harness.publish(artifact(1, Alpha(key: 1)), artifact(2, Alpha(key: 1)))
    harness.rest()
    harness.clock = .at(10)
    let verdict = try live(&harness, traps: isNumber([1]))
    #expect(verdict.isResting)
    #expect(crashed(harness) == [artifactID(1), artifactID(2)])
  }

  @Test func `a trapping run of a timer is found, and the timer goes on`() throws {
    var ticking = Subscription(name: "tick", inputs: [])
    ticking.schedule = Schedule(.every(.milliseconds(100)))
    var harness = try KernelHarness([agent("clock", ticking)])
    harness.rest()
    harness.clock = .at(100)
    let verdict = try live(&harness, traps: { $0.trigger == .timer(occurrence: .at(100), iteration: 1) })
    #expect(verdict.isResting)
    #expect(harness.deadLetters.map(\.failure.cause) == [.crashedNode])
    harness.clock = .at(200)
    harness.rest()
    #expect(harness.outcomes.map(\.kind) == [.success, .deadLetter, .success])
  }

  // MARK: Innocents

  /// A run that lasts for days is open whenever the process dies of others, and never the cause.
  @Test func `a long run is not charged with the crashes of others`() throws {
    var harness = try KernelHarness([agent("long", subscription("s", .alpha())), agent("short", subscription("s", .beta()))])
    harness.publish(artifact(1, Alpha(key: 1)))
    harness.turn()
    harness.commit()
    var restarts = 0
    for trap in 10..<20 {
      harness.publish(artifact(trap, Beta(key: 1)))
      for _ in 0..<40 where !crashed(harness).contains(artifactID(trap)) {
        harness.turn()
        if harness.shards[0].running.contains(where: isNumber([trap])) {
          restarts += 1
          try harness.crash()
          continue
        }
        harness.commit()
        if !crashed(harness).contains(artifactID(trap)) { harness.clock = harness.clock + .seconds(61) }
      }
    }
    #expect(restarts >= 30)
    #expect(crashed(harness) == (10..<20).map { artifactID($0) })
    for _ in 0..<4 { harness.turn() }
    #expect(harness.shards[0].running.contains(where: isNumber([1])))
  }

  @Test func `a group that was running at an orderly end is not remembered`() throws {
    var harness = try KernelHarness([agent("x", subscription("s", .alpha()))])
    harness.publish(artifact(1, Alpha(key: 1)))
    harness.turn()
    harness.commit()
    try harness.crash()
    for _ in 0..<3 { harness.turn() }
    #expect(harness.shards[0].running.count == 1)
    try harness.restart()
    #expect(harness.shards[0].kernel.suspectStage == .none)
    harness.commit()
    #expect(harness.storedState().entries.allSatisfy { $0.key.first != 13 })
  }

  @Test func `while a group of one runs nothing else does, on any shard`() throws {
    var harness = try KernelHarness([agent("x", subscription("s", .alpha()))], shards: 4)
    harness.publish((1...40).map { artifact($0, Alpha(key: $0)) })
    var loneRounds = 0
    var restarts = 0
    for _ in 0..<400 {
      var didTrap = false
      for shard in harness.shards.indices {
        harness.turn(shard)
        if let exclusive = harness.exclusive {
          loneRounds += 1
          #expect(harness.shards.indices.allSatisfy { $0 == exclusive || harness.shards[$0].running.isEmpty })
        }
        if harness.shards[shard].running.contains(where: isNumber([7])) {
          didTrap = true
          break
        }
      }
      if didTrap {
        restarts += 1
        try harness.crash()
      } else {
        harness.finishAll()
        for shard in harness.shards.indices { harness.commit(shard) }
      }
    }
    #expect(loneRounds > 0)
    #expect(restarts <= 12)
    #expect(crashed(harness) == [artifactID(7)])
    #expect(harness.outcomes.count { $0.kind == .success } == 39)
  }

  @Test func `a suspect that is cancelled frees its group at once`() throws {
    var harness = try KernelHarness([agent("x", subscription("s", .alpha()))])
    harness.publish(artifact(1, Alpha(key: 1)))
    harness.turn()
    let run = harness.started[0].id
    harness.commit()
    try harness.crash()
    for _ in 0..<3 { harness.turn() }
    harness.publish(artifact(2, Alpha(key: 2)))
    harness.control(.cancelRun(run))
    harness.rest()
    #expect(harness.outcomes.map(\.kind) == [.cancelled, .success])
    #expect(harness.shards[0].kernel.suspectStage == .none)
  }

  @Test func `after an orderly end nobody is a suspect`() throws {
    var harness = try KernelHarness([agent("x", subscription("s", .alpha()))])
    harness.publish((1...10).map { artifact($0, Alpha(key: $0)) })
    harness.turn()
    try harness.restart()
    #expect(harness.shards[0].kernel.suspectStage == .none)
    #expect(harness.waiting(.suspect).isEmpty)
    harness.turn()
    #expect(harness.shards[0].running.count == 10)
  }
}
