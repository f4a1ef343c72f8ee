import FlockCore
import FlockKernel
import Testing

/// The effect ledger: an intent is durable before the effect, a result is given back.
@Suite struct LedgerTests {
  enum Answer: Equatable {
    case begin(String)
    case replay([UInt8])
    case replayFailure([UInt8])
    case refused(Failure.Cause)
  }

  let digest = UniqueID(high: 1, low: 2)

  private func start() throws -> KernelHarness {
    var harness = try KernelHarness([
      agent("x", subscription("s", .alpha())) { $0.retry = RetryPolicy(initialBackoff: .milliseconds(1), jitterPercent: 0) }
    ])
    harness.publish(artifact(1, Alpha(key: 1)))
    harness.turn()
    return harness
  }

  private func ask(
    _ harness: inout KernelHarness, _ name: String, occurrence: Int = 0, digest: UniqueID? = nil, isIdempotent: Bool = false,
    context: [UInt8]? = nil
  ) -> Answer {
    let ref = harness.shards[0].running[0].ref
    switch harness.shards[0].kernel.ask(
      ref, StepKey(name: name, occurrence: occurrence), digest: digest ?? self.digest, isIdempotent: isIdempotent, context: context)
    {
    case .begin(let key): return .begin(key)
    case .replay(let bytes): return .replay(bytes)
    case .replayFailure(let bytes): return .replayFailure(bytes)
    case .refused(let failure): return .refused(failure.cause)
    }
  }

  @discardableResult
  private func record(_ harness: inout KernelHarness, _ name: String, _ result: StepResult) -> Bool {
    harness.shards[0].kernel.record(harness.shards[0].running[0].ref, StepKey(name: name, occurrence: 0), result)
  }

  /// The run fails and its next attempt begins.
  private func retry(_ harness: inout KernelHarness, step: String? = nil) {
    let key = step.map { StepKey(name: $0, occurrence: 0) }
    harness.finish(0, 0, .failure(Failure(.attemptsExhausted, "no"), isRetriable: true, step: key))
    harness.commit()
    harness.clock = harness.clock + .milliseconds(10)
    harness.turn()
  }

  /// The process dies; the run is a suspect that gets its turn.
  private func crash(_ harness: inout KernelHarness) throws {
    try harness.crash()
    for _ in 0..<5 where harness.shards[0].running.isEmpty { harness.turn() }
  }

  private func key(_ harness: KernelHarness, _ rest: String) -> String { "\(harness.started[0].id)/\(rest)" }

  @Test("a success is given back and never made again", arguments: [false, true])
  func success(_ crashes: Bool) throws {
    var harness = try start()
    #expect(ask(&harness, "charge") == .begin(key(harness, "0/charge/0/0")))
    harness.commit()
    let isTaken = record(&harness, "charge", .succeeded([1, 2, 3]))
    #expect(isTaken)
    harness.commit()
    if crashes { try crash(&harness) } else { retry(&harness) }
    #expect(ask(&harness, "charge") == .replay([1, 2, 3]))
    harness.finish(0, 0)
    harness.rest()
    #expect(harness.outcomes.map(\.kind) == [.success])
    // Nothing of the run is left.
    let kinds = Set(harness.storedState().entries.compactMap(\.key.first))
    #expect(kinds.isDisjoint(with: [2, 9, 10]))
  }

  @Test func `an intent is a state change of the commit that comes before the effect`() throws {
    var harness = try start()
    _ = ask(&harness, "charge", context: [9, 9])
    harness.commit()
    let kinds = harness.commits[harness.commits.count - 1].changes.filter { $0.value != nil }.compactMap(\.key.first)
    // The pending run (2), the step (9), what it was shown (10), and the offset (1), in one commit.
    #expect(Set(kinds) == [1, 2, 9, 10])
  }

