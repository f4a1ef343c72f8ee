public import FlockCore

/// Names a step within a run: its name and how often the run has asked for that name before.
public struct StepKey: Hashable, Sendable, CustomStringConvertible {
  public let name: String
  public let occurrence: Int

  public init(name: String, occurrence: Int) {
    self.name = name
    self.occurrence = occurrence
  }

  public var description: String { occurrence == 0 ? name : "\(name)#\(occurrence + 1)" }
}

/// What a run is told that asks for a step.
public enum StepAnswer: Sendable {
  /// The intent is recorded: once it is committed the effect may be made, under this idempotency key.
  case begin(idempotencyKey: String)
  /// It succeeded before: this is what it gave.
  case replay([UInt8])
  /// It failed before and the run went on: it fails again.
  case replayFailure([UInt8])
  /// It must not be made.
  case refused(Failure)
}

/// How a step ended.
public enum StepResult: Sendable {
  case succeeded([UInt8])
  /// Nothing happened outside, or the caller knows what: the message is given back in a rerun.
  case failed([UInt8])
}

/// What a run's steps have recorded.
struct Ledger: SlabElement {
  mutating func vacate() {
    steps = []
    context = nil
  }

  struct Step: Sendable {
    var key: StepKey
    var digest: UniqueID
    var isIdempotent: Bool
    var state: StepSummary.State
    var result: [UInt8]
    /// Definite failures so far: part of the idempotency key.
    var failures: UInt32
    /// Asked for in this attempt.
    var isAsked: Bool
    /// A person has said that an unknown effect may be made again.
    var isPermitted: Bool
    var isPersisted: Bool
    var isDirty: Bool
  }

  var steps: [Step] = []
  /// What the run was shown when it began, in the shell's encoding.
  var context: [UInt8]?
  var isContextDirty = false
  /// The replay number of the last fresh start: part of the idempotency key.
  var freshNumber: UInt32 = 0

  var firstUnasked: String? {
    steps.first { $0.state == .succeeded && !$0.isAsked }?.key.description
  }

  var summaries: [StepSummary] {
    steps.map { StepSummary(name: $0.key.name, occurrence: $0.key.occurrence, state: $0.state) }
  }

  func index(of key: StepKey) -> Int? { steps.firstIndex { $0.key == key } }

  func idempotencyKey(_ step: Step, run: RunID) -> String {
    "\(run)/\(freshNumber)/\(step.key.name)/\(step.key.occurrence)/\(step.failures)"
  }

  /// The next attempt asks anew. The step whose failure ended this one is made again, as a definite failure.
  mutating func endAttempt(failedStep: StepKey?) {
    for index in steps.indices {
      steps[index].isAsked = false
      if steps[index].key == failedStep, steps[index].state == .failed {
        steps[index].failures += 1
        steps[index].result = []
        steps[index].state = .failed
        steps[index].isPermitted = true
        steps[index].isDirty = true
      }
    }
  }

  /// A person replays the run with its ledger: what is unknown may be made again. A failure that the run had caught is
  /// given back as before, because what it did instead is recorded as well.
  mutating func beginReplay() {
    for index in steps.indices where steps[index].state == .intent {
      steps[index].isPermitted = true
      steps[index].isDirty = true
    }
  }

  func storedKeys(of run: RunID) -> [[UInt8]] {
    var keys = steps.filter(\.isPersisted).map { StateKey.step(run, $0.key) }
    if context != nil, !isContextDirty { keys.append(StateKey.context(run)) }
    return keys
  }
}

