#if SQLite && HTTP
import CPowerCut
import Flock
import FlockCore
import FlockKernel
import FlockSQLite
import Synchronization

/// Works on a simulated disk that loses power: `powercut --file F --seed S --operations N --keys K [--unsynced]`.
///
/// The cut comes at the N-th operation of the disk; with 0, or if the work is done before, at the end. The file then holds
/// what a machine would find. `powercut --file F --drain` goes on with it on a real disk.
enum PowerCutProgram {
  static func run(_ options: Options) async throws {
    if options.has("drain") { return try await Board.finish(try await Board.open(options, agents)) }
    guard powercut_register() == 0 else { throw Misuse(message: "the file system cannot be registered") }
    let seed = UInt64(try options.integer("seed"))
    powercut_arm(seed, UInt64(try options.integer("operations")))
    let keys = try options.integer("keys")
    do {
      var configuration = SQLiteStoreConfiguration()
      configuration.vfs = "powercut"
      configuration.isUnsynced = options.has("unsynced")
      // Checkpoints and emptied logs are among what a cut falls into.
      configuration.checkpointPages = 32
      try await work(try await SQLiteStore.open(path: try options.text("file"), configuration: configuration), keys)
    } catch {
      guard powercut_is_cut() == 1 else { throw error }
    }
    powercut_cut(seed)
    let counters = powercut_read_counters()
    tell([
      "at": "cut", "fault": .number(Int(powercut_fault())), "operations": .number(Int(counters.operations)),
      "dropped": .number(Int(counters.dropped)), "torn": .number(Int(counters.torn)), "kept": .number(Int(counters.kept)),
      "namesDropped": .number(Int(counters.names_dropped)),
    ])
  }

  /// Returns when all keys are done, or throws when the power is gone.
  private static func work(_ store: SQLiteStore, _ keys: Int) async throws {
    let counting = CountingHooks()
    var configuration = FlockConfiguration()
    configuration.hooks = [TellingHooks(), counting]
    let flock = try Flock(agents: agents, store: store, configuration: configuration)
    try await flock.start()
    for key in 0..<keys {
      let artifact = try await flock.publish(Item(key: key))
      tell(["published": [.text(artifact.id.description)]])
    }
    while counting.count.load(ordering: .relaxed) < keys, powercut_is_cut() == 0 { try await Task.sleep(for: .milliseconds(1)) }
  }

  private final class CountingHooks: FlockHooks {
    let count = Atomic(0)
    func didCommit(_ outcomes: [Outcome]) async { count.add(outcomes.count, ordering: .relaxed) }
  }

  /// Every other run makes a step, and tells when it is made and when it is recorded.
  static let agents = [
    Agent("mapper").consumes(Item.self).publishes(Mapped.self).runs { (item: Item, context: RunContext) -> Mapped in
      if item.key % 2 == 1 {
        _ = try await context.step("effect", input: item.key, idempotency: .idempotent) { _ in
          tell(["effect": .number(item.key)])
          return item.key
        }
        tell(["recorded": .number(item.key)])
      }
      return Mapped(key: item.key)
    }
  ]
}
#endif
