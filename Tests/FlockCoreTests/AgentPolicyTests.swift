import FlockCore
import Testing

@Suite struct AgentPolicyTests {
  private func run(_ number: UInt64) -> RunID { RunID(UniqueID(high: number, low: ~number)) }

  /// Without jitter: 100 ms doubled each time, at most a minute.
  @Test(
    "the backoff doubles up to its maximum",
    arguments: [
      (0, 100), (1, 100), (2, 200), (3, 400), (4, 800), (10, 51_200), (11, 60_000), (12, 60_000), (1_000, 60_000),
    ])
  func doubles(_ attempt: Int, _ milliseconds: Int) {
    #expect(RetryPolicy(jitterPercent: 0).backoff(run: run(1), afterAttempt: attempt) == .milliseconds(milliseconds))
  }

  @Test(
    "the jitter spreads each pause around its middle",
    arguments: [(1, 100), (3, 400), (12, 60_000)], [20, 100])
  func jitter(_ attempt: (number: Int, milliseconds: Int), _ percent: Int) {
    let policy = RetryPolicy(jitterPercent: percent)
    let middle = Double(attempt.milliseconds) / 1000
    let half = middle * Double(percent) / 200
    let pauses = (0..<1_000).map { policy.backoff(run: run($0), afterAttempt: attempt.number).inSeconds }
    #expect(pauses.allSatisfy { $0 >= middle - half && $0 < middle + half })
    // A thousand runs use the whole width and lean to no side.
    #expect((pauses.max() ?? 0) > middle + half * 0.95)
    #expect((pauses.min() ?? 0) < middle - half * 0.95)
    #expect(abs(pauses.reduce(0, +) / 1_000 - middle) < half * 0.1)
  }

  @Test func `a repeated computation waits equally long`() {
    let policy = RetryPolicy()
    #expect(policy.backoff(run: run(5), afterAttempt: 2) == policy.backoff(run: run(5), afterAttempt: 2))
    #expect(policy.backoff(run: run(5), afterAttempt: 2) != policy.backoff(run: run(6), afterAttempt: 2))
  }

  @Test func `extreme policies stay within bounds`() {
    let huge = RetryPolicy(
      maximumAttempts: .max, initialBackoff: .seconds(Int64.max), multiplier: .max, maximumBackoff: .seconds(3600),
      jitterPercent: 0)
    #expect(huge.backoff(run: run(1), afterAttempt: 50) == .seconds(3600))
    let overflowing = RetryPolicy(
      initialBackoff: .seconds(1), multiplier: .max, maximumBackoff: .seconds(7), jitterPercent: 0)
    #expect(overflowing.backoff(run: run(1), afterAttempt: 3) == .seconds(7))
    let negative = RetryPolicy(
      initialBackoff: .seconds(-1), multiplier: -2, maximumBackoff: .seconds(-1), jitterPercent: -5)
    #expect(negative.backoff(run: run(1), afterAttempt: 3) == .zero)
    let constant = RetryPolicy(multiplier: 1, jitterPercent: 0)
    #expect(constant.backoff(run: run(1), afterAttempt: 9) == .milliseconds(100))
    let wild = RetryPolicy(jitterPercent: 10_000).backoff(run: run(1), afterAttempt: 1)
    #expect(wild >= .milliseconds(50) && wild < .milliseconds(150))
  }

  @Test func `the defaults are those that the documentation names`() {
    let agent = AgentDefinition(name: "a")
    #expect(agent.limits.concurrency == 1_000)
    #expect(agent.limits.timeout == .seconds(300))
    #expect(agent.limits.cancelGrace == .seconds(5))
    #expect(agent.limits.maximumOutputs == 10_000)
    #expect(agent.retry == RetryPolicy(maximumAttempts: 3, initialBackoff: .milliseconds(100), multiplier: 2))
    #expect(RetryPolicy.never.maximumAttempts == 1)
    #expect(agent.breaker == BreakerPolicy(failureThreshold: 20, coolDown: .seconds(10)))
    #expect(agent.budget == nil)
    #expect(agent.identity == Identity(name: "a"))
  }

  @Test func `a fan-out accepts the counts that it names`() {
    #expect([0, 1, 99].allSatisfy(OutputContract.FanOut.any.accepts))
    #expect([0, 1, 2, 3].map(OutputContract.FanOut.exactly(2).accepts) == [false, false, true, false])
    #expect([0, 1, 3, 4].map(OutputContract.FanOut.range(1...3).accepts) == [false, true, true, false])
  }

  @Test func `a subscription is immediate when a round is one artifact`() {
    let type = Bug.artifactType
    #expect(Subscription(inputs: [.init(type: type)]).isImmediate)
    #expect(!Subscription(inputs: [.init(type: type, count: 2)]).isImmediate)
    #expect(!Subscription(inputs: [.init(type: type), .init(type: type)]).isImmediate)
    #expect(!Subscription(inputs: []).isImmediate)
    var batched = Subscription(inputs: [.init(type: type)])
    batched.batch = Subscription.Batch(size: 2)
    #expect(!batched.isImmediate)
    #expect(!batched.isJoin)
    let key = TypedKeyExtractor<Bug, String> { $0.title }
    #expect(Subscription(inputs: [.init(type: type, key: key)]).isJoin)
  }

  @Test func `a key is the same for the same value, boxed or stored`() throws {
    let key = TypedKeyExtractor<Bug, String> { $0.title }
    let boxed = try key.key(Box(Bug(title: "t", severity: 1)))
    #expect(try key.key(EncodedPayload(bytes: Array(#"{"severity":2,"title":"t"}"#.utf8))) == boxed)
    #expect(try key.key(Box(Bug(title: "u", severity: 1))) != boxed)
  }
}
