import Flock
import FlockCore
import FlockKernel
import FlockSQLite
import Foundation
import Testing

/// A kind of store with a number of shards. Each scenario runs on all of them, against the same expectation.
struct Setup: Sendable, CustomTestStringConvertible {
  enum Kind: String, Sendable {
    case memory, sqlite
  }

  let kind: Kind
  let shards: Int

  var testDescription: String { "\(kind.rawValue), \(shards) shards" }

  static let memory = [Setup(kind: .memory, shards: 1), Setup(kind: .memory, shards: 8)]
  #if SQLite
  static let sqlite = [Setup(kind: .sqlite, shards: 1), Setup(kind: .sqlite, shards: 8)]
  #else
  static let sqlite: [Setup] = []
  #endif
  static let all = memory + sqlite
}

/// Where a scenario's store lives. It can be opened again, as after a restart of the program: a file is really closed and
/// opened, and the memory store, which dies with its process, at least passes through its committed state.
final class StorePlace: Sendable {
  let setup: Setup
  private let clock: any FlockClock
  private let memory: MemoryStore
  private let directory: String

  init(_ setup: Setup, clock: any FlockClock) throws {
    self.setup = setup
    self.clock = clock
    memory = MemoryStore(shards: setup.shards, clock: clock)
    directory = FileManager.default.temporaryDirectory.path + "/flock-scenario-\(UUID().uuidString)"
    if setup.kind == .sqlite { try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true) }
  }

  deinit {
    if setup.kind == .sqlite { try? FileManager.default.removeItem(atPath: directory) }
  }

  func open() async throws -> any BlackboardStore {
    #if SQLite
    if setup.kind == .sqlite { return try await openFile() }
    #endif
    return memory
  }

  #if SQLite
  /// The scenarios need no sync of the disk: power cuts have tests of their own.
  func openFile(_ change: (inout SQLiteStoreConfiguration) -> Void = { _ in }) async throws -> SQLiteStore {
    var configuration = SQLiteStoreConfiguration()
    configuration.durability = .processCrash
    change(&configuration)
    return try await SQLiteStore.open(
      path: directory + "/board.db", shards: setup.shards, configuration: configuration, clock: clock)
  }
  #endif
}
