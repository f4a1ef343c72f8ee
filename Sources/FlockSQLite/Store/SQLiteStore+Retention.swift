#if SQLite
import Flock
public import FlockCore
import FlockKernel
import Synchronization

extension SQLiteStore {
  /// Deletes what ``SQLiteRetention`` says is due. An owner does it by itself, every `interval`.
  /// - Returns: rows that are gone.
  @discardableResult
  public func applyRetention() async throws -> Int {
    let retention = configuration.retention
    let now = clock.now()
    var deleted = 0
    if let age = retention.artifacts { deleted += try await deleteArtifacts(before: now.reaching(back: age)) }
    if let age = retention.outcomes { deleted += try await deleteOutcomes(before: now.reaching(back: age)) }
    if let age = retention.events { deleted += try await deleteEvents(before: now.reaching(back: age)) }
    if let age = retention.reasons { deleted += try await deleteReasons(before: now.reaching(back: age)) }
    return deleted
  }

  /// Deletes artifacts that the log took before an instant, with their tags, lineage, consumptions and reasons, and moves the
  /// log's beginning.
  ///
  /// Whatever the instant, it keeps what no agent has been shown yet, what a shard's state refers to (runs to be retried,
  /// groups, batches, dead letters), and what a publisher may still repeat (`publisherRetryHorizon`). Bounded transactions:
  /// others write in between.
  /// - Returns: artifacts that are gone.
  @discardableResult
  public func deleteArtifacts(before instant: Timestamp) async throws -> Int {
    let before = min(instant, clock.now().reaching(back: configuration.retention.publisherRetryHorizon))
    let rows = configuration.retention.rowsPerTransaction
    var deleted = 0
    for shard in 0..<shardCount {
      let plan = try await read { [streams] in try SQLiteTrimPlan(shard, before: before, $0, streams) }
      var next: Int64? = 0
      while let offset = next {
        let step = try await write { try SQLiteTrimmer(connection: $0).trim(plan, from: offset, rows: rows) }
        deleted += step.deleted
        next = step.next
      }
    }
    return deleted
  }

  /// Deletes outcomes that ended before an instant. Their outputs keep their lineage.
  /// - Returns: outcomes that are gone.
  @discardableResult
  public func deleteOutcomes(before instant: Timestamp) async throws -> Int {
    let rows = configuration.retention.rowsPerTransaction
    var deleted = 0
    var next: Int64? = 0
    while let row = next {
      let step = try await write { try SQLiteTrimmer(connection: $0).trimOutcomes(before: instant, after: row, rows: rows) }
      deleted += step.deleted
      next = step.next
    }
    return deleted
  }

  /// Deletes event records of commits before an instant.
  @discardableResult
  public func deleteEvents(before instant: Timestamp) async throws -> Int {
    let rows = configuration.retention.rowsPerTransaction
    var deleted = 0
    for shard in 0..<shardCount {
      while true {
        let step = try await write { try SQLiteTrimmer(connection: $0).trimEvents(shard: shard, before: instant, rows: rows) }
        deleted += step
        if step < rows { break }
      }
    }
    return deleted
  }

  /// Deletes reasons of commits before an instant.
  @discardableResult
  public func deleteReasons(before instant: Timestamp) async throws -> Int {
    let rows = configuration.retention.rowsPerTransaction
    var deleted = 0
    while true {
      let step = try await write { try SQLiteTrimmer(connection: $0).trimReasons(before: instant, rows: rows) }
      deleted += step
      if step < rows { return deleted }
    }
  }

  /// On the watcher's thread. Queues one bounded transaction of each kind, and no more: what remains is due the next time.
  func upkeep(_ connection: SQLiteConnection) {
    guard let writer else { return }
    let retention = configuration.retention
    let now = clock.now()
    let rows = retention.rowsPerTransaction
    var plans: [SQLiteTrimPlan] = []
    if let age = retention.artifacts {
      let before = min(now.reaching(back: age), now.reaching(back: retention.publisherRetryHorizon))
      for shard in 0..<shardCount {
        // In one snapshot; a file that cannot be read now is looked at again.
        let plan = try? connection.transaction(.deferred) { try SQLiteTrimPlan(shard, before: before, connection, streams) }
        if let plan, plan.end > 0 { plans.append(plan) }
      }
    }
    let shards = shardCount
    writer.submit(isolated: false) { [plans, slots] connection in
      let trimmer = SQLiteTrimmer(connection: connection)
      for plan in plans {
        let from = slots[plan.shard].contents.withLock { $0.trimmedTo }
        let next = try trimmer.trim(plan, from: from, rows: rows).next
        // Only where the next step begins: a transaction that is lost is made up for in the next pass.
        slots[plan.shard].contents.withLock { $0.trimmedTo = next ?? 0 }
      }
      if let age = retention.outcomes { _ = try trimmer.trimOutcomes(before: now.reaching(back: age), after: 0, rows: rows) }
      if let age = retention.events {
        for shard in 0..<shards { _ = try trimmer.trimEvents(shard: shard, before: now.reaching(back: age), rows: rows) }
      }
      if let age = retention.reasons { _ = try trimmer.trimReasons(before: now.reaching(back: age), rows: rows) }
    } completion: { _ in
      // What failed is due the next time.
    }
  }
}

extension Timestamp {
  /// Saturates in the distant past.
  func reaching(back age: Duration) -> Timestamp {
    let (instant, overflow) = nanoseconds.subtractingReportingOverflow(age.inNanoseconds)
    return overflow ? .distantPast : Timestamp(nanoseconds: instant)
  }
}
#endif
