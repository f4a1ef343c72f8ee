#if SQLite
public import Flock
import FlockCore
import Synchronization

extension SQLiteStore {
  /// Becomes the owner of a shard. A session that this process had on it is fenced; that of a process that is gone, or has
  /// not written within `leaseDuration`, is taken over.
  /// - Throws: ``FlockError`` with `.ownedElsewhere` that names the process, host and since when.
  public func openSession(shard: Int, wake: @escaping @Sendable () -> Void) async throws -> any ShardSession {
    try check(shard)
    var generator = SystemRandomNumberGenerator()
    let nonce = UniqueID(high: generator.next(), low: generator.next())
    let duration = configuration.leaseDuration
    let (lease, end) = try await write { [owner, clock, streams] connection in
      let lease = try SQLiteLeaseTable(connection: connection).take(
        shard, for: owner, nonce: nonce, lease: duration, at: clock.now())
      return (lease, try SQLiteLogReader(connection: connection, streams: streams).extent(shard).end)
    } onCommit: { [slots] lease, end in
      // In the order of the transactions: what is appended after this one is noted after it.
      slots[shard].contents.withLock { slot in
        slot.owner = SQLiteShardSlot.Owner(lease: lease, wake: wake)
        slot.knownEnd = max(slot.knownEnd, end)
        slot.tail.removeAll()
      }
    }
    _ = end
    do {
      try startWatcher()
    } catch {
      await release(lease)
      throw error
    }
    return SQLiteSession(store: self, lease: lease)
  }

  func release(_ lease: SQLiteLease) async {
    slots[lease.shard].contents.withLock { $0.end(lease) }
    // Whoever cannot write leaves the lease to expire.
    _ = try? await write { try SQLiteLeaseTable(connection: $0).release(lease) }
    if !isOwner { watcher.withLock { $0 }?.rest() }
  }

  var isOwner: Bool { slots.contains { $0.contents.withLock { $0.owner != nil } } }

  /// Throws `.fenced` when a newer session has the shard.
  func checkLocally(_ lease: SQLiteLease) throws {
    guard slots[lease.shard].contents.withLock({ $0.owner?.lease == lease }) else { throw SQLiteLeaseTable.fenced(lease.shard) }
  }

  // MARK: Other processes

  private func startWatcher() throws {
    do {
      try watcher.withLock { watcher in
        if watcher == nil {
          var connection = configuration.connection(path)
          connection.access = .readOnly
          let times = SQLiteWatcher.Times(
            poll: configuration.pollInterval, beat: configuration.leaseDuration / 4, upkeep: configuration.retention.interval)
          watcher = try SQLiteWatcher(connection, times) { [weak self] in self?.handle($0, $1) }
        }
        watcher?.watch()
      }
    } catch let error as SQLiteError {
      throw SQLiteStoreError.flock(error, path: path)
    }
  }

  /// On the watcher's thread.
  private func handle(_ event: SQLiteWatcher.Event, _ connection: SQLiteConnection) {
    switch event {
    case .changed: lookForRecords(connection)
    case .beat: beat()
    case .upkeep: upkeep(connection)
    }
  }

  /// Wakes the owners of logs that another process has lengthened.
  private func lookForRecords(_ connection: SQLiteConnection) {
    let log = SQLiteLogReader(connection: connection, streams: streams)
    for shard in slots.indices {
      guard slots[shard].contents.withLock({ $0.owner != nil }), let extent = try? log.extent(shard) else { continue }
      let wake = slots[shard].contents.withLock { slot -> (@Sendable () -> Void)? in
        guard extent.end > slot.knownEnd else { return nil }
        slot.knownEnd = extent.end
        return slot.owner?.wake
      }
      wake?()
    }
  }

  /// Renews the leases of this process. One that is over ends its session.
  private func beat() {
    let leases = slots.compactMap { slot in slot.contents.withLock { $0.owner?.lease } }
    guard !leases.isEmpty else { return }
    writer?.submit(isolated: false) { [clock] connection -> [SQLiteLease] in
      let table = SQLiteLeaseTable(connection: connection)
      let now = clock.now()
      return try leases.filter { try !table.beat($0, at: now) }
    } completion: { [slots] result in
      // A beat that failed is repeated; the lease allows for three.
      guard case .success(let lost) = result else { return }
      for lease in lost {
        let wake = slots[lease.shard].contents.withLock { slot -> (@Sendable () -> Void)? in
          guard slot.owner?.lease == lease else { return nil }
          defer { slot.end(lease) }
          return slot.owner?.wake
        }
        wake?()
      }
    }
  }
}
#endif