extension ShardKernel {
  /// A run asks for a step. After ``StepAnswer/begin(idempotencyKey:)`` the shell commits before it tells the run.
  ///
  /// - Parameters:
  ///   - digest: of the step's input: the same step must have the same input each time.
  ///   - context: what the run was shown, kept with the first intent.
  public mutating func ask(
    _ ref: RunRef, _ key: StepKey, digest: UniqueID, isIdempotent: Bool, context: [UInt8]? = nil
  ) -> StepAnswer {
    guard isCurrent(ref), runs[ref.slot].phase == .open else {
      return .refused(Failure(.cancelled, "the run has ended; its steps are refused"))
    }
    events.plain(.stepIntent, Int64(ref.slot), Int64(ref.generation), Int64(key.occurrence), isIdempotent ? 1 : 0)
    events.text(key.name)
    events.key(digest)
    if runs[ref.slot].ledger < 0 {
      var ledger = Ledger()
      ledger.freshNumber = runs[ref.slot].replayNumber
      ledger.context = context
      ledger.isContextDirty = context != nil
      runs[ref.slot].ledger = ledgers.insert(ledger)
    }
    let slot = runs[ref.slot].ledger
    let run = runs[ref.slot].id
    guard let index = ledgers[slot].index(of: key) else {
      guard ledgers[slot].steps.count < configuration.maximumSteps else {
        return .refused(
          Failure(.permanent, "a run may have \(configuration.maximumSteps) steps (maximumSteps); '\(key)' is one too many"))
      }
      let step = Ledger.Step(
        key: key, digest: digest, isIdempotent: isIdempotent, state: .intent, result: [], failures: 0, isAsked: true,
        isPermitted: false, isPersisted: false, isDirty: true)
      ledgers[slot].steps.append(step)
      markDirty(ref.slot)
      return .begin(idempotencyKey: ledgers[slot].idempotencyKey(step, run: run))
    }
    return answer(ref, slot, index, digest: digest, isIdempotent: isIdempotent)
  }

  private mutating func answer(
    _ ref: RunRef, _ slot: Int32, _ index: Int, digest: UniqueID, isIdempotent: Bool
  ) -> StepAnswer {
    let step = ledgers[slot].steps[index]
    guard step.digest == digest else {
      return .refused(
        Failure(
          .nondeterministicRun,
          "step '\(step.key)' was recorded with another input; a run must ask for the same steps with the same inputs each time"))
    }
    ledgers[slot].steps[index].isAsked = true
    switch step.state {
    case .succeeded:
      counters.stepsReplayed += 1
      return .replay(step.result)
    case .failed where !step.isPermitted:
      counters.stepsReplayed += 1
      return .replayFailure(step.result)
    case .intent where !(step.isIdempotent && isIdempotent) && !step.isPermitted:
      return .refused(
        Failure(
          .unknownEffect,
          "step '\(step.key)' was begun and its result is unknown; it is not declared idempotent, so a person must decide:"
            + " check what happened outside, then replay or drop the dead letter"))
    case .intent, .failed:
      if step.state == .intent { counters.unknownEffectsRepeated += 1 }
      ledgers[slot].steps[index].state = .intent
      ledgers[slot].steps[index].isPermitted = false
      ledgers[slot].steps[index].isDirty = true
      markDirty(ref.slot)
      return .begin(idempotencyKey: ledgers[slot].idempotencyKey(step, run: runs[ref.slot].id))
    }
  }

  /// A step ended: its result is durable with the next commit.
  /// - Returns: false when the run has ended meanwhile, or the result is over the limit.
  @discardableResult
  public mutating func record(_ ref: RunRef, _ key: StepKey, _ result: StepResult) -> Bool {
    guard isCurrent(ref), runs[ref.slot].ledger >= 0, let index = ledgers[runs[ref.slot].ledger].index(of: key) else {
      return false
    }
    let slot = runs[ref.slot].ledger
    guard ledgers[slot].steps[index].state == .intent else { return false }
    switch result {
    case .succeeded(let bytes):
      guard bytes.count <= configuration.maximumStepBytes else { return false }
      ledgers[slot].steps[index].state = .succeeded
      ledgers[slot].steps[index].result = bytes
    case .failed(let bytes):
      ledgers[slot].steps[index].state = .failed
      ledgers[slot].steps[index].result = Array(bytes.prefix(configuration.maximumStepBytes))
    }
    events.plain(
      .stepResult, Int64(ref.slot), Int64(ref.generation), Int64(key.occurrence),
      ledgers[slot].steps[index].state == .succeeded ? 1 : 0, Int64(ledgers[slot].steps[index].result.count))
    events.text(key.name)
    ledgers[slot].steps[index].isDirty = true
    markDirty(ref.slot)
    return true
  }

  /// What an earlier attempt of the run was shown: a rerun is shown the same.
  public func recordedContext(of ref: RunRef) -> [UInt8]? {
    guard isCurrent(ref), runs[ref.slot].ledger >= 0 else { return nil }
    return ledgers[runs[ref.slot].ledger].context
  }
}
