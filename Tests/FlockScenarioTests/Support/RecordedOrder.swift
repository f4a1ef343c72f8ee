import Flock
import FlockCore
import FlockKernel

extension Board {
  /// The order in which a join's key saw its artifacts: that of the log of the shard on which the key lives, where an
  /// artifact lies itself or was relayed to.
  func recordedOrder<Key: StableKey>(by key: (Artifact) throws -> Key?) async throws -> [UniqueID: [Artifact]] {
    let router = ShardRouter(shardCount: store.shardCount)
    var order: [UniqueID: [Artifact]] = [:]
    for shard in 0..<store.shardCount {
      let batch = try await store.read(shard: shard, from: 0, maximum: 100_000)
      for logged in batch.records {
        switch logged.record {
        case .artifact(let artifact):
          guard let value = try key(artifact) else { continue }
          var hasher = StableHasher(domain: .scope)
          value.combine(into: &hasher)
          let id = hasher.finalize()
          if router.shard(of: id) == shard { order[id, default: []].append(artifact) }
        case .relay(let relay) where relay.stage == .matched:
          order[relay.key, default: []] += relay.artifacts
        default: continue
        }
      }
    }
    return order
  }
}
