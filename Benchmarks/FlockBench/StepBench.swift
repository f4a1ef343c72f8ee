#if SQLite
import Flock
import FlockCore
import FlockSQLite

/// Durable steps one after another in one run, against bare commits in turn with them:
/// `step-latency --file F --steps S --rounds R`.
enum StepLatencyBench {
  static func run(_ options: BenchOptions) async throws {
    let steps = options.integer("steps", default: 100)
    let rounds = options.integer("rounds", default: 11)
    let file = options.text("file")
    let bare = try BareCommits(file + ".bare")
    let store = try await SQLiteStore.open(path: file)
    let flock = try Flock(agents: [StepsAgent.agent(steps)], store: store)
    try await flock.start()
    var pairs: [String] = []
    for round in 0..<rounds {
      let commits = try bare.measure(steps, round)
      let before = Usage.now()
      try await flock.publish(Item(key: round, text: itemText))
      let report = try await flock.runUntilIdle()
      let used = Usage.now() - before
      try requireDone(report, runs: round + 1)
      pairs.append("[\(used.wall / Double(steps) * 1e6), \(commits.wall / Double(steps) * 1e6)]")
    }
    print("@@result {\"steps\": \(steps), \"step_and_commit_us\": [\(pairs.joined(separator: ", "))]}")
    try await flock.shutdown()
    await store.close()
  }
}

/// Many runs that make their steps at the same time: `steps-at-once --file F --runs R --steps S`.
enum StepsAtOnceBench {
  static func run(_ options: BenchOptions) async throws {
    let steps = options.integer("steps", default: 10)
    let runs = options.integer("runs", default: 50)
    let store = try await SQLiteStore.open(path: options.text("file"))
    let flock = try Flock(agents: [StepsAgent.agent(steps)], store: store)
    try await flock.start()
    let before = Usage.now()
    try await flock.publish(contentsOf: (0..<runs).map { Item(key: $0, text: itemText) })
    let report = try await flock.runUntilIdle()
    let used = Usage.now() - before
    try requireDone(report, runs: runs)
    let count = Double(runs * steps)
    print(
      "@@result {\"runs\": \(runs), \"steps\": \(steps), \"cpu_us_per_step\": \(used.cpu / count * 1e6),"
        + " \"wall_us_per_step\": \(used.wall / count * 1e6)}")
    try await flock.shutdown()
    await store.close()
  }
}

enum StepsAgent {
  static func agent(_ steps: Int) -> Agent {
    Agent("stepper").consumes(Item.self).publishes(Result.self).timeout(nil).runs { (item: Item, context: RunContext) -> Result in
      var sum = 0
      for step in 0..<steps { sum += try await context.step("step", input: step) { _ in step } }
      guard sum == steps * (steps - 1) / 2 else { throw PermanentFailure("the steps gave \(sum)") }
      return Result(key: item.key, text: item.text)
    }
  }
}

/// The least that can be made durable in SQLite: one small row in a transaction of its own, synced.
struct BareCommits {
  private let connection: SQLiteConnection

  init(_ file: String) throws {
    connection = try SQLiteConnection(SQLiteConnectionConfiguration(path: file))
    try connection.execute("CREATE TABLE rows(id INTEGER PRIMARY KEY, payload BLOB NOT NULL) STRICT")
  }

  func measure(_ count: Int, _ round: Int) throws -> (cpu: Double, wall: Double) {
    let bytes = [UInt8](repeating: 0x78, count: 100)
    let before = Usage.now()
    for index in 0..<count {
      try connection.transaction {
        let insert = try connection.prepare("INSERT INTO rows(id, payload) VALUES (?, ?)")
        try insert.bind(Int64(round * count + index), at: 1)
        try insert.bind(bytes, at: 2)
        try insert.run()
      }
    }
    return Usage.now() - before
  }
}
#endif
