import FlockCore
import FlockKernel

/// One shard of a ``MemoryStore``: log, state and history. Under the shard's lock.
struct MemoryShard {
  private(set) var records: ContiguousArray<LoggedRecord> = []
  private var ids: IDTable
  var state: [StateKeyBytes: [UInt8]] = [:]
  var sequence: Int64 = 0
  /// Fences: a session whose epoch is not this one is over.
  var epoch: UInt64 = 0
  var wake: (@Sendable () -> Void)?
  var outcomes: ContiguousArray<Outcome> = []
  var deadLetters: [DeadLetter] = []
  var reasons: [NonFiring] = []
  var reasonsHead = 0
  /// Event records of the newest commits.
  var events: [[UInt8]] = []
  var eventBytes = 0
  private(set) var index = MemoryIndex()

  init(seed: UInt64) { ids = IDTable(seed: seed) }

  var end: Int64 { Int64(records.count) }

  /// - Returns: the record's number, and whether it was there already.
  mutating func append(_ record: LogRecord, at instant: Timestamp) -> (number: Int, isDuplicate: Bool) {
    if let artifact = record.artifact {
      let known = ids.find(artifact.id.value, in: records)
      if known >= 0 { return (known, true) }
      ids.insert(artifact.id.value, number: records.count, in: records)
    }
    records.append(LoggedRecord(record, appendedAt: instant))
    return (records.count - 1, false)
  }

  func artifact(_ id: ArtifactID) -> Artifact? {
    let number = ids.find(id.value, in: records)
    return number < 0 ? nil : records[number].record.artifact
  }

  func artifact(at number: UInt32) -> Artifact? { records[Int(number)].record.artifact }

  mutating func updateIndex() { index.update(records) }

  mutating func note(_ new: [NonFiring], keeping maximum: Int) {
    reasons.append(contentsOf: new)
    if reasons.count - reasonsHead > maximum { reasonsHead = reasons.count - maximum }
    if reasonsHead > maximum {
      reasons.removeFirst(reasonsHead)
      reasonsHead = 0
    }
  }

  mutating func keep(_ record: [UInt8], keepingBytes maximum: Int) {
    events.append(record)
    eventBytes += record.count
    guard eventBytes > maximum else { return }
    // In one go, so that dropping costs little for each commit.
    var dropped = 0
    while eventBytes > maximum / 2, dropped < events.count - 1 {
      eventBytes -= events[dropped].count
      dropped += 1
    }
    events.removeFirst(dropped)
  }
}

/// A state key that hashes by its bytes.
struct StateKeyBytes: Hashable {
  var bytes: [UInt8]

  /// Folds the bytes to a word first: keys are of the kernel's own making, mostly hashes, and a few dozen bytes long.
  func hash(into hasher: inout Hasher) {
    var folded: UInt64 = 0
    bytes.withUnsafeBytes { bytes in
      var place = 0
      while place + 8 <= bytes.count {
        folded = (folded ^ bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)) &* 0x9E37_79B9_7F4A_7C15
        folded ^= folded >> 29
        place += 8
      }
      while place < bytes.count {
        folded = (folded ^ UInt64(bytes[place])) &* 0x9E37_79B9_7F4A_7C15
        place += 1
      }
    }
    hasher.combine(folded)
  }
}

/// Finds artifacts by type, correlation, run and parent. Brought up to date when somebody asks, so that publishing pays
/// nothing for it.
struct MemoryIndex {
  private var next = 0
  private var nextOutcome = 0
  private(set) var byType: [Symbol: [UInt32]] = [:]
  private(set) var byCorrelation: [CorrelationID: [UInt32]] = [:]
  private(set) var byRun: [RunID: [UInt32]] = [:]
  private(set) var byParent: [ArtifactID: [UInt32]] = [:]
  private(set) var all: [UInt32] = []
  private(set) var outcomesByRun: [RunID: [UInt32]] = [:]
  private(set) var outcomesByInput: [ArtifactID: [UInt32]] = [:]

  mutating func update(_ records: ContiguousArray<LoggedRecord>) {
    while next < records.count {
      if let artifact = records[next].record.artifact {
        let number = UInt32(next)
        all.append(number)
        byType[artifact.type.symbol, default: []].append(number)
        byCorrelation[artifact.correlation, default: []].append(number)
        if artifact.run != .none { byRun[artifact.run, default: []].append(number) }
        for parent in artifact.parents.ids { byParent[parent, default: []].append(number) }
      }
      next += 1
    }
  }

  mutating func update(_ outcomes: ContiguousArray<Outcome>) {
    while nextOutcome < outcomes.count {
      let outcome = outcomes[nextOutcome]
      outcomesByRun[outcome.run, default: []].append(UInt32(nextOutcome))
      for input in outcome.inputs.ids { outcomesByInput[input, default: []].append(UInt32(nextOutcome)) }
      nextOutcome += 1
    }
  }
}

extension MemoryShard {
  mutating func updateOutcomes() { index.update(outcomes) }
}
