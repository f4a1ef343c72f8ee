#if SQLite
public import Flock
import FlockCore
public import FlockKernel
import Synchronization

/// The embedded store in one file: durable, with one owner at a time, and open to other processes that publish and query.
///
/// ```swift
/// let store = try await SQLiteStore.open(path: "board.db")
/// let flock = try Flock(agents: [triage, fixer], store: store)
/// ```
///
/// Everything a commit holds is one transaction of SQLite. What waits at the same time shares a transaction, so that many
/// publishers share one sync of the disk. An artifact's id is recognised for as long as the artifact is kept.
public final class SQLiteStore: BlackboardStore {
  public let path: String
  public let shardCount: Int
  public let isReadOnly: Bool
  public let keepsBytes = true
  public var maximumOutcomeBytes: Int { configuration.maximumOutcomeBytes }
  public let configuration: SQLiteStoreConfiguration
  let clock: any FlockClock
  let router: ShardRouter
  package let writer: SQLiteWriter?
  let readers: SQLiteReaderPool
  let streams: SQLiteStreams
  let owner: SQLiteOwner
  let slots: [Slot]
  let watcher = Mutex<SQLiteWatcher?>(nil)
  let isClosed = Mutex(false)

  /// A lock for each shard.
  final class Slot: Sendable {
    let contents: Mutex<SQLiteShardSlot>

    init(_ configuration: SQLiteStoreConfiguration) { contents = Mutex(SQLiteShardSlot(configuration)) }
  }

  init(
    path: String, board: SQLiteBoard, configuration: SQLiteStoreConfiguration, clock: any FlockClock, writer: SQLiteWriter?,
    readers: SQLiteReaderPool
  ) {
    self.path = path
    shardCount = board.shardCount
    isReadOnly = writer == nil
    self.configuration = configuration
    self.clock = clock
    router = ShardRouter(shardCount: board.shardCount)
    self.writer = writer
    self.readers = readers
    streams = SQLiteStreams(maximum: configuration.maximumStreams)
    owner = SQLiteOwner.current(at: clock.now())
    slots = (0..<board.shardCount).map { _ in Slot(configuration) }
  }

  deinit { watcher.withLock { $0 }?.stop() }

  // MARK: Publishing

  /// - Throws: ``FlockError`` with `.storeUnavailable` when the file is locked or the disk is full: publish the same ids
  ///   again; `.limitExceeded`; `.shutDown` after ``close()``. Nothing is stored then.
  public func publish(_ records: [LogRecord]) async throws -> PublishReceipt {
    guard !records.isEmpty else { return PublishReceipt(positions: [], duplicates: 0) }
    let prepared = try await prepare(records)
    let appended = try await write { [clock] connection in
      try prepared.append(to: connection, at: clock.now())
    } onCommit: { [slots] in
      prepared.noteCommit($0, slots)
    }
    return PublishReceipt(
      positions: appended.keys.map(SQLiteLogKey.position), duplicates: appended.isDuplicate.count { $0 })
  }

  private func prepare(_ records: [LogRecord]) async throws -> SQLitePreparedRecords {
    guard records.count <= configuration.maximumPublishRecords else {
      throw FlockError(
        .limitExceeded,
        "\(records.count) records in one publication; \(configuration.maximumPublishRecords) are allowed (maximumPublishRecords)")
    }
    var prepared = try SQLitePreparedRecords(records, router, maximumBytes: maximumOutcomeBytes)
    prepared.streams = try await streamNumbers(records.compactMap(\.artifact))
    return prepared
  }

  /// The numbers of the artifacts' streams; new ones are made durable first.
  func streamNumbers(_ artifacts: [Artifact]) async throws -> [Int64] {
    let known = streams.numbers(of: artifacts)
    guard known.contains(0) else { return known }
    var missing: [SQLiteStream] = []
    for (artifact, number) in zip(artifacts, known) where number == 0 {
      let stream = SQLiteStream(artifact)
      if missing.last != stream, !missing.contains(stream) { missing.append(stream) }
    }
    let added = missing
    try await write { [streams] in try streams.add(added, $0) }
    try await read { [streams] in try streams.refresh($0) }
    return streams.numbers(of: artifacts)
  }

  // MARK: Reading

  /// Records of a shard. Offset 0 is the beginning of the log, wherever retention has put it: the batch says where it begins.
  /// - Throws: ``FlockError`` with `.trimmed` for another offset before the log's beginning.
  public func read(shard: Int, from offset: Int64, maximum: Int) async throws -> RecordBatch {
    try check(shard)
    let maximumBytes = configuration.maximumPageBytes
    return try await read { [streams] connection in
      let log = SQLiteLogReader(connection: connection, streams: streams)
      let (start, end) = try log.extent(shard)
      guard offset <= 0 || offset >= start else {
        throw FlockError(.trimmed, "the log of shard \(shard) begins at offset \(start); \(offset) was deleted by retention")
      }
      let first = max(offset, start)
      let records = try log.records(shard, from: first, to: end, maximum: max(0, maximum), maximumBytes: maximumBytes)
      return RecordBatch(firstOffset: first, records: records[...])
    }
  }

  func check(_ shard: Int) throws {
    guard slots.indices.contains(shard) else {
      throw FlockError(.notFound, "the board has shards 0 to \(shardCount - 1), not \(shard)")
    }
  }

  // MARK: Access to the file

  /// Runs in a snapshot, with errors in the contract's words.
  func read<Value: Sendable>(_ work: @escaping @Sendable (SQLiteConnection) throws -> Value) async throws -> Value {
    do {
      return try await readers.read(work)
    } catch let error as SQLiteError {
      throw SQLiteStoreError.flock(error, path: path)
    }
  }

  /// Runs in the next transaction and returns when it is durable. `work` throws before its first write, or the whole
  /// group is repeated by its submitters.
  /// - Parameter onCommit: on the writer's thread, in the order of the transactions.
  @discardableResult
  func write<Value: Sendable>(
    _ work: @escaping @Sendable (SQLiteConnection) throws -> Value, onCommit: @escaping @Sendable (Value) -> Void = { _ in }
  ) async throws -> Value {
    guard let writer else { throw SQLiteStoreError.readOnly(path) }
    do {
      return try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Value, any Error>) in
        let admission = writer.submit(isolated: false, work) { result in
          if case .success(let value) = result { onCommit(value) }
          continuation.resume(with: result)
        }
        if admission != .accepted { continuation.resume(throwing: SQLiteStoreError.closed(path)) }
      }
    } catch let error as SQLiteError {
      throw SQLiteStoreError.flock(error, path: path)
    }
  }

  /// Gives up what is owned, commits what is queued, and closes the file. Calls after it throw `.shutDown`.
  public func close() async {
    let wasClosed = isClosed.withLock { isClosed in
      defer { isClosed = true }
      return isClosed
    }
    if wasClosed { return }
    let watcher = watcher.withLock { $0 }
    watcher?.stop()
    for slot in slots {
      if let lease = slot.contents.withLock({ $0.owner?.lease }) { await release(lease) }
    }
    await readers.shutdown()
    await watcher?.waitUntilStopped()
    // The last, because only a connection that writes can move the write-ahead log into the file when it closes.
    await writer?.shutdown()
  }
}
#endif
