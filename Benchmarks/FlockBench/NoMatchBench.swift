import Flock
import FlockCore
import FlockKernel

/// Publishing beside agents that consume other types: `no-match --agents A --n N`, for instruction counters. What is
/// published waits until all of it is there, so that nothing happens at the same time.
enum NoMatchBench {
  static func run(_ options: BenchOptions) async throws {
    let count = options.integer("agents", default: 10)
    let n = options.integer("n", default: 1000)
    var configuration = FlockConfiguration()
    configuration.commitInterval = .seconds(10)
    let agents = (0..<count).map { index in
      Agent("agent\(index)").subscribes(Subscription(inputs: [.init(type: ArtifactType("other-\(index)"))])).runs { _ in }
    }
    let flock = try Flock(agents: agents, configuration: configuration)
    for key in 0..<n { try await flock.publish(Item(key: key, text: itemText)) }
    try requireDone(try await flock.runUntilIdle(), runs: 0)
    let batch = try await flock.store.read(shard: 0, from: 0, maximum: n + 1)
    guard batch.records.count == n else { throw BenchFailure(message: "\(batch.records.count) of \(n) artifacts are there") }
    print("@@result {\"agents\": \(count), \"n\": \(n)}")
    try await flock.shutdown()
  }
}
