#if SQLite
/// The limits of a `SQLiteWriter`.
package struct SQLiteWriterConfiguration: Sendable {
  /// The most items that one transaction takes. Default 1024.
  package var maximumGroupItems: Int = 1024
  /// The callback form of `submit` answers `.full` when as many items wait. Default 8192.
  package var maximumQueuedItems: Int = 8192

  package init() {}
}
#endif