  @Test func `a caught failure is given back, also after a crash and in a replay`() throws {
    var harness = try start()
    _ = ask(&harness, "first")
    record(&harness, "first", .failed([7]))
    #expect(ask(&harness, "second") == .begin(key(harness, "0/second/0/0")))
    record(&harness, "second", .succeeded([8]))
    harness.commit()
    try crash(&harness)
    #expect(ask(&harness, "first") == .replayFailure([7]))
    #expect(ask(&harness, "second") == .replay([8]))
    harness.finish(0, 0, .failure(Failure(.permanent, "something else"), isRetriable: false, step: nil))
    harness.rest()
    #expect(harness.deadLetters.map { $0.steps.map(\.name) } == [["first", "second"]])
    #expect(harness.deadLetters.map { $0.steps.map(\.state) } == [[.failed, .succeeded]])
    harness.control(.replay(run: harness.started[0].id, number: 0, fresh: false))
    harness.turn()
    #expect(ask(&harness, "first") == .replayFailure([7]))
    #expect(ask(&harness, "second") == .replay([8]))
    harness.finish(0, 0)
    harness.rest()
    #expect(harness.outcomes.map(\.kind) == [.deadLetter, .success])
  }

  @Test func `a failure that ended its attempt is made again under another key`() throws {
    var harness = try start()
    _ = ask(&harness, "charge")
    record(&harness, "charge", .failed([7]))
    retry(&harness, step: "charge")
    #expect(ask(&harness, "charge") == .begin(key(harness, "0/charge/0/1")))
    record(&harness, "charge", .failed([7]))
    retry(&harness, step: "charge")
    harness.commit()
    try crash(&harness)
    #expect(ask(&harness, "charge") == .begin(key(harness, "0/charge/0/2")))
    record(&harness, "charge", .failed([7]))
    // The last attempt: its failure is definite as well, so that a replay uses a new key.
    harness.finish(0, 0, .failure(Failure(.attemptsExhausted, "no"), isRetriable: true, step: StepKey(name: "charge", occurrence: 0)))
    harness.rest()
    #expect(harness.deadLetters.count == 1)
    harness.control(.replay(run: harness.started[0].id, number: 0, fresh: false))
    harness.turn()
    #expect(ask(&harness, "charge") == .begin(key(harness, "0/charge/0/3")))
  }

  @Test func `an intent without a result is refused and left to a person`() throws {
    var harness = try start()
    _ = ask(&harness, "charge")
    harness.commit()
    try crash(&harness)
    #expect(ask(&harness, "charge") == .refused(.unknownEffect))
    // Still so after another crash; being asked about it changes nothing.
    harness.commit()
    try crash(&harness)
    #expect(ask(&harness, "charge") == .refused(.unknownEffect))
    harness.finish(0, 0, .failure(Failure(.unknownEffect, "?"), isRetriable: false, step: nil))
    harness.rest()
    #expect(harness.deadLetters.map { $0.steps.map(\.state) } == [[.intent]])
    // A person looked and replays it: the effect may be made, under the key that it had.
    harness.control(.replay(run: harness.started[0].id, number: 0, fresh: false))
    harness.turn()
    #expect(ask(&harness, "charge") == .begin(key(harness, "0/charge/0/0")))
    harness.commit()
    try crash(&harness)
    #expect(ask(&harness, "charge") == .refused(.unknownEffect))
  }

  @Test func `an idempotent step of unknown result is made again under the same key`() throws {
    var harness = try start()
    #expect(ask(&harness, "charge", isIdempotent: true) == .begin(key(harness, "0/charge/0/0")))
    harness.commit()
    try crash(&harness)
    #expect(ask(&harness, "charge", isIdempotent: true) == .begin(key(harness, "0/charge/0/0")))
    #expect(harness.shards[0].kernel.counters.unknownEffectsRepeated == 1)
    harness.commit()
    try crash(&harness)
    // It was declared idempotent when it was made, but is not any more: then it is not made again.
    #expect(ask(&harness, "charge", isIdempotent: false) == .refused(.unknownEffect))
  }

  @Test func `an intent that was not committed never happened`() throws {
    var harness = try start()
    _ = ask(&harness, "charge")
    try crash(&harness)
    #expect(ask(&harness, "charge") == .begin(key(harness, "0/charge/0/0")))
  }

  @Test func `another input under the same name is refused`() throws {
    var harness = try start()
    _ = ask(&harness, "charge")
    record(&harness, "charge", .succeeded([1]))
    harness.commit()
    try crash(&harness)
    #expect(ask(&harness, "charge", digest: UniqueID(high: 1, low: 3)) == .refused(.nondeterministicRun))
    #expect(ask(&harness, "charge") == .replay([1]))
  }

