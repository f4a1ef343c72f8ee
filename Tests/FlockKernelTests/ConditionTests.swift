import FlockCore
import FlockKernel
import Testing

/// Activation, until, and the limit on runs of one correlation.
@Suite struct ConditionTests {
  private func alphas(_ numbers: ClosedRange<Int>, correlation: Int = 1) -> [Artifact] {
    numbers.map { artifact($0, Alpha(key: 0, number: $0), correlation: correlation) }
  }

  @Test("a set waits for its activation and then runs", arguments: [1, 8], [false, true])
  func activation(_ shards: Int, _ crashes: Bool) throws {
    var harness = try KernelHarness(
      [agent("x", subscription("s", .alpha()) { $0.activation = .atLeast(2, Beta.self) })], shards: shards)
    harness.publish(alphas(1...3))
    harness.publish(artifact(10, Beta(key: 0), correlation: 1), artifact(11, Beta(key: 0), correlation: 2))
    harness.rest()
    #expect(harness.outcomes.isEmpty)
    #expect(harness.waiting(.activation).flatMap(\.artifacts) == [1, 2, 3].map { artifactID($0) })
    if crashes {
      try harness.crash()
      harness.rest()
      #expect(harness.waiting(.activation).flatMap(\.artifacts) == [1, 2, 3].map { artifactID($0) })
    }
    harness.publish(artifact(12, Beta(key: 0), correlation: 1))
    harness.rest()
    #expect(harness.inputs() == [[artifactID(1)], [artifactID(2)], [artifactID(3)]])
    #expect(harness.waiting(.activation).isEmpty)
    // Once it holds, what comes later runs at once; the other correlation has only one.
    harness.publish(artifact(4, Alpha(key: 0), correlation: 1), artifact(5, Alpha(key: 0), correlation: 2))
    harness.rest()
    #expect(harness.inputs().last == [artifactID(4)])
    #expect(harness.waiting(.activation).flatMap(\.artifacts) == [artifactID(5)])
  }

  @Test func `the third of four activates itself and the two before it`() throws {
    var harness = try KernelHarness([agent("x", subscription("s", .alpha()) { $0.activation = .atLeast(3, Alpha.self) })])
    harness.publish(alphas(1...4))
    harness.rest()
    #expect(harness.inputs() == [[artifactID(1)], [artifactID(2)], [artifactID(3)], [artifactID(4)]])
  }

  @Test func `conditions count by producer and predicate`() throws {
    let condition =
      Condition.atLeast(1, Beta.self, producedBy: "maker") && .atLeast(1, Gamma.self, where: { $0.number > 5 }) && !.exists(Noise.self)
    var harness = try KernelHarness([agent("x", subscription("s", .alpha()) { $0.activation = condition })])
    harness.publish(alphas(1...1))
    harness.publish(
      artifact(2, Beta(key: 0), correlation: 1), artifact(3, Gamma(key: 0, number: 5), correlation: 1),
      artifact(4, Beta(key: 0), correlation: 1, producer: "maker"))
    harness.rest()
    #expect(harness.outcomes.isEmpty)
    harness.publish(artifact(5, Gamma(key: 0, number: 6), correlation: 1))
    harness.rest()
    #expect(harness.inputs() == [[artifactID(1)]])
    harness.publish(artifact(6, Noise(key: 0), correlation: 1), artifact(7, Alpha(key: 0), correlation: 1))
    harness.rest()
    #expect(harness.outcomes.count == 1)
  }

  @Test func `an activated set joins its batch when it is activated`() throws {
    var harness = try KernelHarness([
      agent(
        "x",
        subscription("s", .alpha()) {
          $0.activation = .exists(Beta.self)
          $0.batch = Subscription.Batch(timeout: .milliseconds(100))
        })
    ])
    harness.publish(alphas(1...1))
    harness.rest()
    harness.clock = .at(500)
    harness.publish(artifact(2, Beta(key: 0), correlation: 1))
    harness.rest()
    // The batch's time begins with its first set, which came in just now.
    #expect(harness.outcomes.isEmpty)
    harness.clock = .at(550)
    harness.publish(alphas(3...3))
    harness.rest()
    harness.clock = .at(599)
    harness.rest()
    #expect(harness.outcomes.isEmpty)
    harness.clock = .at(600)
    harness.rest()
    #expect(harness.inputs() == [[artifactID(1), artifactID(3)]])
  }

