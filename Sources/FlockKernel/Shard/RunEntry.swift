public import FlockCore

/// Refers to an open run of one kernel; a stale reference is recognised by its generation.
public struct RunRef: Hashable, Sendable {
  public let slot: Int32
  public let generation: UInt32

  @inlinable public init(slot: Int32, generation: UInt32) {
    self.slot = slot
    self.generation = generation
  }
}

/// Where an input lies: an offset of the shard's own log, and the place within a relay's artifacts.
struct InputRef: Hashable, Comparable, Sendable {
  var offset: Int64
  var index: Int32

  static func < (a: InputRef, b: InputRef) -> Bool { a.offset != b.offset ? a.offset < b.offset : a.index < b.index }
}

enum InputRefs: Sendable {
  case none
  case one(InputRef)
  case many([InputRef])

  init(_ refs: [InputRef]) {
    switch refs.count {
    case 0: self = .none
    case 1: self = .one(refs[0])
    default: self = .many(refs)
    }
  }

  var list: [InputRef] {
    switch self {
    case .none: []
    case .one(let ref): [ref]
    case .many(let refs): refs
    }
  }
}

/// What made a run: the context that an agent is shown says so.
public enum RunTrigger: Sendable, Hashable {
  case artifacts
  case batch
  case timer(occurrence: Timestamp, iteration: Int)
  case invocation
}

/// A run from the moment at which its inputs are complete until its outcome is committed, or its dead letter expires.
struct RunEntry: SlabElement {
  enum Phase: UInt8, Sendable {
    /// Handed to the scheduler, queued or running.
    case open = 1
    /// Waits for its next attempt.
    case waiting = 2
    /// Suspected of crashing the process: waits for its turn.
    case held = 3
    /// Ended as a dead letter or cancelled; can be replayed.
    case ended = 4
  }

  var id: RunID
  var subscription: Int32
  var generation: UInt32
  var phase: Phase
  var replayNumber: UInt32
  /// The attempt that is open or due: begins with 1.
  var attempt: UInt32
  var crashes: UInt32
  var inputs: RunInputs
  var refs: InputRefs
  var correlation: CorrelationID
  var trigger: RunTrigger
  var createdAt: Timestamp
  /// Of the next attempt while waiting.
  var dueAt: Timestamp
  /// In the ledger's slab, -1 without steps.
  var ledger: Int32
  /// There is a key for it in the committed state.
  var isPersisted: Bool
  var isDirty: Bool
  /// Agent of an invocation; the subscription is -1 then.
  var agentIndex: Int32
  var isSuspect: Bool
  /// Held because its subscription has too many dead letters.
  var isPaused = false
  /// For `.ended`.
  var endedAt: Timestamp

  mutating func vacate() {
    inputs = .none
    refs = .none
  }
}

/// A run as the shell needs it to start an attempt.
public struct RunDescription: Sendable {
  public let ref: RunRef
  public let id: RunID
  public let replayNumber: UInt32
  public let attempt: UInt32
  public let agentIndex: Int
  public let subscription: SubscriptionID
  public let inputs: RunInputs
  public let correlation: CorrelationID
  public let trigger: RunTrigger
  /// Of the subscription; higher goes first under a policy that looks at it.
  public let priority: Int32
}

/// What a run published, without an allocation for the usual one.
public enum RunOutputs: Sendable {
  case none
  case one(Artifact)
  case many([Artifact])

  @inlinable public var artifacts: [Artifact] {
    switch self {
    case .none: []
    case .one(let artifact): [artifact]
    case .many(let artifacts): artifacts
    }
  }

  @inlinable public var count: Int {
    switch self {
    case .none: 0
    case .one: 1
    case .many(let artifacts): artifacts.count
    }
  }
}

/// How one attempt ended.
public enum AttemptResult: Sendable {
  case success(RunOutputs)
  /// - Parameters:
  ///   - isRetriable: false ends the run at once.
  ///   - step: the step whose recorded failure ended the attempt: it is made again in the next one.
  case failure(Failure, isRetriable: Bool, step: StepKey?)
  /// Somebody cancelled the run.
  case cancelled(String)
  /// It was never begun, or shutting down returned it: it goes on after a restart.
  case returned
}
