#if SQLite
import FlockCore
import FlockKernel

/// A commit with everything computed that needs no transaction.
struct SQLitePreparedCommit: Sendable {
  let commit: ShardCommit
  /// Of the outputs, in their order.
  let streams: [Int64]
  let payloads: [[UInt8]]
  let outputShards: [Int]
  let relays: [[UInt8]]
  let deadLetters: [[UInt8]]
}

/// What a commit left in the logs.
struct SQLiteAppended: Sendable {
  /// The keys of the outputs, then of the relays; those of duplicates are the first one's.
  var keys: [Int64] = []
  var isDuplicate: [Bool] = []
  var at = Timestamp(nanoseconds: 0)
  /// It was there already: a repetition after an unknown result.
  var isRepetition = false
}

/// Writes a commit within one item of the writer. Refuses before its first write.
struct SQLiteCommitWriter {
  let connection: SQLiteConnection
  let prepared: SQLitePreparedCommit
  let lease: SQLiteLease

  private var commit: ShardCommit { prepared.commit }

  func write(at now: Timestamp) throws -> SQLiteAppended {
    try SQLiteLeaseTable(connection: connection).check(lease)
    let sequence = try SQLiteCommitWriter.sequence(commit.shard, connection)
    // Only this session could have written it.
    if sequence == commit.sequence { return SQLiteAppended(isRepetition: true) }
    guard commit.sequence == sequence + 1 else {
      throw SQLiteStoreError.damaged("commit \(commit.sequence) follows commit \(sequence) of shard \(commit.shard)")
    }
    var appended = SQLiteAppended(at: now)
    let appender = try SQLiteAppender(connection, at: now)
    try writeState()
    try append(appender, &appended)
    try writeOutcomes(appended)
    try writeDeadLetters()
    try writeReasons()
    try writeEvents()
    try appender.finish()
    let statement = try connection.prepare(Self.setSequence)
    try statement.bind(commit.sequence, at: 1)
    try statement.bind(commit.ingestedOffset, at: 2)
    try statement.bind(Int64(commit.shard), at: 3)
    try statement.run()
    return appended
  }

  static func sequence(_ shard: Int, _ connection: SQLiteConnection) throws -> Int64 {
    let statement = try connection.prepare(Self.selectSequence)
    try statement.bind(Int64(shard), at: 1)
    defer { statement.reset() }
    guard try statement.step() else { throw SQLiteStoreError.damaged("shard \(shard) has no row in shards") }
    return statement.int64(0)
  }

  private func writeState() throws {
    for change in commit.changes {
      let statement = try connection.prepare(change.value == nil ? Self.deleteState : Self.setState)
      try statement.bind(Int64(commit.shard), at: 1)
      try change.key.withUnsafeBytes { key in
        try statement.bindInPlace(key, at: 2)
        guard let value = change.value else { return try statement.run() }
        try value.withUnsafeBytes { value in
          try statement.bindInPlace(value, at: 3)
          try statement.run()
        }
      }
    }
  }

  private func append(_ appender: SQLiteAppender, _ appended: inout SQLiteAppended) throws {
    let count = commit.outputs.count + commit.relays.count
    appended.keys.reserveCapacity(count)
    appended.isDuplicate.reserveCapacity(count)
    for (index, artifact) in commit.outputs.enumerated() {
      let (key, isDuplicate) = try appender.append(
        artifact, stream: prepared.streams[index], payload: prepared.payloads[index], shard: prepared.outputShards[index],
        isLinked: false)
      appended.keys.append(key)
      appended.isDuplicate.append(isDuplicate)
    }
    for (index, relay) in commit.relays.enumerated() {
      appended.keys.append(try appender.append(prepared.relays[index], shard: relay.targetShard))
      appended.isDuplicate.append(false)
    }
  }

  // MARK: History

  /// The kernel appends outputs in the order of their outcomes.
  private func writeOutcomes(_ appended: SQLiteAppended) throws {
    guard !commit.outcomes.isEmpty else { return }
    let insert = try connection.prepare(Self.insertOutcome)
    let consume = try connection.prepare(Self.insertConsumption)
    var next = 0
    for outcome in commit.outcomes {
      let first = next
      // Counted, because a dead letter and its replay may be in one commit.
      while next < commit.outputs.count, next - first < outcome.outputCount, commit.outputs[next].run == outcome.run { next += 1 }
      try bind(outcome, insert)
      try bind(appended.keys[first..<next], insert)
      try insert.run()
      guard connection.changes == 1 else { continue }
      let row = connection.lastInsertRowID
      for input in outcome.inputs.ids {
        try consume.bind(input.value, at: 1)
        try consume.bind(row, at: 2)
        try consume.run()
      }
    }
    guard next == commit.outputs.count else {
      throw SQLiteStoreError.damaged("commit \(commit.sequence) of shard \(commit.shard) has outputs without an outcome")
    }
  }

