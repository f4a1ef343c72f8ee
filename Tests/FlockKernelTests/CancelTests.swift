import FlockCore
import FlockKernel
import Testing

/// Cancelling a run, and cancelling a correlation on every shard.
@Suite struct CancelTests {
  @Test func `a running run is withdrawn and its late success refused`() throws {
    var harness = try KernelHarness([agent("x", subscription("s", .alpha()))])
    harness.publish(artifact(1, Alpha(key: 1)))
    harness.turn()
    let run = harness.shards[0].running[0]
    harness.control(.cancelRun(run.id))
    harness.turn()
    #expect(harness.withdrawn == [run.ref])
    let isTaken = harness.shards[0].kernel.finish(run.ref, .success(.none), startedAt: harness.clock)
    #expect(!isTaken)
    harness.rest()
    #expect(harness.outcomes.map(\.kind) == [.cancelled])
    #expect(harness.outcomes.first?.failure?.cause == .cancelled)
    // It can be replayed.
    harness.control(.replay(run: run.id, number: 0, fresh: false))
    harness.rest()
    #expect(harness.outcomes.map(\.kind) == [.cancelled, .success])
  }

  @Test func `the first of outcome and cancel wins`() throws {
    var harness = try KernelHarness([agent("x", subscription("s", .alpha()))])
    harness.publish(artifact(1, Alpha(key: 1)))
    harness.turn()
    let run = harness.shards[0].running[0]
    harness.finish(0, 0)
    harness.control(.cancelRun(run.id))
    harness.rest()
    #expect(harness.outcomes.map(\.kind) == [.success])
    #expect(harness.shards[0].kernel.counters.refusedControls == 1)
  }

  @Test func `a run that is cancelled before it was handed out never starts`() throws {
    var harness = try KernelHarness([agent("x", subscription("s", .alpha()))])
    let input = artifact(1, Alpha(key: 1))
    let run = RunIdentity.run(
      namespace: harness.registry.namespace, subscription: SubscriptionID(agent: "x", name: "s"), inputs: .one(input))
    harness.publish(input, artifact(2, Alpha(key: 1)))
    harness.control(.cancelRun(run))
    harness.rest()
    #expect(harness.started.map { $0.inputs.artifacts.map(\.id) } == [[artifactID(2)]])
    #expect(harness.outcomes.map(\.kind) == [.cancelled, .success])
  }

  @Test func `a run that waits for its next attempt can be cancelled`() throws {
    var harness = try KernelHarness([agent("x", subscription("s", .alpha()))])
    harness.publish(artifact(1, Alpha(key: 1)))
    harness.rest { _ in .failure(Failure(.attemptsExhausted, "no"), isRetriable: true, step: nil) }
    harness.control(.cancelRun(harness.started[0].id))
    harness.rest()
    harness.clock = .at(1_000_000)
    harness.rest()
    #expect(harness.started.count == 1)
    #expect(harness.outcomes.map(\.kind) == [.cancelled])
  }

