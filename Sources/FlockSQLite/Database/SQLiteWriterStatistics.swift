#if SQLite
/// What a writer has done since it was opened.
package struct SQLiteWriterStatistics: Sendable, Hashable {
  /// Groups that committed.
  package var commits = 0
  /// Groups that did not: BEGIN or COMMIT failed, or SQLite rolled back.
  package var failedGroups = 0
  /// Items whose submitter was told of a committed result.
  package var items = 0
  /// Items that ended with an error, their own or their group's.
  package var failedItems = 0
  package var largestGroup = 0
  /// Spent in COMMIT, its sync and its checkpoints.
  package var secondsInCommit = 0.0
}
#endif
