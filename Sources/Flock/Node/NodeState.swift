import FlockCore
import FlockKernel

/// What a worker does next.
enum Work {
  case run(RunContext)
  /// To feed and commit one shard.
  case turn(Int)
  case park
  case exit
}

/// A run's request to its shard's ledger.
enum StepRequest: Sendable {
  case ask(
    RunContext, StepKey, digest: UniqueID, isIdempotent: Bool, context: [UInt8]?, CheckedContinuation<StepAnswer, any Error>)
  case record(RunContext, StepKey, StepResult, CheckedContinuation<Void, any Error>)

  func fail(_ error: any Error) {
    switch self {
    case .ask(_, _, _, _, _, let continuation): continuation.resume(throwing: error)
    case .record(_, _, _, let continuation): continuation.resume(throwing: error)
    }
  }
}

/// What waits for one shard's next turn.
struct ShardInbox: Sendable {
  var finished: ContiguousArray<RunContext> = []
  var steps: [StepRequest] = []
  var inspections: [Inspection] = []
  var isFlushing = false
}

/// Somebody who waits for the end of a run; resumed once, by whoever takes it out of the node's state.
final class OutcomeWaiter: Sendable {
  private let continuation: CheckedContinuation<(Outcome, [Artifact]), any Error>

  init(_ continuation: CheckedContinuation<(Outcome, [Artifact]), any Error>) { self.continuation = continuation }

  func resume(returning answer: (Outcome, [Artifact])) { continuation.resume(returning: answer) }
  func resume(throwing error: any Error) { continuation.resume(throwing: error) }
}

/// A look at a kernel from outside, in a turn.
struct Inspection: Sendable {
  let look: @Sendable (inout ShardKernel) -> Void
  let fail: @Sendable (any Error) -> Void
}

struct ShardQueue: Sendable {
  var inbox = ShardInbox()
  /// By the kernel's slots.
  var contexts: ContiguousArray<RunContext?> = []
  var wantsTurn = false
  var isInTurn = false
  var isUrgent = false
  /// When it began to want a turn, in nanoseconds.
  var wantsSince: Int64 = 0
  /// The instant for which the clock will wake it.
  var wakeAt: Int64 = .max
  // As of the last turn:
  var isQuiet = false
  var ingestedOffset: Int64 = 0
  /// As far as this process knows.
  var logEnd: Int64 = 0
}

struct WorkerSlot: Sendable {
  var current: RunContext?
  var task: Task<Void, Never>?
  /// Counts runs, so that a tick can tell a worker that moves on from one that does not.
  var serial: UInt64 = 0
  var seenSerial: UInt64 = .max
}

/// Everything that workers, publishers and timers share, under the node's lock.
struct NodeState: Sendable {
  enum Phase: Sendable {
    case idle, running, stopping, stopped
    case failed(any Error)
  }

  var phase = Phase.idle
  var scheduler: NodeScheduler
  var shards: [ShardQueue]
  /// Shards that want a turn and have none.
  var wanting = 0
  var workers: [WorkerSlot] = []
  var freeSlots: [Int] = []
  /// Workers that exist and are not disowned.
  var live = 0
  /// Of these, in a run's code.
  var busy = 0
  /// Of these, in a shard's turn.
  var turning = 0
  /// Spawned and not begun.
  var starting = 0
  var parked: [CheckedContinuation<Void, Never>] = []
  var isTickArmed = false
  var lastStart: Int64 = 0
  /// The next instant at which running runs are looked at for time-outs.
  var scanAt = Int64.max
  var idleWaiters: [CheckedContinuation<Void, Never>] = []
  var outcomeWaiters: [RunID: [OutcomeWaiter]] = [:]
  var backlogWaiters: [CheckedContinuation<Void, Never>] = []
  var exclusiveOwner: Int?
  /// The owner waits until nobody else runs.
  var isExclusivePending = false

  /// A shard with this many ended runs, or one that has waited so long, goes before further runs.
  static let turnThreshold = 4096
  var turnPatience: Int64

  mutating func want(_ shard: Int, now: Int64) {
    guard !shards[shard].wantsTurn else { return }
    shards[shard].wantsTurn = true
    shards[shard].wantsSince = now
    if !shards[shard].isInTurn { wanting += 1 }
  }

  /// A shard whose turn must not wait for the run queue.
  mutating func urgentTurn(now: Int64, isQueueEmpty: Bool) -> Int? {
    guard wanting > 0, mayTurn else { return nil }
    for index in shards.indices where shards[index].wantsTurn && !shards[index].isInTurn {
      if isQueueEmpty || shards[index].isUrgent || shards[index].inbox.finished.count >= NodeState.turnThreshold
        || now - shards[index].wantsSince > turnPatience
      {
        return begin(index)
      }
    }
    return nil
  }

  private mutating func begin(_ shard: Int) -> Int {
    shards[shard].wantsTurn = false
    shards[shard].isInTurn = true
    wanting -= 1
    turning += 1
    return shard
  }

  /// Nothing is queued, running, due or uncommitted anywhere.
  var isQuiet: Bool {
    guard wanting == 0, busy == 0, scheduler.depth == 0 else { return false }
    for shard in shards where shard.isInTurn || shard.wantsTurn || !shard.isQuiet { return false }
    return true
  }

  /// Shards have owners here, and none of them has failed.
  var mayTurn: Bool {
    switch phase {
    case .running, .stopping: true
    case .idle, .stopped, .failed: false
    }
  }

  /// Something that a worker could do now.
  var hasWork: Bool { mayTurn && (wanting > 0 || scheduler.hasQueued) }

  /// Workers that are looking for work, or about to.
  var free: Int { live - busy - turning - parked.count }
}
