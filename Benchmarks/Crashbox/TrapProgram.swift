#if SQLite && HTTP
import Flock
import FlockCore
import FlockKernel
import Synchronization

struct Job: ArtifactPayload {
  static let artifactType = ArtifactType("job")
  var key: Int
}

/// Open runs, one of which ends the process each time that it runs: `trap --file F --port P --runs N --bad K [--publish]`.
///
/// Jobs with an odd key make one effect as a step. The bad one waits until the others are open too, then reads behind an
/// array's end.
enum TrapProgram {
  static func run(_ options: Options) async throws {
    let port = try options.integer("port")
    let runs = try options.integer("runs")
    let bad = try options.integer("bad")
    let started = Started()
    let worker = Agent("worker").consumes(Job.self).publishes(Mapped.self).concurrency(10_000)
      .runs { (job: Job, context: RunContext) -> Mapped in
        started.count.add(1, ordering: .relaxed)
        if job.key == bad { try await trap(job.key, started, runs) }
        if job.key % 2 == 1 {
          _ = try await context.step("effect", input: job.key, idempotency: .idempotent) { attempt in
            try await Effect.make(port: port, order: job.key, step: 1, key: attempt.idempotencyKey)
          }
          tell(["recorded": .number(job.key)])
        }
        // Still open when the bad one traps.
        try await Task.sleep(for: .milliseconds(800))
        return Mapped(key: job.key)
      }
    let flock = try await Board.open(options, [worker])
    if options.has("publish") {
      try await flock.publish(contentsOf: (0..<runs).map { Job(key: $0) })
      tell(["at": "published"])
    }
    try await Board.finish(flock)
  }

  private final class Started: Sendable {
    let count = Atomic(0)
  }

  private static func trap(_ key: Int, _ started: Started, _ runs: Int) async throws {
    for _ in 0..<30 where started.count.load(ordering: .relaxed) < runs { try await Task.sleep(for: .milliseconds(10)) }
    try await Task.sleep(for: .milliseconds(100))
    tell(["at": "trap", "open": .number(started.count.load(ordering: .relaxed))])
    let nothing: [Int] = []
    tell(["at": "unreachable", "value": .number(nothing[key])])
  }
}
#endif
