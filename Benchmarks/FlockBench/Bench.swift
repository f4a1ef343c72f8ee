import Flock
import FlockCore
import FlockKernel
import Glibc

@main
struct Bench {
  static func main() async throws {
    var arguments = Array(CommandLine.arguments.dropFirst())
    func option(_ name: String) -> String? {
      guard let index = arguments.firstIndex(of: name), index + 1 < arguments.count else { return nil }
      defer { arguments.removeSubrange(index...index + 1) }
      return arguments[index + 1]
    }
    func flag(_ name: String) -> Bool {
      guard let index = arguments.firstIndex(of: name) else { return false }
      arguments.remove(at: index)
      return true
    }
    let n = Int(option("--n") ?? "10000") ?? 10_000
    let allOff = flag("--all-off")
    guard arguments.count == 2, arguments[0] == "workload", let workload = Workload.all.first(where: { $0.name == arguments[1] })
    else {
      complain("usage: flock-bench workload NAME [--n N] [--all-off]")
      exit(64)
    }
    try await run(workload, n, allOff ? .off : .on)
  }

  static func run(_ workload: Workload, _ n: Int, _ features: Workload.Features) async throws {
    let flock = try Flock(agents: workload.agents(features))
    try await flock.start()
    let before = Usage.now()
    let consumed = try await workload.publish(flock, n)
    try await flock.runUntilIdle()
    let after = Usage.now()
    let (count, checksum) = try await checksum(of: workload.output, in: flock.store)
    guard count == workload.expected(n) else {
      complain("expected \(workload.expected(n)) outputs, found \(count)")
      exit(1)
    }
    let cpu = after.cpuSeconds - before.cpuSeconds
    let wall = after.wallSeconds - before.wallSeconds
    print(
      "@@result {\"workload\": \"\(workload.name)\", \"n\": \(n), \"consumed\": \(consumed), \"outputs\": \(count),"
        + " \"checksum\": \(checksum), \"cpu_s\": \(cpu), \"wall_s\": \(wall), \"peak_rss_mb\": \(Usage.now().peakMegabytes),"
        + " \"cpu_us_per_consumed\": \(cpu / Double(consumed) * 1e6)}")
    try await flock.shutdown()
  }

  /// Sum of the outputs' keys, so that a lost or repeated output shows.
  static func checksum(of type: String, in store: any BlackboardStore) async throws -> (Int, Int) {
    var count = 0
    var sum = 0
    for shard in 0..<store.shardCount {
      var offset: Int64 = 0
      while true {
        let batch = try await store.read(shard: shard, from: offset, maximum: 10_000)
        guard !batch.records.isEmpty else { break }
        for logged in batch.records {
          guard let artifact = logged.record.artifact, artifact.type.name == type else { continue }
          count += 1
          sum += type == "stage-10" ? try artifact.value(as: S10.self).key : try artifact.value(as: Result.self).key
        }
        offset = batch.endOffset
      }
    }
    return (count, sum)
  }
}