  @Test("until ends a subscription for its correlation alone", arguments: [1, 8], [false, true])
  func until(_ shards: Int, _ crashes: Bool) throws {
    var harness = try KernelHarness(
      [agent("x", subscription("s", .alpha()) { $0.until = .atLeast(2, Beta.self) })], shards: shards)
    harness.publish(alphas(1...1))
    harness.publish(artifact(10, Beta(key: 0), correlation: 1), artifact(2, Alpha(key: 0), correlation: 1))
    harness.rest()
    if crashes { try harness.crash() }
    harness.publish(artifact(11, Beta(key: 0), correlation: 1), artifact(3, Alpha(key: 0), correlation: 1))
    harness.publish(artifact(4, Alpha(key: 0), correlation: 2))
    harness.rest()
    #expect(Set(harness.inputs()) == [[artifactID(1)], [artifactID(2)], [artifactID(4)]])
    #expect(harness.reasons(for: 3) == [.until])
  }

  @Test func `a set that waits for its activation ends when until holds first`() throws {
    var harness = try KernelHarness([
      agent(
        "x",
        subscription("s", .alpha()) {
          $0.activation = .exists(Beta.self)
          $0.until = .exists(Gamma.self)
        })
    ])
    harness.publish(alphas(1...1))
    harness.publish(artifact(2, Gamma(key: 0), correlation: 1), artifact(3, Beta(key: 0), correlation: 1))
    harness.rest()
    #expect(harness.outcomes.isEmpty)
    #expect(harness.reasons(for: 1) == [.until])
    #expect(harness.waiting(.activation).isEmpty)
    try harness.crash()
    harness.rest()
    #expect(harness.waiting(.activation).isEmpty)
  }

  @Test("a feedback loop ends with a dead letter at the limit of runs", arguments: [1, 8])
  func runLimit(_ shards: Int) throws {
    var configuration = KernelConfiguration()
    configuration.maximumRunsPerCorrelation = 20
    var harness = try KernelHarness(
      [agent("ping", subscription("s", .alpha())), agent("pong", subscription("s", .beta()))], shards: shards,
      configuration: configuration)
    harness.publish(artifact(1, Alpha(key: 0), correlation: 1), artifact(2, Alpha(key: 0), correlation: 2))
    var crashes = 0
    for _ in 0..<60 {
      harness.settle(rounds: 2) { run in
        guard let input = run.inputs.first, input.correlation == correlationID(1) else { return .success(.none) }
        return .success(.one(answer(to: input, in: run)))
      }
      if crashes < 5 {
        crashes += 1
        try harness.crash()
      }
    }
    harness.rest()
    // One run on the root, twenty on what was produced, and the one that was refused.
    #expect(harness.outcomes.filter { $0.kind == .success && $0.correlation == correlationID(1) }.count == 21)
    #expect(harness.deadLetters.map(\.failure.cause) == [.runLimit])
    #expect(harness.deadLetters.map(\.correlation) == [correlationID(1)])
    let refused = try #require(harness.deadLetters.first?.inputs.first)
    #expect(refused.depth == 21)
    #expect(harness.reasons.filter { $0.artifact == refused.id }.map(\.reason) == [.runLimit])
    #expect(harness.outcomes.filter { $0.correlation == correlationID(2) }.count == 1)
  }

  @Test func `runs on root artifacts are not limited and leave no state`() throws {
    var configuration = KernelConfiguration()
    configuration.maximumRunsPerCorrelation = 3
    var harness = try KernelHarness([agent("x", subscription("s", .alpha()))], configuration: configuration)
    harness.publish(alphas(1...50))
    harness.rest()
    #expect(harness.outcomes.count == 50)
    #expect(harness.shards[0].kernel.stateSizes.first { $0.name == "correlations" }?.count == 0)
  }
}

/// What an agent of the loop publishes: an alpha after a beta, a beta after an alpha.
func answer(to input: Artifact, in run: RunDescription) -> Artifact {
  let isAlpha = input.type == Alpha.artifactType
  return Artifact(
    id: RunIdentity.output(run: run.id, replayNumber: run.replayNumber, slot: 0, index: 0),
    type: isAlpha ? Beta.artifactType : Alpha.artifactType, payload: isAlpha ? Box(Beta(key: 0)) : Box(Alpha(key: 0)),
    producer: Symbol(isAlpha ? "ping" : "pong"), correlation: input.correlation, createdAt: .origin, run: run.id,
    parents: .one(input.id), depth: input.depth + 1)
}
