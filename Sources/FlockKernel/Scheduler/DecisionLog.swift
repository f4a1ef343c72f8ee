public import FlockCore

/// One admission: what was chosen, among how many, and why.
public struct Decision: Sendable, Hashable {
  public enum Reason: UInt8, Sendable {
    /// The policy's first choice.
    case policy = 1
    /// Its agent's cap, breaker or budget had held it back and does no longer.
    case unblocked = 2
  }

  public let at: Timestamp
  public let shard: Int32
  public let ref: RunRef
  public let agent: Int32
  /// Queued runs at that moment, this one included.
  public let candidates: Int32
  /// In the queue, in nanoseconds.
  public let waitedNanoseconds: Int64
  public let reason: Reason

  @inlinable
  public init(
    at: Timestamp, shard: Int32, ref: RunRef, agent: Int32, candidates: Int32, waitedNanoseconds: Int64, reason: Reason
  ) {
    self.at = at
    self.shard = shard
    self.ref = ref
    self.agent = agent
    self.candidates = candidates
    self.waitedNanoseconds = waitedNanoseconds
    self.reason = reason
  }
}

/// A bounded ring of decisions: the newest are kept.
public struct DecisionLog: Sendable {
  private var ring: ContiguousArray<Decision> = []
  private let capacity: Int
  /// Decisions so far, also those that are not kept any more.
  public private(set) var total = 0

  public init(capacity: Int) { self.capacity = max(1, capacity) }

  public mutating func append(_ decision: Decision) {
    if ring.count < capacity { ring.append(decision) } else { ring[total % capacity] = decision }
    total += 1
  }

  /// Oldest first.
  public var kept: [Decision] {
    guard total > ring.count else { return Array(ring) }
    let start = total % capacity
    return Array(ring[start...]) + Array(ring[..<start])
  }
}
