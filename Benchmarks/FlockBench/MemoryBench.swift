import Flock
import FlockCore

/// Peak memory of a board in memory: `memory --n N --bytes B` publishes N artifacts of B bytes each and has an agent look
/// at each.
enum MemoryBench {
  static func run(_ options: BenchOptions) async throws {
    let n = options.integer("n", default: 100_000)
    let bytes = options.integer("bytes", default: 500)
    let reader = Agent("reader").consumes(Item.self).publishes(Result.self).runs { context in _ = try context.input(Item.self) }
    let flock = try Flock(agents: [reader])
    try await flock.start()
    let before = Usage.peakOfThisProgram()
    // Each text is its own, as it would be from outside.
    try await Workload.publish(flock, n) { key in
      let text = String(key)
      return Item(key: key, text: text + String(repeating: "x", count: max(0, bytes - text.utf8.count)))
    }
    try requireDone(try await flock.runUntilIdle(), runs: n)
    print(
      "@@result {\"n\": \(n), \"bytes\": \(bytes), \"payload_mb\": \(Double(n * bytes) / 1_048_576),"
        + " \"before_mb\": \(before), \"peak_rss_mb\": \(Usage.peakOfThisProgram())}")
    try await flock.shutdown()
  }
}
