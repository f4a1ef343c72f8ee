#if SQLite
/// Read-only connections, each on a thread of its own. Each read sees one snapshot.
package final class SQLiteReaderPool: Sendable {
  private let queue: SQLiteWorkQueue

  /// The database must exist: its writer opens first.
  /// - Parameter connections: how many reads run at a time. Default 2, at most 64.
  package init(_ configuration: SQLiteConnectionConfiguration, connections: Int = 2) throws(SQLiteError) {
    precondition((1...64).contains(connections))
    let queue = SQLiteWorkQueue(threads: connections)
    self.queue = queue
    for index in 0..<connections {
      do throws(SQLiteError) {
        // Handed to the thread here and never touched again by this one.
        nonisolated(unsafe) let connection = try SQLiteConnection(configuration.readingOnly())
        try SQLiteThread.start("flock-sqlite-r\(index)") { Self.serve(queue, connection) }
      } catch {
        queue.stop()
        throw error
      }
    }
  }

  deinit {
    queue.stop()
  }

  /// Reads that wait for a connection. Each is a suspended task.
  package var queuedReads: Int { queue.count }

  /// Runs `work` in a transaction: all that it reads is one state, that of its first statement.
  ///
  /// A cancelled task's statement is interrupted, and so is each that `work` starts after it; the task then gets
  /// `CancellationError`, or the result if `work` had read everything already.
  package func read<Value: Sendable>(
    _ work: @escaping @Sendable (SQLiteConnection) throws -> Value
  ) async throws -> Value {
    try await queue.submit(SQLiteTypedWorkItem(isIsolated: false, work))
  }

  /// Refuses new reads, finishes the queued ones, closes the connections, then returns. May be called again.
  package func shutdown() async {
    queue.stop()
    await queue.waitUntilStopped()
  }

  private static func serve(_ queue: SQLiteWorkQueue, _ connection: SQLiteConnection) {
    let interrupt = SQLiteInterrupt(connection)
    var group: [SQLiteWorkItem] = []
    while queue.take(1, into: &group, interrupt: interrupt) {
      for item in group {
        let failure = run(item, connection)
        let isCancelled = queue.finishRun(item)
        connection.resetRunningStatements()
        connection.rollBack()
        item.finish(failure, isCancelled: isCancelled)
      }
      group.removeAll(keepingCapacity: true)
    }
    connection.close()
    queue.threadEnded()
  }

  private static func run(_ item: SQLiteWorkItem, _ connection: SQLiteConnection) -> (any Error)? {
    do {
      try connection.begin(.deferred)
      // SQLite forgets an interrupt when no statement runs. One that rests on its first row until the read is over
      // keeps it alive between the work's statements.
      _ = try connection.prepare(SQLiteAnchorQuery.twoRows).step()
    } catch {
      return error
    }
    _ = item.run(connection)
    return nil
  }
}

private enum SQLiteAnchorQuery {
  static let twoRows = SQLiteQuery("SELECT 1 UNION ALL SELECT 2")
}
#endif
