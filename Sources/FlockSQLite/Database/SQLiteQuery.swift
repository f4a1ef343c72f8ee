#if SQLite
import Synchronization

/// A statement's text with a slot in every connection's cache: found by index instead of by hashing the text.
///
/// Each value created takes a slot for the life of the process, so queries are `static let`s; at most 4,096.
package struct SQLiteQuery: Sendable {
  package let sql: String
  let slot: Int

  private static let created = Atomic<Int>(0)

  package init(_ sql: String) {
    self.sql = sql
    self.slot = Self.created.wrappingAdd(1, ordering: .relaxed).oldValue
    precondition(slot < 4096, "SQLiteQuery values are static constants: too many were created")
  }
}
#endif
