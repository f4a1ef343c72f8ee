public import Flock
import FlockCore
import FlockKernel

/// Checks that a store keeps the contract of ``BlackboardStore``: its log, its sessions and fences, its commits, its
/// history, and whole programs on top.
///
/// ```swift
/// @Test(arguments: StoreConformance.cases, [1, 8])
/// func conforms(_ item: StoreConformance.Case, shards: Int) async throws {
///   try await StoreConformance(shardCount: shards) { MyStore(shards: $0) }.check(item)
/// }
/// ```
///
/// Each case makes a store of its own, so that cases can run at once if stores can.
public struct StoreConformance: Sendable {
  /// Makes an empty store with so many shards.
  public typealias Factory = @Sendable (_ shardCount: Int) async throws -> any BlackboardStore
  /// Ends a store, as a process that ends does, and opens the same data again.
  public typealias Reopen = @Sendable (_ store: any BlackboardStore) async throws -> any BlackboardStore

  /// One promise.
  public struct Case: Sendable, CustomStringConvertible {
    /// A sentence.
    public let name: String
    let body: @Sendable (StoreConformance) async throws -> Void

    init(_ name: String, _ body: @escaping @Sendable (StoreConformance) async throws -> Void) {
      self.name = name
      self.body = body
    }

    public var description: String { name }
  }

  public let shardCount: Int
  /// Real time for one case. Default 60 seconds.
  public let limit: Duration
  private let make: Factory
  private let reopen: Reopen?

  /// - Parameter reopen: for a store that outlives its process; without it a new owner of the same store takes its place.
  public init(shardCount: Int, limit: Duration = .seconds(60), reopen: Reopen? = nil, make: @escaping Factory) {
    self.shardCount = shardCount
    self.limit = limit
    self.make = make
    self.reopen = reopen
  }

  public static let cases: [Case] =
    logCases + sessionCases + commitCases + historyCases + queryCases + programCases

  /// Runs one case.
  /// - Throws: ``ConformanceFailure`` that begins with the case's name.
  public func check(_ item: Case) async throws(ConformanceFailure) {
    do {
      try await within(limit, "the case") { try await item.body(self) }
    } catch {
      throw ConformanceFailure("'\(item.name)' with \(shardCount) shards: \(error)")
    }
  }

  // MARK: For cases

  func store() async throws -> any BlackboardStore {
    let store = try await make(shardCount)
    try requireEqual(store.shardCount, shardCount, "the number of shards of a new store")
    return store
  }

  /// The same data after an end and a new beginning, as far as the store knows the difference.
  func reopened(_ store: any BlackboardStore) async throws -> any BlackboardStore {
    guard let reopen else { return store }
    let again = try await reopen(store)
    try requireEqual(again.shardCount, shardCount, "the number of shards after reopening")
    return again
  }

  var router: ShardRouter { ShardRouter(shardCount: shardCount) }
}