  @Test func `a run that ends without asking for a recorded success is given up`() throws {
    var harness = try start()
    _ = ask(&harness, "charge")
    record(&harness, "charge", .succeeded([1]))
    _ = ask(&harness, "other")
    record(&harness, "other", .failed([1]))
    harness.commit()
    try crash(&harness)
    _ = ask(&harness, "other")
    harness.finish(0, 0)
    harness.rest()
    #expect(harness.deadLetters.map(\.failure.cause) == [.nondeterministicRun])
    #expect(harness.outcomes.map(\.kind) == [.deadLetter])
    #expect(harness.deadLetters[0].failure.message.contains("'charge'"))
  }

  @Test func `occurrences of one name are steps of their own`() throws {
    var harness = try start()
    #expect(ask(&harness, "charge", occurrence: 0) == .begin(key(harness, "0/charge/0/0")))
    #expect(ask(&harness, "charge", occurrence: 1) == .begin(key(harness, "0/charge/1/0")))
  }

  @Test("a fresh replay forgets the ledger and says so in its keys", arguments: [false, true])
  func fresh(_ crashes: Bool) throws {
    var harness = try start()
    _ = ask(&harness, "charge", context: [5])
    record(&harness, "charge", .succeeded([1]))
    harness.commit()
    harness.finish(0, 0, .failure(Failure(.permanent, "no"), isRetriable: false, step: nil))
    harness.rest()
    harness.control(.replay(run: harness.started[0].id, number: 0, fresh: true))
    harness.turn()
    if crashes {
      harness.commit()
      try crash(&harness)
    }
    #expect(ask(&harness, "charge", digest: UniqueID(high: 4, low: 4)) == .begin(key(harness, "1/charge/0/0")))
    record(&harness, "charge", .succeeded([2]))
    harness.commit()
    try crash(&harness)
    #expect(ask(&harness, "charge", digest: UniqueID(high: 4, low: 4)) == .replay([2]))
  }

  @Test func `a rerun is shown the context that the first attempt was shown`() throws {
    var harness = try start()
    _ = ask(&harness, "charge", context: [1, 2, 3])
    record(&harness, "charge", .succeeded([1]))
    harness.commit()
    try crash(&harness)
    #expect(harness.shards[0].kernel.recordedContext(of: harness.shards[0].running[0].ref) == [1, 2, 3])
    _ = ask(&harness, "charge", context: [4, 5, 6])
    harness.commit()
    try crash(&harness)
    #expect(harness.shards[0].kernel.recordedContext(of: harness.shards[0].running[0].ref) == [1, 2, 3])
  }

  @Test func `steps, their results and late results are bounded`() throws {
    var configuration = KernelConfiguration()
    configuration.maximumSteps = 3
    configuration.maximumStepBytes = 10
    var harness = try KernelHarness([agent("x", subscription("s", .alpha()))], configuration: configuration)
    harness.publish(artifact(1, Alpha(key: 1)))
    harness.turn()
    for number in 0..<3 { #expect(ask(&harness, "step\(number)") == .begin(key(harness, "0/step\(number)/0/0"))) }
    #expect(ask(&harness, "step3") == .refused(.permanent))
    let tooLarge = record(&harness, "step0", .succeeded(Array(repeating: 1, count: 11)))
    #expect(!tooLarge)
    let fitting = record(&harness, "step0", .succeeded(Array(repeating: 1, count: 10)))
    #expect(fitting)
    let twice = record(&harness, "step0", .failed([]))
    #expect(!twice)
    let unknown = record(&harness, "never", .succeeded([]))
    #expect(!unknown)
    let ref = harness.shards[0].running[0].ref
    harness.finish(0, 0)
    let late = harness.shards[0].kernel.record(ref, StepKey(name: "step1", occurrence: 0), .succeeded([]))
    #expect(!late)
    guard
      case .refused(let failure) = harness.shards[0].kernel.ask(ref, StepKey(name: "z", occurrence: 0), digest: digest, isIdempotent: false)
    else {
      Issue.record("an ended run was given a step")
      return
    }
    #expect(failure.cause == .cancelled)
  }

  @Test func `a late success keeps the ledger of a cancelled run`() throws {
    var harness = try start()
    _ = ask(&harness, "charge")
    record(&harness, "charge", .succeeded([1]))
    harness.commit()
    harness.control(.cancelRun(harness.started[0].id))
    harness.rest()
    harness.control(.replay(run: harness.started[0].id, number: 0, fresh: false))
    harness.turn()
    #expect(ask(&harness, "charge") == .replay([1]))
  }
}
