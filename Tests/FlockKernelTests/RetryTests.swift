import FlockCore
import FlockKernel
import Testing

/// Failed attempts, dead letters, and what an operator does with them.
@Suite struct RetryTests {
  private func harness(_ configuration: KernelConfiguration = KernelConfiguration(), attempts: Int = 3) throws -> KernelHarness {
    try KernelHarness(
      [
        agent("x", subscription("s", .alpha())) {
          $0.retry = RetryPolicy(maximumAttempts: attempts, initialBackoff: .milliseconds(100), jitterPercent: 0)
        }
      ], configuration: configuration)
  }

  private func failure(_ text: String = "broken", isRetriable: Bool = true) -> AttemptResult {
    .failure(Failure(.attemptsExhausted, text), isRetriable: isRetriable, step: nil)
  }

  @Test("attempts are made after their backoff and then given up", arguments: [false, true])
  func retries(_ restarts: Bool) throws {
    var harness = try harness()
    harness.publish(artifact(1, Alpha(key: 1)))
    for (attempt, due) in [(1, 0), (2, 100), (3, 300)] as [(UInt32, Int64)] {
      if due > 0 {
        #expect(harness.waiting(.retry).map(\.until) == [.at(due)])
        harness.clock = .at(due - 1)
        if restarts { try harness.crash() }
        harness.rest()
        #expect(harness.started.last?.attempt == attempt - 1)
      }
      harness.clock = .at(due)
      harness.rest { _ in failure() }
      #expect(harness.started.last?.attempt == attempt)
    }
    #expect(harness.started.map(\.attempt) == [1, 2, 3])
    #expect(harness.outcomes.map(\.kind) == [.deadLetter])
    let letter = try #require(harness.deadLetters.first)
    #expect(letter.attempts == 3)
    #expect(letter.failure.message == "broken")
    #expect(letter.inputs.map(\.id) == [artifactID(1)])
    #expect(harness.waiting(.deadLetter).count == 1)
  }

  @Test func `an attempt that succeeds after failures is one success`() throws {
    var harness = try harness()
    harness.publish(artifact(1, Alpha(key: 1)))
    harness.rest { _ in failure() }
    #expect(harness.outcomes.isEmpty)
    harness.clock = .at(100)
    harness.rest()
    #expect(harness.outcomes.map(\.kind) == [.success])
    #expect(harness.outcomes.map(\.attempts) == [2])
    #expect(harness.storedState().entries.count { $0.key.first == 2 } == 0)
  }

  @Test func `what is not retriable is given up at once`() throws {
    var harness = try harness()
    harness.publish(artifact(1, Alpha(key: 1)))
    harness.rest { _ in failure(isRetriable: false) }
    #expect(harness.deadLetters.map(\.attempts) == [1])
  }

  @Test("a replay acts once, under the next number", arguments: [false, true])
  func replay(_ restarts: Bool) throws {
    var harness = try harness(attempts: 1)
    harness.publish(artifact(1, Alpha(key: 1)))
    harness.rest { _ in failure() }
    let run = try #require(harness.deadLetters.first).run
    if restarts { try harness.crash() }
    // Two operators press the button; and somebody names a number that never was.
    harness.control(.replay(run: run, number: 0, fresh: false))
    harness.control(.replay(run: run, number: 0, fresh: false))
    harness.control(.replay(run: run, number: 7, fresh: false))
    harness.control(.drop(run: run, number: 0))
    harness.rest { _ in failure() }
    #expect(harness.started.map(\.replayNumber) == [0, 1])
    #expect(harness.started.map(\.attempt) == [1, 1])
    #expect(harness.deadLetters.map(\.replayNumber) == [0, 1])
    #expect(harness.endedDeadLetters.map(\.replayNumber) == [0])
    #expect(harness.shards[0].kernel.counters.refusedControls == 3)
    harness.control(.replay(run: run, number: 1, fresh: false))
    if restarts { try harness.crash() }
    harness.rest()
    #expect(harness.outcomes.map(\.replayNumber) == [0, 1, 2])
    #expect(harness.outcomes.last?.kind == .success)
    #expect(harness.waiting(.deadLetter).isEmpty)
    // A success cannot be replayed.
    harness.control(.replay(run: run, number: 2, fresh: false))
    harness.rest()
    #expect(harness.outcomes.count == 3)
  }

  @Test func `a dropped dead letter is gone and cannot be replayed`() throws {
    var harness = try harness(attempts: 1)
    harness.publish(artifact(1, Alpha(key: 1)))
    harness.rest { _ in failure() }
    let run = try #require(harness.deadLetters.first).run
    harness.control(.drop(run: run, number: 0))
    harness.control(.replay(run: run, number: 0, fresh: false))
    harness.rest()
    #expect(harness.endedDeadLetters.map(\.run) == [run])
    #expect(harness.started.count == 1)
    #expect(harness.waiting(.deadLetter).isEmpty)
    #expect(try harness.storedState().referencedOffsets().isEmpty)
  }

