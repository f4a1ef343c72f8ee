#if SQLite
/// One thread, one writing connection, and group commit: what is queued when the last commit ends shares the next.
///
/// A submitter is told after its group's COMMIT, so with `synchronous = .full` a result means that it is on disk.
/// An item that throws is rolled back alone; when the transaction itself is lost (a full disk, an I/O error), every
/// item that had run gets the error and may be submitted again, and items that had not run go into the next group.
/// Two failures belong to COMMIT. A deferred constraint that one item left broken fails its whole group. An I/O error
/// leaves the outcome open until the next commit: a crash before it may bring the group back, so repeat such work
/// only if doing it twice is the same as once.
package final class SQLiteWriter: Sendable {
  package enum Admission: Sendable {
    case accepted
    /// `maximumQueuedItems` wait already. Nothing was queued, and the completion will not be called.
    case full
    /// Nothing was queued, and the completion will not be called.
    case shutDown
  }

  private let configuration: SQLiteWriterConfiguration
  private let queue = SQLiteWorkQueue(threads: 1)
  private let published = SQLiteMonitor(SQLiteWriterStatistics())

  /// Opens the connection, so that what is wrong with the file is thrown here, and starts the thread.
  package init(
    _ connection: SQLiteConnectionConfiguration, _ configuration: SQLiteWriterConfiguration = .init()
  ) throws(SQLiteError) {
    precondition(configuration.maximumGroupItems > 0 && configuration.maximumQueuedItems > 0)
    self.configuration = configuration
    // Handed to the thread here and never touched again by this one.
    nonisolated(unsafe) let connection = try SQLiteConnection(connection)
    let limit = configuration.maximumGroupItems
    try SQLiteThread.start("flock-sqlite-w") { [queue, published] in
      Self.serve(queue, connection, limit, published)
    }
  }

  deinit {
    queue.stop()
  }

  /// Items that wait for their group.
  package var queuedItems: Int { queue.count }

  package var statistics: SQLiteWriterStatistics { published.withLock { $0 } }

  /// Runs `work` in the next group and returns after the commit.
  ///
  /// The waiting task is the back pressure: it holds its place in the queue and nothing else. Cancelled before its
  /// work starts, it gets `CancellationError` and nothing was done; after that, the true result.
  /// - Parameter isolated: false saves the savepoint (see Benchmarks) for work that promises to throw only before
  ///   its first write. If the promise is broken, the whole group is rolled back.
  package func submit<Value: Sendable>(
    isolated: Bool = true, _ work: @escaping @Sendable (SQLiteConnection) throws -> Value
  ) async throws -> Value {
    try await queue.submit(SQLiteTypedWorkItem(isIsolated: isolated, work))
  }

  /// The same without a task: `completion` is called once, on the writer's thread, and must not block.
  @discardableResult
  package func submit<Value: Sendable>(
    isolated: Bool = true,
    _ work: @escaping @Sendable (SQLiteConnection) throws -> Value,
    completion: @escaping @Sendable (Result<Value, any Error>) -> Void
  ) -> Admission {
    let item = SQLiteTypedWorkItem(isIsolated: isolated, work)
    item.completion = completion
    switch queue.admit(item, limit: configuration.maximumQueuedItems) {
    case .accepted: return .accepted
    case .full: return .full
    case .shutDown, .cancelled: return .shutDown
    }
  }

  /// Refuses new work, commits what is queued, closes the connection, then returns. May be called again.
  package func shutdown() async {
    queue.stop()
    await queue.waitUntilStopped()
  }

  private static func serve(
    _ queue: SQLiteWorkQueue, _ connection: SQLiteConnection, _ limit: Int,
    _ published: SQLiteMonitor<SQLiteWriterStatistics>
  ) {
    var runner = SQLiteGroupRunner(connection)
    var group: [SQLiteWorkItem] = []
    while queue.take(limit, into: &group) {
      runner.run(&group) { statistics in published.withLock { $0 = statistics } }
    }
    connection.close()
    queue.threadEnded()
  }
}
#endif
