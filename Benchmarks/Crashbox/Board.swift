#if SQLite && HTTP
import Flock
import FlockCore
import FlockKernel
import FlockSQLite

/// Prints what has become durable.
struct TellingHooks: FlockHooks {
  func didCommit(_ outcomes: [Outcome]) async {
    guard !outcomes.isEmpty else { return }
    let words = outcomes.map { outcome -> Word in
      [
        .text(outcome.run.description), .number(Int(outcome.replayNumber)), .text(outcome.agent.name),
        .number(Int(outcome.kind.rawValue)), .text(outcome.failure?.cause.word ?? ""),
      ]
    }
    tell(["outcomes": .list(words)])
  }
}

/// The board of a program: a SQLite file with the store's own settings.
enum Board {
  static func open(
    _ options: Options, _ agents: [Agent], hooks: any FlockHooks = TellingHooks(),
    _ change: (inout FlockConfiguration) -> Void = { _ in }
  ) async throws -> Flock {
    let store = try await SQLiteStore.open(path: try options.text("file"))
    var configuration = FlockConfiguration()
    configuration.hooks = [hooks]
    change(&configuration)
    return try Flock(agents: agents, store: store, configuration: configuration)
  }

  /// Works until nothing is left, and says so.
  static func finish(_ flock: Flock) async throws {
    let report = try await flock.runUntilIdle()
    let waiting = report.waiting.map { item -> Word in
      [.text(item.agent), .text(item.kind.rawValue), .number(item.artifacts.count)]
    }
    tell(["at": "idle", "deadLetters": .number(report.deadLetters), "waiting": .list(waiting)])
    try await flock.shutdown()
    await flock.store.close()
  }

  /// Waits for the driver's kill.
  static func waitForKill() async throws {
    try await Task.sleep(for: .seconds(Int(Pause.seconds)))
    throw Misuse(message: "nobody killed this program")
  }
}
#endif
