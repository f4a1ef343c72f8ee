#if SQLite
/// Runs groups of items on the writer's thread, each group in one transaction.
struct SQLiteGroupRunner {
  let connection: SQLiteConnection
  private(set) var statistics = SQLiteWriterStatistics()

  init(_ connection: SQLiteConnection) {
    self.connection = connection
  }

  /// Runs the items, tells their submitters after the commit, and leaves in `group` those that did not run because
  /// the transaction was lost before their turn. At least one item ends.
  /// - Parameter publish: called with the new statistics before the submitters are told.
  mutating func run(_ group: inout [SQLiteWorkItem], publish: (SQLiteWriterStatistics) -> Void) {
    var succeeded: [Bool] = []
    succeeded.reserveCapacity(group.count)
    let failure = runTransaction(group, &succeeded)
    // BEGIN itself failed: nobody had a turn, everybody learns why.
    let ended = succeeded.isEmpty ? group.count : succeeded.count
    let committed = failure == nil ? succeeded.count(where: { $0 }) : 0
    statistics.commits += failure == nil ? 1 : 0
    statistics.failedGroups += failure == nil ? 0 : 1
    statistics.items += committed
    statistics.failedItems += ended - committed
    statistics.largestGroup = max(statistics.largestGroup, ended)
    publish(statistics)
    for item in group[..<ended] { item.finish(failure) }
    group.removeFirst(ended)
  }

  private mutating func runTransaction(
    _ group: [SQLiteWorkItem], _ succeeded: inout [Bool]
  ) -> (any Error)? {
    do {
      try connection.begin(.immediate)
    } catch {
      return error
    }
    for item in group {
      do {
        succeeded.append(try run(item))
      } catch {
        succeeded.append(false)
        connection.resetRunningStatements()
        connection.rollBack()
        return error
      }
    }
    connection.resetRunningStatements()
    let start = ContinuousClock.now
    defer {
      let spent = (ContinuousClock.now - start).components
      statistics.secondsInCommit += Double(spent.seconds) + Double(spent.attoseconds) * 1e-18
    }
    do {
      try connection.commit()
      return nil
    } catch {
      connection.rollBack()
      return error
    }
  }

  /// Throws when the whole group is lost.
  private func run(_ item: SQLiteWorkItem) throws(SQLiteError) -> Bool {
    let scope = connection.scope
    scope.begin(isolated: item.isIsolated)
    let isDone = item.run(connection)
    scope.end()
    // A full disk, an I/O error or no memory ends the transaction, as would an item's own COMMIT.
    guard connection.isInTransaction else { throw .groupRolledBack("an item's statement ended it") }
    if isDone {
      do throws(SQLiteError) {
        try scope.releaseSavepoint()
      } catch {
        // The item left a writing statement (INSERT ... RETURNING) in mid-query.
        guard error.isRetriable else { throw error }
        connection.resetRunningStatements()
        try scope.releaseSavepoint()
      }
    } else if scope.hasSavepoint {
      connection.resetRunningStatements()
      try scope.rollBackSavepoint()
    } else if scope.hasWritten {
      throw .groupRolledBack("an item that was submitted as not isolated failed after it wrote")
    }
    return isDone
  }
}
#endif
