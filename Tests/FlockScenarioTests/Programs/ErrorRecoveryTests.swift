import Flock
import FlockCore
import FlockKernel
import Synchronization
import Testing

private struct Job: ArtifactPayload {
  static let artifactType = ArtifactType("recovery/job")
  var number: Int
}

private struct Result: ArtifactPayload, Hashable {
  static let artifactType = ArtifactType("recovery/result")
  var number: Int
}

private struct Outage: Error {}

/// Counts by job.
private final class Tally: Sendable {
  private let counts = Mutex<[Int: Int]>([:])
  @discardableResult
  func next(_ number: Int) -> Int {
    counts.withLock { counts in
      counts[number, default: 0] += 1
      return counts[number, default: 0]
    }
  }
  var all: [Int: Int] { counts.withLock { $0 } }
}

@Suite struct ErrorRecoveryTests {
  private static let quick = RetryPolicy(maximumAttempts: 3, initialBackoff: .milliseconds(1), jitterPercent: 0)

  @Test(arguments: Setup.all)
  func `a service that comes back, one that stays away, and a replay once it is mended`(setup: Setup) async throws {
    let calls = Tally()
    let isMended = Mutex(false)
    let agent = Agent("caller").consumes(Job.self).publishes(Result.self, .exactly(1)).retry(Self.quick)
      .runs { (job: Job, _) in
        let call = calls.next(job.number)
        // Job n needs n failures before it succeeds; a mended service always answers.
        if call <= job.number, !isMended.withLock({ $0 }) { throw Outage() }
        return Result(number: job.number)
      }
    try await withBoard(setup, [agent]) { board in
      try await board.flock.publish(contentsOf: (0..<6).map { Job(number: $0) })
      let report = try await board.settle()
      // Three attempts are enough for two failures.
      #expect(Set(try await board.values(Result.self)) == Set((0..<3).map { Result(number: $0) }))
      #expect(calls.all == [0: 1, 1: 2, 2: 3, 3: 3, 4: 3, 5: 3])
      #expect(report.deadLetters == 3)
      #expect(report.counters.retries == 0 + 1 + 2 + 2 + 2 + 2)
      let letters = try await board.deadLetters()
      #expect(Set(try letters.map { try $0.inputs[0].value(as: Job.self).number }) == [3, 4, 5])
      #expect(letters.allSatisfy { $0.failure.cause == .attemptsExhausted && $0.attempts == 3 })

      isMended.withLock { $0 = true }
      let dropped = try #require(try letters.first { try $0.inputs[0].value(as: Job.self).number == 5 })
      for letter in letters where letter.run != dropped.run { try await board.flock.replay(letter) }
      try await board.flock.drop(dropped)
      let after = try await board.settle()
      #expect(after.deadLetters == 0)
      #expect(Set(try await board.values(Result.self)) == Set((0..<5).map { Result(number: $0) }))
      #expect(try await board.artifacts(Result.self).count == 5)
      // The same request again is refused: nothing runs twice.
      try await board.flock.replay(letters[0])
      #expect(try await board.settle().counters.refusedControls == 1)
      #expect(try await board.artifacts(Result.self).count == 5)
    }
  }

  @Test(arguments: Setup.all)
  func `steps that succeeded are not made again by a later attempt`(setup: Setup) async throws {
    let charges = Tally()
    let attempts = Tally()
    let agent = Agent("cashier").consumes(Job.self).publishes(Result.self).retry(Self.quick).runs { context in
      let job = try context.input(Job.self)
      let amount = try await context.step("charge", input: job.number) { _ in charges.next(job.number) * 100 }
      if attempts.next(job.number) < 3 { throw Outage() }
      try context.publish(Result(number: amount))
    }
    try await withBoard(setup, [agent]) { board in
      try await board.flock.publish(contentsOf: (0..<8).map { Job(number: $0) })
      try await board.settle()
      #expect(charges.all == Dictionary(uniqueKeysWithValues: (0..<8).map { ($0, 1) }))
      #expect(attempts.all == Dictionary(uniqueKeysWithValues: (0..<8).map { ($0, 3) }))
      #expect(try await board.values(Result.self) == Array(repeating: Result(number: 100), count: 8))
    }
  }

  @Test(arguments: Setup.all)
  func `an open breaker lets work wait and drops none of it`(setup: Setup) async throws {
    let calls = Tally()
    let agent = Agent("fragile").consumes(Job.self).publishes(Result.self).concurrency(1)
      .retry(RetryPolicy(maximumAttempts: 50, initialBackoff: .milliseconds(1), maximumBackoff: .milliseconds(2)))
      .breaker(BreakerPolicy(failureThreshold: 3, coolDown: .milliseconds(20)))
      .runs { (job: Job, _) in
        if calls.next(-1) <= 6 { throw Outage() }
        return Result(number: job.number)
      }
    try await withBoard(setup, [agent]) { board in
      try await board.flock.publish(contentsOf: (0..<10).map { Job(number: $0) })
      try await board.settle()
      #expect(Set(try await board.values(Result.self)) == Set((0..<10).map { Result(number: $0) }))
      // Six failures and ten successes, one by one.
      #expect(calls.all == [-1: 16])
      #expect(try await board.deadLetters().isEmpty)
    }
  }

  @Test(arguments: Setup.all)
  func `a failure in one branch leaves the others alone`(setup: Setup) async throws {
    let broken = Agent("broken").consumes(Job.self).publishes(Result.self).retry(.never)
      .runs { (job: Job, _) -> Result in throw PermanentFailure("job \(job.number) cannot be done here") }
    let sound = Agent("sound").consumes(Job.self).publishes(Result.self).runs { (job: Job, _) in Result(number: job.number) }
    try await withBoard(setup, [broken, sound]) { board in
      let jobs = try await board.flock.publish(contentsOf: (0..<10).map { Job(number: $0) })
      try await board.settle()
      #expect(Set(try await board.values(Result.self)) == Set((0..<10).map { Result(number: $0) }))
      #expect(try await board.deadLetters().count == 10)
      let line = try await board.verdict(jobs[4], of: "broken")
      #expect(line.verdict == .fired && line.detail.contains("permanent: job 4 cannot be done here"))
    }
  }
}
