package import FlockCore
public import FlockKernel
import Synchronization

/// The embedded store without a file: everything is gone with the process.
///
/// Owners still fence each other and state survives an owner, so that it keeps every rule of the contract but durability.
public final class MemoryStore: BlackboardStore {
  public let shardCount: Int
  public let keepsBytes = false
  public let maximumOutcomeBytes = Int.max
  let router: ShardRouter
  let clock: any FlockClock
  let configuration: MemoryStoreConfiguration
  let shards: [Shard]

  /// A lock for each shard.
  final class Shard: Sendable {
    let contents: Mutex<MemoryShard>

    init(seed: UInt64) { contents = Mutex(MemoryShard(seed: seed)) }
  }

  /// - Parameter shards: 1 to 1 024. Default 1.
  public init(
    shards: Int = 1, configuration: MemoryStoreConfiguration = MemoryStoreConfiguration(),
    clock: any FlockClock = SystemClock()
  ) {
    precondition((1...1024).contains(shards), "a store has 1 to 1 024 shards")
    shardCount = shards
    router = ShardRouter(shardCount: shards)
    self.clock = clock
    self.configuration = configuration
    var generator = SystemRandomNumberGenerator()
    self.shards = (0..<shards).map { _ in Shard(seed: generator.next()) }
  }

  public func publish(_ records: [LogRecord]) async throws -> PublishReceipt {
    let now = clock.now()
    if shardCount == 1 { return publish(records, to: 0, at: now) }
    var positions = [Position](repeating: Position(shard: 0, offset: 0), count: records.count)
    var duplicates = 0
    var woken = Set<Int>()
    for (index, record) in records.enumerated() {
      let shard = Routing.shard(of: record, router)
      let (number, isDuplicate) = shards[shard].contents.withLock { $0.append(record, at: now) }
      positions[index] = Position(shard: shard, offset: Int64(number))
      duplicates += isDuplicate ? 1 : 0
      woken.insert(shard)
    }
    for shard in woken.sorted() { shards[shard].contents.withLock { $0.wake }?() }
    return PublishReceipt(positions: positions, duplicates: duplicates)
  }

  private func publish(_ records: [LogRecord], to shard: Int, at now: Timestamp) -> PublishReceipt {
    var positions: [Position] = []
    positions.reserveCapacity(records.count)
    var duplicates = 0
    let wake = shards[shard].contents.withLock { contents in
      for record in records {
        let (number, isDuplicate) = contents.append(record, at: now)
        positions.append(Position(shard: shard, offset: Int64(number)))
        duplicates += isDuplicate ? 1 : 0
      }
      return contents.wake
    }
    wake?()
    return PublishReceipt(positions: positions, duplicates: duplicates)
  }

  public func openSession(shard: Int, wake: @escaping @Sendable () -> Void) async throws -> any ShardSession {
    let epoch = shards[shard].contents.withLock { contents in
      contents.epoch += 1
      contents.wake = wake
      return contents.epoch
    }
    return MemorySession(store: self, shard: shard, epoch: epoch)
  }

  public func read(shard: Int, from offset: Int64, maximum: Int) async throws -> RecordBatch {
    shards[shard].contents.withLock { contents in
      let start = min(Int(clamping: max(0, offset)), contents.records.count)
      let end = start + min(contents.records.count - start, max(0, maximum))
      guard start < end else { return RecordBatch(firstOffset: offset, records: []) }
      return RecordBatch(firstOffset: Int64(start), records: Array(contents.records[start..<end])[...])
    }
  }

  public func close() async {
    for shard in shards { shard.contents.withLock { $0.wake = nil } }
  }

  /// The event records that are kept, oldest first: what the shard's kernels were fed, commit by commit.
  public func eventRecords(shard: Int) -> [[UInt8]] { shards[shard].contents.withLock { $0.events } }

  /// The committed state of a shard, sorted by key, and its size in bytes.
  public func stateEntries(shard: Int) -> [(key: [UInt8], value: [UInt8])] {
    shards[shard].contents.withLock { contents in
      contents.state.map { (key: $0.key.bytes, value: $0.value) }.sorted { $0.key.lexicographicallyPrecedes($1.key) }
    }
  }
}

public struct MemoryStoreConfiguration: Sendable {
  /// Event records of a shard that are kept, in bytes. Default 16 MiB.
  public var eventBytes = 16 << 20
  /// Reasons of a shard that are kept. Default 100 000.
  public var reasons = 100_000

  public init() {}
}

/// Where records go.
package enum Routing {
  package static func shard(of record: LogRecord, _ router: ShardRouter) -> Int {
    switch record {
    case .artifact(let artifact): router.shard(of: artifact)
    case .invocation(let invocation): router.shard(of: invocation.artifact)
    case .relay(let relay): relay.targetShard
    case .control(let control): shard(of: control, router)
    }
  }

  /// A correlation is cancelled from its own shard; a run's control names its shard.
  private static func shard(of control: Control, _ router: ShardRouter) -> Int {
    switch control.command {
    case .cancelCorrelation(let correlation): router.shard(of: correlation.value)
    case .replay, .drop, .cancelRun: control.shard ?? 0
    }
  }
}
