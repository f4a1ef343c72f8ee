import FlockCore

/// A shard's committed state as a store hands it to the next owner, and the extent of its log.
public struct ShardState: Sendable {
  /// Sorted by key.
  public var entries: [(key: [UInt8], value: [UInt8])]
  /// One behind the last record of the log.
  public var logEnd: Int64

  public init(entries: [(key: [UInt8], value: [UInt8])] = [], logEnd: Int64 = 0) {
    self.entries = entries
    self.logEnd = logEnd
  }

  /// The offsets of the shard's own log that the state refers to, ascending and without repeats. The store reads those
  /// records for ``ShardKernel/restore(_:records:)``, and its retention keeps them.
  public func referencedOffsets() throws -> [Int64] {
    var offsets: Set<Int64> = []
    for (key, value) in entries {
      switch StateKey.Kind(rawValue: key.first ?? 0) {
      case .run:
        for ref in try StoredRun(value).refs { offsets.insert(ref.offset) }
      case .pool, .delayed:
        var reader = ByteReader(Array(key.dropFirst(9)))
        offsets.insert(try reader.int64())
      case .batch, .held:
        var reader = try StateCoding.reader(value)
        _ = try reader.timestamp()
        for ref in try StateCoding.refs(&reader) { offsets.insert(ref.offset) }
      default: break
      }
    }
    return offsets.sorted()
  }

  /// The offset from which the log has not been fed yet.
  public func ingestedOffset() throws -> Int64 { try StoredMeta(in: self)?.ingestedOffset ?? 0 }
}

struct StoredMeta {
  var ingestedOffset: Int64
  var sequence: Int64
  var now: Timestamp
  var isCleanlyClosed: Bool

  init?(in state: ShardState) throws {
    guard let entry = state.entries.first(where: { $0.key == StateKey.meta }) else { return nil }
    var reader = try StateCoding.reader(entry.value)
    ingestedOffset = try reader.int64()
    sequence = try reader.int64()
    now = try reader.timestamp()
    isCleanlyClosed = try reader.bool()
  }
}

struct StoredRun {
  var subscription: SubscriptionID
  var agent: String
  var phase: RunEntry.Phase
  var replayNumber: UInt32
  var attempt: UInt32
  var crashes: UInt32
  var correlation: CorrelationID
  var createdAt: Timestamp
  var instant: Timestamp
  var trigger: RunTrigger
  var refs: [InputRef]

  init(_ value: [UInt8]) throws {
    var reader = try StateCoding.reader(value)
    subscription = SubscriptionID(try reader.uint64())
    agent = try reader.string()
    guard let phase = RunEntry.Phase(rawValue: try reader.uint8()) else {
      throw FlockError(.corruptStore, "a stored run has an unknown phase")
    }
    self.phase = phase
    replayNumber = try reader.uint32()
    attempt = try reader.uint32()
    crashes = try reader.uint32()
    correlation = CorrelationID(try reader.uniqueID())
    createdAt = try reader.timestamp()
    instant = try reader.timestamp()
    switch try reader.uint8() {
    case 0: trigger = .artifacts
    case 1: trigger = .batch
    case 2: trigger = .timer(occurrence: try reader.timestamp(), iteration: Int(try reader.int64()))
    case 3: trigger = .invocation
    default: throw FlockError(.corruptStore, "a stored run has an unknown trigger")
    }
    refs = try StateCoding.refs(&reader)
  }
}
