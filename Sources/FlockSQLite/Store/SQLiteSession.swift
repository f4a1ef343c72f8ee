#if SQLite
import Flock
import FlockCore
import FlockKernel
import Synchronization

struct SQLiteSession: ShardSession {
  let store: SQLiteStore
  let lease: SQLiteLease

  private var shard: Int { lease.shard }

  func restore() async throws -> RestoredShard {
    try store.checkLocally(lease)
    return try await store.read { [lease, streams = store.streams] connection in
      try SQLiteLeaseTable(connection: connection).check(lease)
      let log = SQLiteLogReader(connection: connection, streams: streams)
      let state = try log.state(lease.shard)
      var records: [Int64: LogRecord] = [:]
      for offset in try state.referencedOffsets() where offset < state.logEnd {
        records[offset] = try log.record(lease.shard, offset)
      }
      return RestoredShard(state: state, records: records)
    }
  }

  func records(from offset: Int64, maximum: Int) async throws -> RecordBatch? {
    let lease = lease
    let known = try store.slots[shard].contents.withLock { slot -> (tail: ArraySlice<LoggedRecord>?, isAtEnd: Bool) in
      guard slot.owner?.lease == lease else { throw SQLiteLeaseTable.fenced(lease.shard) }
      return (slot.tail.take(from: offset, maximum: maximum), offset >= slot.knownEnd)
    }
    if let tail = known.tail { return RecordBatch(firstOffset: offset, records: tail) }
    if known.isAtEnd { return nil }
    let maximumBytes = store.configuration.maximumPageBytes
    return try await store.read { [streams = store.streams] connection in
      let log = SQLiteLogReader(connection: connection, streams: streams)
      let (_, end) = try log.extent(lease.shard)
      let records = try log.records(lease.shard, from: offset, to: end, maximum: maximum, maximumBytes: maximumBytes)
      return records.isEmpty ? nil : RecordBatch(firstOffset: offset, records: records[...])
    }
  }

  func commit(_ commit: ShardCommit) async throws {
    try store.checkLocally(lease)
    let prepared = try await prepare(commit)
    do {
      try await store.write { [lease, clock = store.clock] connection in
        try SQLiteCommitWriter(connection: connection, prepared: prepared, lease: lease).write(at: clock.now())
      } onCommit: { [slots = store.slots] appended in
        SQLiteStore.note(appended, slots) { index in
          index < commit.outputs.count
            ? (.artifact(commit.outputs[index]), prepared.payloads[index].count)
            : (.relay(commit.relays[index - commit.outputs.count]), prepared.relays[index - commit.outputs.count].count)
        }
      }
    } catch let error as FlockError where error.code == .fenced {
      store.slots[shard].contents.withLock { $0.end(lease) }
      throw error
    } catch let error as FlockError {
      guard let underlying = error.underlying as? SQLiteError, underlying.isInputOutput else { throw error }
      try await settle(commit, error)
    }
  }

  func release() async { await store.release(lease) }

  private func prepare(_ commit: ShardCommit) async throws -> SQLitePreparedCommit {
    for relay in commit.relays { try store.check(relay.targetShard) }
    return SQLitePreparedCommit(
      commit: commit, streams: try await store.streamNumbers(commit.outputs),
      payloads: try commit.outputs.map { try $0.payload.encoded() },
      outputShards: commit.outputs.map { store.router.shard(of: $0) },
      relays: try commit.relays.map { try RecordCoding.encode(.relay($0)) },
      deadLetters: try commit.deadLetters.map(SQLiteDeadLetterCoding.encode))
  }

  /// After a failed sync nobody knows whether a crash would bring the commit back. The next transaction that goes through
  /// decides it, and then the sequence says which.
  func settle(_ commit: ShardCommit, _ cause: FlockError) async throws {
    let sequence: Int64
    do {
      sequence = try await store.write { [lease, clock = store.clock] connection in
        let table = SQLiteLeaseTable(connection: connection)
        try table.check(lease)
        _ = try table.beat(lease, at: clock.now())
        return try SQLiteCommitWriter.sequence(lease.shard, connection)
      }
    } catch let error as FlockError where error.code == .fenced {
      throw error
    } catch {
      throw FlockError(
        .commitUnknown,
        "the disk of \(store.path) failed during commit \(commit.sequence) of shard \(shard) and again afterwards; start anew when it"
          + " works", isFatal: true, underlying: cause)
    }
    guard sequence < commit.sequence else { return }
    throw cause
  }
}
#endif