  @Test("a dead letter expires after its retention", arguments: [false, true])
  func expiry(_ restarts: Bool) throws {
    var configuration = KernelConfiguration()
    configuration.deadLetterRetention = .seconds(10)
    var harness = try harness(configuration, attempts: 1)
    harness.publish(artifact(1, Alpha(key: 1)))
    harness.rest { _ in failure() }
    if restarts { try harness.crash() }
    harness.clock = .at(9_999)
    harness.rest()
    #expect(harness.waiting(.deadLetter).count == 1)
    harness.clock = .at(10_000)
    harness.rest()
    #expect(harness.waiting(.deadLetter).isEmpty)
    #expect(harness.endedDeadLetters.count == 1)
  }

  @Test("a full dead-letter box pauses its subscription and room resumes it", arguments: [false, true])
  func pause(_ restarts: Bool) throws {
    var configuration = KernelConfiguration()
    configuration.maximumDeadLetters = 2
    var harness = try harness(configuration, attempts: 1)
    harness.publish(artifact(1, Alpha(key: 1)), artifact(2, Alpha(key: 1)))
    harness.rest { _ in failure() }
    harness.publish(artifact(3, Alpha(key: 1)), artifact(4, Alpha(key: 1)), artifact(5, Alpha(key: 1)))
    harness.rest()
    if restarts {
      try harness.restart()
      harness.rest()
    }
    #expect(harness.started.count == 2)
    #expect(harness.waiting(.paused).count == 3)
    #expect(harness.reasons(for: 3).contains(.paused))
    #expect(harness.shards[0].kernel.isQuiet)
    // One is replayed and succeeds: the paused go on, because the box has room again.
    harness.control(.replay(run: harness.deadLetters[0].run, number: 0, fresh: false))
    harness.rest()
    #expect(harness.outcomes.count { $0.kind == .success } == 4)
    #expect(harness.waiting(.paused).isEmpty)
  }

  @Test func `the paused go on one by one as far as there is room`() throws {
    var configuration = KernelConfiguration()
    configuration.maximumDeadLetters = 2
    var harness = try harness(configuration, attempts: 1)
    harness.publish(artifact(1, Alpha(key: 1)), artifact(2, Alpha(key: 1)))
    harness.rest { _ in failure() }
    harness.publish((3...6).map { artifact($0, Alpha(key: 1)) })
    harness.rest { _ in failure() }
    #expect(harness.started.count == 2)
    harness.control(.drop(run: harness.deadLetters[0].run, number: 0))
    harness.rest { _ in failure() }
    // There was room for one; all four were let go at once, because none of them had failed yet.
    #expect(harness.waiting(.paused).count + harness.deadLetters.count == 6)
    #expect(harness.deadLetters.count >= 3)
  }

  @Test func `a run that is cancelled while it is paused stays cancelled`() throws {
    var configuration = KernelConfiguration()
    configuration.maximumDeadLetters = 2
    var harness = try harness(configuration, attempts: 1)
    harness.publish(artifact(1, Alpha(key: 1)), artifact(2, Alpha(key: 1)))
    harness.rest { _ in failure() }
    harness.publish(artifact(3, Alpha(key: 1)), artifact(4, Alpha(key: 1)))
    harness.rest()
    let paused = RunIdentity.run(
      namespace: harness.registry.namespace, subscription: SubscriptionID(agent: "x", name: "s"), inputs: .one(artifact(3, Alpha(key: 1))))
    harness.control(.cancelRun(paused))
    harness.rest()
    #expect(harness.outcomes.last?.kind == .cancelled)
    #expect(harness.waiting(.paused).count == 1)
    let isQuiet = harness.shards[0].kernel.isQuiet
    #expect(isQuiet)
    for letter in harness.deadLetters { harness.control(.drop(run: letter.run, number: 0)) }
    harness.rest()
    #expect(harness.started.map { $0.inputs.artifacts.map(\.id) } == [[artifactID(1)], [artifactID(2)], [artifactID(4)]])
    #expect(harness.outcomes.map(\.kind) == [.deadLetter, .deadLetter, .cancelled, .success])
  }

  @Test func `a late end of a run that has ended is refused`() throws {
    var harness = try harness(attempts: 1)
    harness.publish(artifact(1, Alpha(key: 1)))
    harness.turn()
    let ref = harness.shards[0].running[0].ref
    let first = harness.finish(0, 0)
    #expect(first)
    let second = harness.shards[0].kernel.finish(ref, failure(), startedAt: harness.clock)
    #expect(!second)
    harness.rest()
    #expect(harness.outcomes.map(\.kind) == [.success])
  }

  @Test func `returned runs go on after an orderly restart, without a new attempt`() throws {
    var harness = try harness()
    harness.publish(artifact(1, Alpha(key: 1)))
    harness.turn()
    try harness.restart()
    harness.rest()
    #expect(harness.started.map(\.attempt) == [1, 1])
    #expect(harness.outcomes.map(\.attempts) == [1])
  }
}