  /// Groups, batches, delays, activations and runs of the correlation end; what shares a group with it is kept.
  @Test("a cancelled correlation leaves everything unfinished", arguments: [1, 8], [false, true])
  func correlation(_ shards: Int, _ restarts: Bool) throws {
    var harness = try KernelHarness(
      [
        agent("gate", subscription("s", .alpha(), .gamma())),
        agent("board", subscription("s", .alpha(3), .gamma()) { $0.scope = .board }),
        agent("batch", subscription("s", .alpha()) { $0.batch = Subscription.Batch(size: 3) }),
        agent("active", subscription("s", .alpha()) { $0.activation = .exists(Gamma.self) }),
        agent("run", subscription("s", .alpha())),
      ], shards: shards)
    harness.publish(
      artifact(1, Alpha(key: 1), correlation: 1), artifact(2, Alpha(key: 1), correlation: 2), artifact(3, Alpha(key: 1), correlation: 1),
      artifact(4, Alpha(key: 1), correlation: 1, visibility: .after(.seconds(1))))
    harness.rest { run in
      run.correlation == correlationID(1) ? .failure(Failure(.timedOut, "later"), isRetriable: true, step: nil) : .success(.none)
    }
    // The batch of three is full and failing as well: it holds inputs of both.
    #expect(harness.waiting(.batch).isEmpty)
    if restarts {
      try harness.restart()
      harness.rest()
    }
    harness.control(.cancelCorrelation(correlationID(1)))
    harness.rest()
    #expect(
      harness.outcomes.filter { $0.kind == .cancelled }.map(\.inputs.ids).sorted { $0[0] < $1[0] } == [[artifactID(1)], [artifactID(3)]])
    #expect(harness.waiting(.gate).filter { $0.agent == "gate" }.flatMap(\.artifacts) == [artifactID(2)])
    #expect(harness.waiting(.gate).filter { $0.agent == "board" }.flatMap(\.artifacts) == [artifactID(2)])
    #expect(harness.waiting(.activation).flatMap(\.artifacts) == [artifactID(2)])
    #expect(harness.waiting(.visibility).isEmpty)
    #expect(harness.reasons(for: 1).filter { $0 == .correlationCancelled }.count == 3)
    #expect(harness.reasons(for: 2).isEmpty)
    // Nothing comes back later, and what arrives for it is refused.
    harness.publish(artifact(5, Alpha(key: 1), correlation: 1))
    harness.clock = .at(10_000)
    harness.rest()
    #expect(harness.reasons(for: 5) == Array(repeating: .correlationCancelled, count: 5))
    #expect(harness.waiting(.gate).flatMap(\.artifacts) == [artifactID(2), artifactID(2)])
    // The board's gate goes on with what was kept.
    harness.publish(
      artifact(6, Alpha(key: 1), correlation: 3), artifact(7, Alpha(key: 1), correlation: 3), artifact(8, Gamma(key: 1), correlation: 3))
    harness.rest()
    #expect(harness.inputs().contains([2, 6, 7, 8].map { artifactID($0) }))
  }

  @Test func `a batch keeps the inputs of others`() throws {
    var harness = try KernelHarness([
      agent("x", subscription("s", .alpha()) { $0.batch = Subscription.Batch(size: 4, timeout: .milliseconds(100)) })
    ])
    harness.publish(artifact(1, Alpha(key: 1), correlation: 1), artifact(2, Alpha(key: 1), correlation: 2))
    harness.rest()
    harness.clock = .at(50)
    harness.publish(artifact(3, Alpha(key: 1), correlation: 1))
    harness.control(.cancelCorrelation(correlationID(1)))
    harness.rest()
    #expect(harness.waiting(.batch).flatMap(\.artifacts) == [artifactID(2)])
    try harness.crash()
    harness.clock = .at(100)
    harness.rest()
    #expect(harness.inputs() == [[artifactID(2)]])
  }

  @Test func `a run goes on when one of its inputs belongs to another correlation`() throws {
    var harness = try KernelHarness([agent("x", subscription("s", .alpha()) { $0.batch = Subscription.Batch(size: 2) })])
    harness.publish(artifact(1, Alpha(key: 1), correlation: 1), artifact(2, Alpha(key: 1), correlation: 2))
    harness.turn()
    harness.control(.cancelCorrelation(correlationID(1)))
    harness.turn()
    #expect(harness.withdrawn.isEmpty)
    harness.rest()
    #expect(harness.inputs() == [[artifactID(1), artifactID(2)]])
    // When the other is cancelled as well, such a run ends.
    harness.publish(artifact(3, Alpha(key: 1), correlation: 3), artifact(4, Alpha(key: 1), correlation: 4))
    harness.turn()
    harness.control(.cancelCorrelation(correlationID(3)))
    harness.control(.cancelCorrelation(correlationID(4)))
    harness.rest()
    #expect(harness.outcomes.last?.kind == .cancelled)
  }

  /// The kept members of a join keep their window, whichever input they are of.
  @Test func `what stays in a join keeps its first arrival`() throws {
    var harness = try KernelHarness([agent("x", subscription("s", .keyedAlpha(), .keyedBeta(2)) { $0.window = .time(.milliseconds(100)) })])
    harness.publish(artifact(1, Beta(key: 1), correlation: 2))
    harness.clock = .at(40)
    harness.publish(artifact(2, Alpha(key: 1), correlation: 2))
    harness.clock = .at(50)
    harness.publish(artifact(3, Alpha(key: 1), correlation: 1))
    harness.control(.cancelCorrelation(correlationID(1)))
    harness.rest()
    #expect(harness.waiting(.join).map(\.until) == [.at(100)])
    harness.clock = .at(101)
    harness.publish(artifact(4, Beta(key: 1), correlation: 2))
    harness.rest()
    #expect(harness.outcomes.isEmpty)
    #expect(harness.reasons(for: 1) == [.windowExpired])
    #expect(harness.reasons(for: 2) == [.windowExpired])
  }

  /// An input was under way to the gate's shard when the correlation was cancelled there.
  @Test func `an input that arrives after the cancel is refused on its rule's shard`() throws {
    var harness = try KernelHarness([agent("x", subscription("s", .alpha(), .beta()))], shards: 2)
    let home = harness.router.shard(of: correlationID(1).value)
    let away = 1 - home
    let partition = try #require((0..<100).map { "p\($0)" }.first { harness.router.shard(ofKey: $0) == away })
    harness.publish(
      artifact(1, Alpha(key: 1), correlation: 1, partitionKey: partition),
      artifact(2, Beta(key: 1), correlation: 1, partitionKey: partition))
    harness.turn(away)
    harness.control(.cancelCorrelation(correlationID(1)), shard: home)
    harness.turn(home)
    harness.commit(home)
    harness.commit(away)
    harness.rest()
    #expect(harness.outcomes.isEmpty)
    #expect(harness.reasons(for: 1) == [.correlationCancelled])
    #expect(harness.reasons(for: 2) == [.correlationCancelled])
  }
}