  private func bind(_ outcome: Outcome, _ statement: SQLiteStatement) throws {
    try statement.bind(outcome.run.value, at: 1)
    try statement.bind(Int64(outcome.replayNumber), at: 2)
    try statement.bind(Int64(bitPattern: outcome.subscription.value), at: 3)
    try statement.bind(outcome.agent.name, at: 4)
    try statement.bind(Int64(outcome.kind.rawValue), at: 5)
    try statement.bind(Int64(outcome.attempts), at: 6)
    let inputs = outcome.inputs.ids
    if inputs.first?.value == outcome.correlation.value {
      try statement.bindNull(at: 7)
    } else {
      try statement.bind(outcome.correlation.value, at: 7)
    }
    switch inputs.count {
    case 0: try statement.bindNull(at: 8)
    case 1: try statement.bind(inputs[0].value, at: 8)
    default: try statement.bind(SQLiteBytes.encode(inputs.map(\.value)), at: 8)
    }
    try statement.bind(Int64(outcome.outputCount), at: 9)
    try statement.bind(outcome.startedAt.nanoseconds, at: 12)
    try statement.bind(outcome.finishedAt.nanoseconds, at: 13)
    try statement.bind((outcome.failure?.cause.rawValue).map(Int64.init), at: 14)
    try statement.bind(outcome.failure?.message, at: 15)
  }

  /// Consecutive keys are named by the first one.
  private func bind(_ keys: ArraySlice<Int64>, _ statement: SQLiteStatement) throws {
    guard let first = keys.first else {
      try statement.bindNull(at: 10)
      return try statement.bindNull(at: 11)
    }
    let isConsecutive = keys.enumerated().allSatisfy { $0.element == first + Int64($0.offset) }
    if isConsecutive {
      try statement.bind(first, at: 10)
      try statement.bindNull(at: 11)
    } else {
      try statement.bindNull(at: 10)
      try statement.bind(SQLiteBytes.encode(Array(keys)), at: 11)
    }
  }

  private func writeDeadLetters() throws {
    for ended in commit.endedDeadLetters {
      let statement = try connection.prepare(Self.deleteDeadLetter)
      try statement.bind(ended.run.value, at: 1)
      try statement.bind(Int64(ended.replayNumber), at: 2)
      try statement.run()
    }
    for (index, letter) in commit.deadLetters.enumerated() {
      let statement = try connection.prepare(Self.insertDeadLetter)
      try statement.bind(letter.run.value, at: 1)
      try statement.bind(Int64(letter.replayNumber), at: 2)
      try statement.bind(letter.at.nanoseconds, at: 3)
      try statement.bind(prepared.deadLetters[index], at: 4)
      try statement.run()
    }
  }

  private func writeReasons() throws {
    guard !commit.reasons.isEmpty else { return }
    let statement = try connection.prepare(Self.insertReasons)
    var first = 0
    while first < commit.reasons.count {
      let artifact = commit.reasons[first].artifact
      var end = first + 1
      while end < commit.reasons.count, commit.reasons[end].artifact == artifact { end += 1 }
      try statement.bind(artifact.value, at: 1)
      try statement.bind(commit.instant.nanoseconds, at: 2)
      try statement.bind(SQLiteReasonCoding.encode(commit.reasons[first..<end]), at: 3)
      try statement.run()
      first = end
    }
  }

  private func writeEvents() throws {
    let statement = try connection.prepare(Self.insertEvents)
    try statement.bind(SQLiteLogKey.key(commit.shard, commit.sequence), at: 1)
    try statement.bind(commit.instant.nanoseconds, at: 2)
    try statement.bind(commit.events, at: 3)
    try statement.run()
  }

  private static let selectSequence = SQLiteQuery("SELECT sequence FROM shards WHERE shard = ?")
  private static let setSequence = SQLiteQuery("UPDATE shards SET sequence = ?, ingested = ? WHERE shard = ?")
  private static let setState = SQLiteQuery("INSERT OR REPLACE INTO state(shard, key, value) VALUES (?, ?, ?)")
  private static let deleteState = SQLiteQuery("DELETE FROM state WHERE shard = ? AND key = ?")
  private static let insertOutcome = SQLiteQuery(
    """
    INSERT INTO outcomes(
      run, replay, subscription, agent, kind, attempts, correlation, inputs, output_count, first_output, outputs, started_at,
      finished_at, cause, message)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
    """)
  private static let insertConsumption = SQLiteQuery(
    "INSERT INTO consumptions(artifact, outcome) VALUES (?, ?) ON CONFLICT DO NOTHING")
  private static let insertDeadLetter = SQLiteQuery(
    "INSERT OR REPLACE INTO dead_letters(run, replay, at, bytes) VALUES (?, ?, ?, ?)")
  private static let deleteDeadLetter = SQLiteQuery("DELETE FROM dead_letters WHERE run = ? AND replay = ?")
  private static let insertReasons = SQLiteQuery("INSERT INTO reasons(artifact, at, entries) VALUES (?, ?, ?)")
  private static let insertEvents = SQLiteQuery("INSERT INTO events(position, at, bytes) VALUES (?, ?, ?)")
}
#endif
