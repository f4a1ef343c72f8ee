#if SQLite
import FlockCommandLine
import FlockCore
import FlockSQLite

extension Command.Option {
  /// The board that a command works on.
  static let storeFile = Command.Option("store", short: "s", .path(.file), isRequired: true, help: "The store's file.")
}

/// Opens stores for commands, and closes them whatever happens.
enum StoreAccess {
  enum Mode {
    /// Queries only.
    case reading
    /// The file must be there.
    case writing
  }

  static func with<Value>(
    _ arguments: ParsedArguments, _ mode: Mode, _ body: (SQLiteStore) async throws -> Value
  ) async throws -> Value {
    try await with(path: arguments.path("store"), mode, body)
  }

  static func with<Value>(path: String, _ mode: Mode, _ body: (SQLiteStore) async throws -> Value) async throws -> Value {
    // Whoever only writes into a board does not mean to make one by a slip of the pen.
    if mode == .writing { await (try SQLiteStore.open(path: path, readOnly: true)).close() }
    return try await closing(try await SQLiteStore.open(path: path, readOnly: mode == .reading), body)
  }

  static func closing<Value>(_ store: SQLiteStore, _ body: (SQLiteStore) async throws -> Value) async throws -> Value {
    do {
      let value = try await body(store)
      await store.close()
      return value
    } catch {
      await store.close()
      throw error
    }
  }

  /// - Throws: ``CommandFailure`` with 64 for what is not a UUID.
  static func artifactID(_ text: String) throws -> ArtifactID {
    guard let id = ArtifactID(text) else { throw CommandFailure(.usage, "'\(CommandContext.line(text))' is not an id: a UUID is") }
    return id
  }
}
#endif
