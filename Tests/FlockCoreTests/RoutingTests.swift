import FlockCore
import Testing

@Suite struct RoutingTests {
  /// The table of Kafka's own test of its partitioner, and "abc".
  @Test(
    "murmur2 gives the values that Kafka's Java client gives",
    arguments: [
      ("21", -973_932_308), ("foobar", -790_332_482), ("a-little-bit-long-string", -985_981_536),
      ("a-little-bit-longer-string", -1_486_304_829),
      ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971), ("abc", 479_470_107),
    ] as [(String, Int32)])
  func murmur(_ text: String, _ hash: Int32) {
    #expect(Int32(bitPattern: Murmur2.hash(text)) == hash)
    #expect(Array(text.utf8).withUnsafeBytes { Murmur2.hash($0) } == UInt32(bitPattern: hash))
  }

  /// By hand from the hashes above: the sign bit cleared, then the remainder.
  @Test(
    "a key's shard is the remainder of its hash without the sign",
    arguments: [
      ("foobar", 6, 0), ("foobar", 7, 0), ("21", 6, 0), ("21", 7, 3), ("abc", 6, 3), ("abc", 7, 4), ("abc", 1, 0),
    ])
  func shards(_ key: String, _ count: Int, _ shard: Int) {
    #expect(ShardRouter(shardCount: count).shard(ofKey: key) == shard)
  }

  @Test func `an artifact goes to the shard of its partition key, else of its correlation's text`() throws {
    let router = ShardRouter(shardCount: 7)
    let id = try #require(ArtifactID("017f22e2-79b0-7cc3-98c4-dc0c0c07398f"))
    func artifact(_ correlation: CorrelationID?, _ key: String?) -> Artifact {
      Artifact(
        id: id, type: ArtifactType("t"), payload: EncodedPayload(bytes: []), correlation: correlation,
        partitionKey: key,
        createdAt: Timestamp(nanoseconds: 0))
    }
    let correlation = CorrelationID("order-42")
    #expect(router.shard(of: artifact(correlation, "abc")) == 4)
    #expect(router.shard(of: artifact(correlation, nil)) == router.shard(ofKey: "8048df5d-9037-82fa-a183-374664e5d563"))
    #expect(router.shard(of: artifact(nil, nil)) == router.shard(ofKey: "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"))
    #expect(ShardRouter(shardCount: 1).shard(of: artifact(correlation, "abc")) == 0)
  }

  @Test func `positions order by shard, then by offset`() {
    let positions = [Position(shard: 1, offset: 0), Position(shard: 0, offset: 7), Position(shard: 0, offset: -1)]
    #expect(positions.sorted().map(\.description) == ["0:-1", "0:7", "1:0"])
  }
}
