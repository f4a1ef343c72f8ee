public import FlockCore

/// The committed end of one (run, replay number).
public struct Outcome: Sendable {
  public enum Kind: UInt8, Sendable, CaseIterable {
    case success = 1
    case deadLetter = 2
    case cancelled = 3
  }

  public let run: RunID
  /// 0 for the first time, one more for each replay.
  public let replayNumber: UInt32
  public let subscription: SubscriptionID
  public let agent: Symbol
  public let kind: Kind
  public let attempts: UInt32
  public let correlation: CorrelationID
  /// The artifacts that it consumed.
  public let inputs: Parents
  public let outputCount: Int32
  public let startedAt: Timestamp
  public let finishedAt: Timestamp
  /// For everything but success.
  public let failure: Failure?

  public init(
    run: RunID, replayNumber: UInt32, subscription: SubscriptionID, agent: Symbol, kind: Kind, attempts: UInt32,
    correlation: CorrelationID, inputs: Parents, outputCount: Int32, startedAt: Timestamp, finishedAt: Timestamp,
    failure: Failure? = nil
  ) {
    self.run = run
    self.replayNumber = replayNumber
    self.subscription = subscription
    self.agent = agent
    self.kind = kind
    self.attempts = attempts
    self.correlation = correlation
    self.inputs = inputs
    self.outputCount = outputCount
    self.startedAt = startedAt
    self.finishedAt = finishedAt
    self.failure = failure
  }
}

/// Why an attempt or a run failed.
public final class Failure: Sendable {
  public enum Cause: UInt8, Sendable, CaseIterable {
    /// The engine threw, for the last permitted time.
    case attemptsExhausted = 1
    /// The run published what its contract does not allow.
    case contractViolation = 2
    case timedOut = 3
    /// The node's process died repeatedly while this run alone was running.
    case crashedNode = 4
    /// The correlation had its number of runs: a feedback loop ended.
    case runLimit = 5
    /// A step with an intent and no result, not declared idempotent: a person must decide.
    case unknownEffect = 6
    /// The run asked for other steps than it had asked for before.
    case nondeterministicRun = 7
    /// Its outcome is larger than the store takes.
    case oversized = 8
    /// An input's payload cannot be decoded.
    case undecodable = 9
    case cancelled = 10
    /// The engine said that trying again cannot help.
    case permanent = 11

    /// The word that queries and command lines use.
    public var word: String {
      switch self {
      case .attemptsExhausted: "attemptsExhausted"
      case .contractViolation: "contractViolation"
      case .timedOut: "timedOut"
      case .crashedNode: "crashedNode"
      case .runLimit: "runLimit"
      case .unknownEffect: "unknownEffect"
      case .nondeterministicRun: "nondeterministicRun"
      case .oversized: "oversized"
      case .undecodable: "undecodable"
      case .cancelled: "cancelled"
      case .permanent: "permanent"
      }
    }
  }

  /// Longer messages are cut, in bytes of UTF-8.
  public static let maximumMessageBytes = 4096

  public let cause: Cause
  public let message: String

  public init(_ cause: Cause, _ message: String) {
    self.cause = cause
    self.message = Failure.cut(message)
  }

  private static func cut(_ text: String) -> String {
    guard text.utf8.count > maximumMessageBytes else { return text }
    var kept = text[...]
    while kept.utf8.count > maximumMessageBytes - 3 { kept = kept.dropLast(max(1, (kept.utf8.count - maximumMessageBytes) / 4)) }
    return kept + "..."
  }
}

/// A run that was given up, with everything that is needed to look at it and to run it again.
public struct DeadLetter: Sendable {
  public let run: RunID
  public let replayNumber: UInt32
  public let shard: Int
  public let subscription: SubscriptionID
  public let agent: String
  public let correlation: CorrelationID
  public let inputs: [Artifact]
  public let attempts: UInt32
  public let failure: Failure
  /// The steps that were recorded, by name.
  public let steps: [StepSummary]
  public let at: Timestamp

  public init(
    run: RunID, replayNumber: UInt32, shard: Int, subscription: SubscriptionID, agent: String,
    correlation: CorrelationID, inputs: [Artifact], attempts: UInt32, failure: Failure, steps: [StepSummary],
    at: Timestamp
  ) {
    self.run = run
    self.replayNumber = replayNumber
    self.shard = shard
    self.subscription = subscription
    self.agent = agent
    self.correlation = correlation
    self.inputs = inputs
    self.attempts = attempts
    self.failure = failure
    self.steps = steps
    self.at = at
  }
}

/// A step of a run's ledger without its result.
public struct StepSummary: Sendable, Hashable {
  public enum State: UInt8, Sendable {
    case intent = 1
    case succeeded = 2
    case failed = 3
  }

  public let name: String
  public let occurrence: Int
  public let state: State

  public init(name: String, occurrence: Int, state: State) {
    self.name = name
    self.occurrence = occurrence
    self.state = state
  }
}
