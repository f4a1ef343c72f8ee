import FlockCore
import FlockKernel
import Synchronization

struct MemorySession: ShardSession {
  let store: MemoryStore
  let shard: Int
  let epoch: UInt64

  private func check(_ contents: borrowing MemoryShard) throws {
    guard contents.epoch == epoch else {
      throw FlockError(.fenced, "shard \(shard) has a newer owner; this session is over", isFatal: true)
    }
  }

  func restore() async throws -> RestoredShard {
    try store.shards[shard].contents.withLock { contents in
      try check(contents)
      let entries = contents.state.map { (key: $0.key.bytes, value: $0.value) }
        .sorted { $0.key.lexicographicallyPrecedes($1.key) }
      let state = ShardState(entries: entries, logEnd: contents.end)
      var records: [Int64: LogRecord] = [:]
      for offset in try state.referencedOffsets() where offset < contents.end {
        records[offset] = contents.records[Int(offset)].record
      }
      return RestoredShard(state: state, records: records)
    }
  }

  func records(from offset: Int64, maximum: Int) async throws -> RecordBatch? {
    try store.shards[shard].contents.withLock { contents in
      try check(contents)
      let start = min(Int(clamping: max(0, offset)), contents.records.count)
      let end = start + min(contents.records.count - start, max(0, maximum))
      guard start < end else { return nil }
      return RecordBatch(firstOffset: offset, records: Array(contents.records[start..<end])[...])
    }
  }

  func commit(_ commit: ShardCommit) async throws {
    let now = store.clock.now()
    let wakesSelf = try store.shards[shard].contents.withLock { contents -> Bool in
      try check(contents)
      guard commit.sequence == contents.sequence + 1 else {
        throw FlockError(
          .corruptStore, "commit \(commit.sequence) follows commit \(contents.sequence) of shard \(shard)", isFatal: true)
      }
      contents.sequence = commit.sequence
      for change in commit.changes { contents.state[StateKeyBytes(bytes: change.key)] = change.value }
      contents.outcomes.append(contentsOf: commit.outcomes)
      contents.deadLetters.append(contentsOf: commit.deadLetters)
      for ended in commit.endedDeadLetters {
        contents.deadLetters.removeAll { $0.run == ended.run && $0.replayNumber == ended.replayNumber }
      }
      contents.note(commit.reasons, keeping: store.configuration.reasons)
      contents.keep(commit.events, keepingBytes: store.configuration.eventBytes)
      guard store.shardCount == 1 else { return false }
      for artifact in commit.outputs { _ = contents.append(.artifact(artifact), at: now) }
      return !commit.outputs.isEmpty
    }
    if store.shardCount > 1 { distribute(commit, at: now) } else if wakesSelf { wake(shard) }
  }

  private func distribute(_ commit: ShardCommit, at now: Timestamp) {
    var woken = Set<Int>()
    for artifact in commit.outputs {
      let target = store.router.shard(of: artifact)
      store.shards[target].contents.withLock { _ = $0.append(.artifact(artifact), at: now) }
      woken.insert(target)
    }
    for relay in commit.relays {
      store.shards[relay.targetShard].contents.withLock { _ = $0.append(.relay(relay), at: now) }
      woken.insert(relay.targetShard)
    }
    for target in woken.sorted() { wake(target) }
  }

  private func wake(_ target: Int) { store.shards[target].contents.withLock { $0.wake }?() }

  func release() async {
    store.shards[shard].contents.withLock { contents in
      guard contents.epoch == epoch else { return }
      contents.epoch += 1
      contents.wake = nil
    }
  }
}
