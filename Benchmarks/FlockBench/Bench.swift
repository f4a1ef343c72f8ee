import Dispatch
import Flock
import FlockCore
import FlockKernel
import Glibc

@main
struct Bench {
  /// Not asynchronous itself: the main thread then waits in an ordinary way, which instruction counters can follow.
  static func main() {
    let done = DispatchSemaphore(value: 0)
    Task.detached {
      do {
        try await run()
      } catch {
        complain("\(error)")
        exit(1)
      }
      done.signal()
    }
    done.wait()
  }

  static func run() async throws {
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
    if let name = arguments.first, let program = programs[name] {
      arguments.removeFirst()
      return try await program(BenchOptions(arguments))
    }
    let n = Int(option("--n") ?? "10000") ?? 10_000
    // Results are JSON in any case.
    _ = flag("--json")
    let allOff = flag("--all-off")
    // For instruction counters: nothing runs at the same time, so that no lock is ever waited for.
    let publishFirst = flag("--publish-first")
    guard arguments.count == 2, arguments[0] == "workload", let workload = Workload.all.first(where: { $0.name == arguments[1] })
    else {
      complain(
        "usage: flock-bench workload \(Workload.all.map(\.name).joined(separator: "|")) [--n N] [--all-off] [--publish-first]"
          + "\n       flock-bench \(programs.keys.sorted().joined(separator: "|")) [options]")
      exit(64)
    }
    try await run(workload, n, allOff ? .off : .on, publishFirst: publishFirst)
  }

  static func run(_ workload: Workload, _ n: Int, _ features: Workload.Features, publishFirst: Bool) async throws {
    var configuration = FlockConfiguration()
    // An instruction counter slows the clock down fiftyfold; commits shall not come more often for that.
    if publishFirst { configuration.commitInterval = .seconds(10) }
    let flock = try Flock(agents: workload.agents(features), configuration: configuration)
    if !publishFirst { try await flock.start() }
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
