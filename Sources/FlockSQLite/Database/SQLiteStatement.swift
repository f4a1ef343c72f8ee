#if SQLite
import CSQLite

/// A prepared statement. As its connection, it belongs to one thread.
///
/// Parameters count from 1 and columns from 0, as in SQLite. A statement that `prepare` handed out has no bindings.
package final class SQLiteStatement {
  package let sql: String
  let handle: OpaquePointer
  /// The connection's clock at the last `prepare`, for the cache.
  var lastUse: UInt64 = 0
  private let scope: SQLiteWriteScope
  private let writes: Bool

  /// Copies what is bound. The macro is a cast, which is not imported.
  private static let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

  init(_ sql: String, database: OpaquePointer, scope: SQLiteWriteScope) throws(SQLiteError) {
    var handle: OpaquePointer?
    var text = sql
    let (code, isWhole) = text.withUTF8 { bytes -> (Int32, Bool) in
      guard let base = bytes.baseAddress, bytes.count < Int(Int32.max) else { return (SQLITE_TOOBIG, false) }
      return base.withMemoryRebound(to: CChar.self, capacity: bytes.count) { start in
        var tail: UnsafePointer<CChar>?
        let code = sqlite3_prepare_v3(
          database, start, Int32(bytes.count), UInt32(SQLITE_PREPARE_PERSISTENT), &handle, &tail)
        let end = tail.map { start.distance(to: $0) } ?? bytes.count
        return (code, bytes[end...].allSatisfy(Self.isBlank))
      }
    }
    guard code == SQLITE_OK else { throw .last(of: database, code: code, sql: sql) }
    guard let handle, isWhole else {
      sqlite3_finalize(handle)
      throw SQLiteError(extendedCode: SQLITE_MISUSE, message: "prepare takes one statement, use execute", sql: sql)
    }
    self.sql = sql
    self.handle = handle
    self.scope = scope
    self.writes = sqlite3_stmt_readonly(handle) == 0
  }

  /// What may follow the statement's text: space, tab, line ends, semicolon.
  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || (0x09...0x0D).contains(byte) || byte == 0x3B
  }

  deinit {
    sqlite3_finalize(handle)
  }

  // MARK: Parameters

  package func bind(_ value: Int64, at index: Int32) throws(SQLiteError) {
    try check(sqlite3_bind_int64(handle, index, value))
  }

  /// Not a number is stored as NULL, which is SQLite's rule.
  package func bind(_ value: Double, at index: Int32) throws(SQLiteError) {
    try check(sqlite3_bind_double(handle, index, value))
  }

  package func bindNull(at index: Int32) throws(SQLiteError) {
    try check(sqlite3_bind_null(handle, index))
  }

  /// Binds a copy of the text.
  package func bind(_ value: String, at index: Int32) throws(SQLiteError) {
    var value = value
    let code = value.withUTF8 { bindText($0, at: index, Self.transient) }
    try check(code)
  }

  /// Binds a copy of the bytes.
  package func bind(_ bytes: [UInt8], at index: Int32) throws(SQLiteError) {
    try check(bytes.withUnsafeBytes { bindBytes($0, at: index, Self.transient) })
  }

  /// Binds a copy of the bytes.
  package func bind(_ bytes: UnsafeRawBufferPointer, at index: Int32) throws(SQLiteError) {
    try check(bindBytes(bytes, at: index, Self.transient))
  }

  /// Binds without a copy: the bytes must stay where they are until the statement has run, is reset or is bound anew.
  package func bindInPlace(_ bytes: UnsafeRawBufferPointer, at index: Int32) throws(SQLiteError) {
    try check(bindBytes(bytes, at: index, nil))
  }

  /// Binds UTF-8 as text without a copy, under `bindInPlace`'s condition.
  package func bindTextInPlace(_ text: UnsafeBufferPointer<UInt8>, at index: Int32) throws(SQLiteError) {
    try check(bindText(text, at: index, nil))
  }

  package func bind(_ value: Int64?, at index: Int32) throws(SQLiteError) {
    if let value { try bind(value, at: index) } else { try bindNull(at: index) }
  }

  package func bind(_ value: String?, at index: Int32) throws(SQLiteError) {
    if let value { try bind(value, at: index) } else { try bindNull(at: index) }
  }

  package func clearBindings() {
    sqlite3_clear_bindings(handle)
  }

  private func bindText(
    _ text: UnsafeBufferPointer<UInt8>, at index: Int32, _ destructor: sqlite3_destructor_type?
  ) -> Int32 {
    guard let base = text.baseAddress, !text.isEmpty else {
      return sqlite3_bind_text(handle, index, "", 0, Self.transient)
    }
    return base.withMemoryRebound(to: CChar.self, capacity: text.count) {
      sqlite3_bind_text64(handle, index, $0, UInt64(text.count), destructor, UInt8(SQLITE_UTF8))
    }
  }

  private func bindBytes(
    _ bytes: UnsafeRawBufferPointer, at index: Int32, _ destructor: sqlite3_destructor_type?
  ) -> Int32 {
    // A null pointer would bind NULL.
    guard let base = bytes.baseAddress, !bytes.isEmpty else { return sqlite3_bind_zeroblob(handle, index, 0) }
    return sqlite3_bind_blob64(handle, index, base, UInt64(bytes.count), destructor)
  }

  // MARK: Running

  /// True: a row is there to read. False: the statement is done and reset, ready for the next bindings.
  package func step() throws(SQLiteError) -> Bool {
    if scope.isArmed && writes { try scope.firstWrite() }
    let code = sqlite3_step(handle)
    if code == SQLITE_ROW { return true }
    if code == SQLITE_DONE {
      sqlite3_reset(handle)
      return false
    }
    let error = failure(code)
    sqlite3_reset(handle)
    throw error
  }

  /// Runs to the end and resets; rows are passed over.
  package func run() throws(SQLiteError) {
    while try step() {}
  }

  /// Ends a query before its last row. Bindings stay.
  package func reset() {
    sqlite3_reset(handle)
  }

  /// Whether a row was read and neither the end nor `reset` came.
  package var isRunning: Bool { sqlite3_stmt_busy(handle) != 0 }

  // MARK: Columns

  package var columnCount: Int32 { sqlite3_column_count(handle) }

  package func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }

  /// NULL reads as 0.
  package func int64(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

  /// NULL reads as 0.
  package func double(_ column: Int32) -> Double { sqlite3_column_double(handle, column) }

  /// NULL reads as the empty text; invalid UTF-8 is repaired.
  package func string(_ column: Int32) -> String {
    guard let text = sqlite3_column_text(handle, column) else { return "" }
    let count = Int(sqlite3_column_bytes(handle, column))
    return String(decoding: UnsafeBufferPointer(start: text, count: count), as: UTF8.self)
  }

  /// NULL reads as no bytes.
  package func bytes(_ column: Int32) -> [UInt8] {
    withColumnBytes(column) { [UInt8]($0) }
  }

  /// The bytes are valid within `body`, as long as it does not step, reset or convert the column.
  package func withColumnBytes<Value, Failure: Error>(
    _ column: Int32, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Value
  ) throws(Failure) -> Value {
    let base = sqlite3_column_blob(handle, column)
    return try body(UnsafeRawBufferPointer(start: base, count: Int(sqlite3_column_bytes(handle, column))))
  }

  package func optionalInt64(_ column: Int32) -> Int64? { isNull(column) ? nil : int64(column) }

  package func optionalString(_ column: Int32) -> String? { isNull(column) ? nil : string(column) }

  /// The error of a failed step. What functions, virtual tables, triggers and ATTACH say may quote an argument ("JSON
  /// path error near ..."): with parameters, the code's fixed text takes the place of all but constraints' words,
  /// which name columns.
  private func failure(_ code: Int32) -> SQLiteError {
    let error = SQLiteError.last(of: sqlite3_db_handle(handle), code: code, sql: sql)
    guard sqlite3_bind_parameter_count(handle) > 0, !error.namesOnlyColumns else { return error }
    let text = String(cString: sqlite3_errstr(error.extendedCode))
    return SQLiteError(extendedCode: error.extendedCode, message: text, sql: sql)
  }

  private func check(_ code: Int32) throws(SQLiteError) {
    guard code != SQLITE_OK else { return }
    throw .last(of: sqlite3_db_handle(handle), code: code, sql: sql)
  }
}
#endif
