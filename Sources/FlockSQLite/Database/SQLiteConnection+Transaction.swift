#if SQLite
import CSQLite

extension SQLiteConnection {
  package enum TransactionKind: Sendable {
    /// The snapshot begins at the first read, the lock at the first write.
    case deferred
    /// The write lock is taken at once.
    case immediate
  }

  /// Runs `body` in a transaction: commits its result, rolls back its error. Not inside another transaction.
  package func transaction<Value>(
    _ kind: TransactionKind = .immediate, _ body: () throws -> Value
  ) throws -> Value {
    try begin(kind)
    do {
      let value = try body()
      try commit()
      return value
    } catch {
      rollBack()
      throw error
    }
  }

  /// Runs `body` in a savepoint, which may be nested in transactions and other savepoints.
  package func savepoint<Value>(_ body: () throws -> Value) throws -> Value {
    try execute("SAVEPOINT flock_nested")
    do {
      let value = try body()
      try execute("RELEASE flock_nested")
      return value
    } catch {
      // An error such as a full disk has already ended the whole transaction.
      if isInTransaction { try execute("ROLLBACK TO flock_nested; RELEASE flock_nested") }
      throw error
    }
  }

  package func begin(_ kind: TransactionKind) throws(SQLiteError) {
    try prepare(kind == .immediate ? SQLiteTransactionQuery.beginImmediate : SQLiteTransactionQuery.begin).run()
  }

  package func commit() throws(SQLiteError) {
    try prepare(SQLiteTransactionQuery.commit).run()
  }

  /// Ends a transaction if one is open. It cannot fail: SQLite then has rolled back by itself.
  package func rollBack() {
    guard isInTransaction else { return }
    sqlite3_exec(database, "ROLLBACK", nil, nil, nil)
  }
}

private enum SQLiteTransactionQuery {
  static let begin = SQLiteQuery("BEGIN DEFERRED")
  static let beginImmediate = SQLiteQuery("BEGIN IMMEDIATE")
  static let commit = SQLiteQuery("COMMIT")
}
#endif
