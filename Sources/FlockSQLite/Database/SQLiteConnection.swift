#if SQLite
import CSQLite

/// One connection, owned by one thread at a time, hence not `Sendable`.
package final class SQLiteConnection {
  package let configuration: SQLiteConnectionConfiguration
  let scope: SQLiteWriteScope
  private var handle: OpaquePointer?
  private var cache: [String: SQLiteStatement] = [:]
  private var slots: [SQLiteStatement?] = []
  private var clock: UInt64 = 0

  /// Opens the file and applies the configuration.
  package init(_ configuration: SQLiteConnectionConfiguration) throws(SQLiteError) {
    let handle = try Self.openHandle(configuration)
    self.configuration = configuration
    self.handle = handle
    self.scope = SQLiteWriteScope(database: handle)
    try configure()
  }

  deinit {
    close()
  }

  /// Finalizes the cached statements and closes. A statement that somebody still holds keeps the file open until
  /// it goes. Any other use afterwards is a programmer's error.
  package func close() {
    guard let handle else { return }
    cache.removeAll()
    slots.removeAll()
    scope.close()
    sqlite3_close_v2(handle)
    self.handle = nil
  }

  var database: OpaquePointer {
    guard let handle else { preconditionFailure("the connection was closed") }
    return handle
  }

  // MARK: Statements

  /// Runs one or more statements; rows are passed over.
  package func execute(_ sql: String) throws(SQLiteError) {
    if scope.isArmed { try scope.firstWrite() }
    let code = sqlite3_exec(database, sql, nil, nil, nil)
    guard code == SQLITE_OK else { throw .last(of: database, code: code, sql: sql) }
  }

  /// A statement from the cache, or a new one when the cached one is running.
  package func prepare(_ sql: String) throws(SQLiteError) -> SQLiteStatement {
    clock += 1
    if let cached = cache[sql] {
      guard !cached.isRunning else { return try SQLiteStatement(sql, database: database, scope: scope) }
      cached.clearBindings()
      cached.lastUse = clock
      return cached
    }
    let statement = try SQLiteStatement(sql, database: database, scope: scope)
    statement.lastUse = clock
    if cache.count >= configuration.statementCacheCapacity,
      let oldest = cache.min(by: { $0.value.lastUse < $1.value.lastUse })
    {
      cache[oldest.key] = nil
    }
    if configuration.statementCacheCapacity > 0 { cache[sql] = statement }
    return statement
  }

  /// The same by slot, without hashing the text: for the hot path.
  package func prepare(_ query: SQLiteQuery) throws(SQLiteError) -> SQLiteStatement {
    if query.slot < slots.count, let cached = slots[query.slot] {
      guard !cached.isRunning else { return try SQLiteStatement(query.sql, database: database, scope: scope) }
      cached.clearBindings()
      return cached
    }
    let statement = try SQLiteStatement(query.sql, database: database, scope: scope)
    while slots.count <= query.slot { slots.append(nil) }
    slots[query.slot] = statement
    return statement
  }

  /// Resets every statement that somebody left in mid-query: its snapshot would stay open.
  func resetRunningStatements() {
    var statement = sqlite3_next_stmt(database, nil)
    while let current = statement {
      if sqlite3_stmt_busy(current) != 0 { sqlite3_reset(current) }
      statement = sqlite3_next_stmt(database, current)
    }
  }

  // MARK: State

  package var lastInsertRowID: Int64 { sqlite3_last_insert_rowid(database) }
  /// Rows that the last INSERT, UPDATE or DELETE touched.
  package var changes: Int64 { sqlite3_changes64(database) }
  package var totalChanges: Int64 { sqlite3_total_changes64(database) }
  package var isInTransaction: Bool { sqlite3_get_autocommit(database) == 0 }

  // MARK: Opening

  private static func openHandle(
    _ configuration: SQLiteConnectionConfiguration
  ) throws(SQLiteError) -> OpaquePointer {
    try configuration.validate()
    var handle: OpaquePointer?
    var flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
    switch configuration.access {
    case .readWriteCreate: flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
    case .readWrite: flags |= SQLITE_OPEN_READWRITE
    case .readOnly: flags |= SQLITE_OPEN_READONLY
    }
    let code = sqlite3_open_v2(configuration.path, &handle, flags, configuration.vfs)
    guard code == SQLITE_OK, let handle else {
      let error = SQLiteError.last(of: handle, code: code)
      sqlite3_close_v2(handle)
      throw SQLiteError(
        extendedCode: error.extendedCode, message: "\(error.message): cannot open \(configuration.path)")
    }
    return handle
  }

  private func configure() throws(SQLiteError) {
    sqlite3_busy_timeout(database, configuration.busyTimeoutMilliseconds)
    try setPragma("trusted_schema", "OFF")
    try setPragma("foreign_keys", configuration.foreignKeys ? "ON" : "OFF")
    try setPragma("mmap_size", "\(configuration.mmapBytes)")
    try setPragma("cache_size", "\(-max(1, configuration.cacheBytes / 1024))")
    guard configuration.access != .readOnly else { return }
    try setPragma("page_size", "\(configuration.pageSize)")
    let mode = configuration.journalMode.rawValue
    let answer = try setPragma("journal_mode", mode)
    guard answer == mode || (answer == "memory" && configuration.path == ":memory:") else {
      throw SQLiteError(
        extendedCode: SQLITE_CANTOPEN, message: "journal mode \(mode) was asked, \(answer ?? "none") is in force")
    }
    try setPragma("synchronous", configuration.synchronous.rawValue)
    try setPragma("wal_autocheckpoint", "\(configuration.walAutocheckpointPages)")
    try setPragma("journal_size_limit", "\(configuration.journalSizeLimitBytes)")
  }
}
#endif
