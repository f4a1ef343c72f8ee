#if SQLite
import FlockCore

/// Limits and defaults of a ``SQLiteStore``.
public struct SQLiteStoreConfiguration: Sendable {
  /// What a commit that has returned survives.
  public enum Durability: Sendable, Hashable, CaseIterable {
    /// A power cut: each commit is synced.
    case powerCut
    /// A crash of the process. A power cut may lose the latest commits, in order, and damages nothing.
    case processCrash
  }

  /// Default ``Durability/powerCut``.
  public var durability = Durability.powerCut
  /// The largest payload of one artifact and the largest outcome of one run, in bytes. Default 64 MiB, at most 512 MiB.
  public var maximumOutcomeBytes = 64 << 20
  /// Records of one call of `publish`. Default 1 000 000.
  public var maximumPublishRecords = 1_000_000
  /// Different combinations of type, version, producer and visibility rule. Default 65 536.
  public var maximumStreams = 65_536
  /// An owner that has not written for so long is taken for dead, and its shards may be taken over. Default 10 seconds.
  public var leaseDuration: Duration = .seconds(10)
  /// How often an owner looks for records of other processes. Default 25 ms.
  public var pollInterval: Duration = .milliseconds(25)
  /// How long a statement waits for another process's lock before it is answered `storeUnavailable`. Default 5 seconds.
  public var busyTimeout: Duration = .seconds(5)
  /// Queries that run at once; more wait. Default 2, at most 64.
  public var readConnections = 2
  /// The page cache of each connection, in bytes. Default 16 MiB.
  public var cacheBytes: Int64 = 16 << 20
  /// The length of the write-ahead log at which it is moved into the database, in pages of 4 KiB. Default 4 096.
  public var checkpointPages: Int32 = 4096
  /// Records of this process that a shard's owner reads from memory; others are read from the file. Default 65 536.
  public var tailRecords = 65_536
  /// The bytes of their payloads. Default 32 MiB.
  public var tailBytes = 32 << 20
  /// A page of a query ends early at so many bytes of payload. Default 64 MiB.
  public var maximumPageBytes = 64 << 20
  /// What an owner deletes by itself.
  public var retention = SQLiteRetention()
  /// SQLite's virtual file system, `nil` for the default one. For tests of power cuts.
  package var vfs: String?
  /// Syncs nothing, to show that such a test sees what is lost.
  package var isUnsynced = false

  public init() {}

  func validate() throws {
    func check(_ isValid: Bool, _ name: String, _ rule: String) throws {
      guard isValid else { throw FlockError(.invalidConfiguration, "SQLiteStoreConfiguration.\(name) must be \(rule)") }
    }
    try check((1...512 << 20).contains(maximumOutcomeBytes), "maximumOutcomeBytes", "1 byte to 512 MiB")
    try check(maximumPublishRecords > 0, "maximumPublishRecords", "positive")
    try check(maximumStreams > 0, "maximumStreams", "positive")
    try check(leaseDuration >= .milliseconds(100), "leaseDuration", "at least 100 ms")
    try check(pollInterval >= .milliseconds(1), "pollInterval", "at least 1 ms")
    try check(busyTimeout >= .zero, "busyTimeout", "0 or more")
    try check((1...64).contains(readConnections), "readConnections", "1 to 64")
    try check(cacheBytes > 0, "cacheBytes", "positive")
    try check(checkpointPages > 0, "checkpointPages", "positive")
    try check(tailRecords >= 0 && tailBytes >= 0, "tailRecords and tailBytes", "0 or more")
    try check(maximumPageBytes > 0, "maximumPageBytes", "positive")
    try retention.validate()
  }

  func connection(_ path: String) -> SQLiteConnectionConfiguration {
    var connection = SQLiteConnectionConfiguration(path: path)
    connection.vfs = vfs
    connection.synchronous = isUnsynced ? .off : durability == .powerCut ? .full : .normal
    connection.busyTimeout = busyTimeout
    connection.cacheBytes = cacheBytes
    connection.walAutocheckpointPages = checkpointPages
    connection.foreignKeys = false
    return connection
  }
}

/// How long things are kept. What a shard's state refers to, and what no agent has been shown yet, is kept in any case.
public struct SQLiteRetention: Sendable {
  /// Artifacts and their lineage, counted from when the log took them. Default `nil`: for ever.
  public var artifacts: Duration?
  /// Outcomes of runs. Default `nil`: for ever.
  public var outcomes: Duration?
  /// Event records. Default 7 days.
  public var events: Duration? = .seconds(7 * 86_400)
  /// Why subscriptions did not fire. Default 7 days.
  public var reasons: Duration? = .seconds(7 * 86_400)
  /// A publisher that repeats a publication within this time is recognised, so that nothing younger is deleted.
  /// Default 120 seconds.
  public var publisherRetryHorizon: Duration = .seconds(120)
  /// How often an owner looks for what is due. Default 60 seconds.
  public var interval: Duration = .seconds(60)
  /// Rows that one transaction of it looks at. Default 1 000.
  public var rowsPerTransaction = 1000

  public init() {}

  func validate() throws {
    for (name, duration) in [("artifacts", artifacts), ("outcomes", outcomes), ("events", events), ("reasons", reasons)] {
      guard duration ?? .zero >= .zero else {
        throw FlockError(.invalidConfiguration, "SQLiteRetention.\(name) must be 0 or more")
      }
    }
    guard publisherRetryHorizon >= .zero, interval > .zero, (1...100_000).contains(rowsPerTransaction) else {
      throw FlockError(
        .invalidConfiguration,
        "SQLiteRetention: publisherRetryHorizon must be 0 or more, interval positive, rowsPerTransaction 1 to 100 000")
    }
  }
}
#endif
