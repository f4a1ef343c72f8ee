#if SQLite
import FlockCore

/// A session's right to write a shard's state: a counter and a random number, compared as a pair.
struct SQLiteLease: Sendable, Hashable {
  let shard: Int
  let epoch: Int64
  let nonce: UniqueID
}

/// The rows of `owners`. Everything here runs inside a transaction of the writer, or in a snapshot.
struct SQLiteLeaseTable {
  let connection: SQLiteConnection

  /// Takes the shard from nobody, from this process, or from a dead owner.
  /// - Throws: ``FlockError`` with `.ownedElsewhere` that names the living one.
  func take(_ shard: Int, for owner: SQLiteOwner, nonce: UniqueID, lease: Duration, at now: Timestamp) throws -> SQLiteLease {
    let (epoch, current, heartbeat) = try row(shard)
    if let current, !current.isSameProcess(as: owner), current.isAlive(seenFrom: owner, heartbeat: heartbeat, lease: lease, at: now) {
      throw FlockError(
        .ownedElsewhere,
        "shard \(shard) is owned by process \(current.pid) on \(current.host) since \(current.since); stop it, or publish and"
          + " query beside it", isRetriable: true)
    }
    let statement = try connection.prepare(Self.update)
    try statement.bind(epoch + 1, at: 1)
    try statement.bind(nonce, at: 2)
    try statement.bind(Int64(owner.pid), at: 3)
    try statement.bind(owner.processStart, at: 4)
    try statement.bind(owner.host, at: 5)
    try statement.bind(owner.place, at: 6)
    try statement.bind(owner.since.nanoseconds, at: 7)
    try statement.bind(now.nanoseconds, at: 8)
    try statement.bind(Int64(shard), at: 9)
    try statement.run()
    return SQLiteLease(shard: shard, epoch: epoch + 1, nonce: nonce)
  }

  /// - Throws: ``FlockError`` with `.fenced` when the lease is over.
  func check(_ lease: SQLiteLease) throws {
    let statement = try connection.prepare(Self.selectLease)
    try statement.bind(Int64(lease.shard), at: 1)
    defer { statement.reset() }
    guard try statement.step(), statement.int64(0) == lease.epoch, !statement.isNull(1), try statement.id(1) == lease.nonce else {
      throw SQLiteLeaseTable.fenced(lease.shard)
    }
  }

  static func fenced(_ shard: Int) -> FlockError {
    FlockError(.fenced, "shard \(shard) has a newer owner; this session is over", isFatal: true)
  }

  /// Says that the owner lives. False when the lease is over.
  func beat(_ lease: SQLiteLease, at now: Timestamp) throws -> Bool {
    let statement = try connection.prepare(Self.heartbeat)
    try statement.bind(now.nanoseconds, at: 1)
    try bind(lease, statement, from: 2)
    try statement.run()
    return connection.changes == 1
  }

  /// The counter stays, so that the next owner's is higher.
  func release(_ lease: SQLiteLease) throws {
    let statement = try connection.prepare(Self.clear)
    try bind(lease, statement, from: 1)
    try statement.run()
  }

  private func bind(_ lease: SQLiteLease, _ statement: SQLiteStatement, from index: Int32) throws {
    try statement.bind(Int64(lease.shard), at: index)
    try statement.bind(lease.epoch, at: index + 1)
    try statement.bind(lease.nonce, at: index + 2)
  }

  /// Who owns a shard now, as far as the file says.
  func owner(_ shard: Int) throws -> (owner: SQLiteOwner, heartbeat: Timestamp)? {
    let (_, owner, heartbeat) = try row(shard)
    return owner.map { ($0, heartbeat) }
  }

  private func row(_ shard: Int) throws -> (epoch: Int64, owner: SQLiteOwner?, heartbeat: Timestamp) {
    let statement = try connection.prepare(Self.select)
    try statement.bind(Int64(shard), at: 1)
    defer { statement.reset() }
    guard try statement.step() else { throw SQLiteStoreError.damaged("shard \(shard) has no row in owners") }
    let heartbeat = Timestamp(nanoseconds: statement.int64(7))
    guard !statement.isNull(1) else { return (statement.int64(0), nil, heartbeat) }
    let owner = SQLiteOwner(
      pid: Int32(clamping: statement.int64(2)), processStart: statement.int64(3), host: statement.string(4),
      place: statement.string(5), since: Timestamp(nanoseconds: statement.int64(6)))
    return (statement.int64(0), owner, heartbeat)
  }

  private static let select = SQLiteQuery(
    "SELECT epoch, nonce, pid, process_start, host, place, since, heartbeat FROM owners WHERE shard = ?")
  private static let selectLease = SQLiteQuery("SELECT epoch, nonce FROM owners WHERE shard = ?")
  private static let update = SQLiteQuery(
    """
    UPDATE owners SET epoch = ?, nonce = ?, pid = ?, process_start = ?, host = ?, place = ?, since = ?, heartbeat = ?
    WHERE shard = ?
    """)
  private static let heartbeat = SQLiteQuery("UPDATE owners SET heartbeat = ? WHERE shard = ? AND epoch = ? AND nonce = ?")
  private static let clear = SQLiteQuery(
    """
    UPDATE owners SET nonce = NULL, pid = NULL, process_start = NULL, host = NULL, place = NULL, since = NULL, heartbeat = NULL
    WHERE shard = ? AND epoch = ? AND nonce = ?
    """)
}
#endif
