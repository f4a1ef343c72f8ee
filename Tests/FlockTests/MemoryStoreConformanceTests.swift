import Flock
import FlockTestKit
import Testing

@Suite struct MemoryStoreConformanceTests {
  @Test(arguments: StoreConformance.cases, [1, 2, 8])
  func `the store in memory keeps the contract`(_ item: StoreConformance.Case, shards: Int) async throws {
    try await StoreConformance(shardCount: shards) { MemoryStore(shards: $0) }.check(item)
  }
}
