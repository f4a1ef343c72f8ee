#if SQLite && HTTP
import Flock
import FlockCore
import FlockKernel
import Glibc
import Synchronization

struct Slow: ArtifactPayload {
  static let artifactType = ArtifactType("slow")
  var key: Int
}

/// One run hangs while others pass it: `hang --file F --passed N`, and after a kill `hang --file F --recover`, which
/// tells how long it took until that run is there again and new work is done.
enum HangProgram {
  static func run(_ options: Options) async throws {
    let begin = monotonicNanoseconds()
    let counting = CountingHooks()
    let hanging = Latch()
    let hanger = Agent("hanger").consumes(Slow.self).publishes(Mapped.self).timeout(nil)
      .runs { (slow: Slow, _: RunContext) -> Mapped in
        hanging.open()
        try await Task.sleep(for: .seconds(86_400))
        return Mapped(key: slow.key)
      }
    let mapper = Agent("mapper").consumes(Item.self).publishes(Mapped.self)
      .runs { (item: Item, _: RunContext) -> Mapped in Mapped(key: item.key) }
    let flock = try await Board.open(options, [hanger, mapper], hooks: counting) {
      // A run that was open when the process died first runs alone for so long.
      $0.kernel.suspectPatience = .milliseconds(20)
    }
    if options.has("recover") {
      let opened = monotonicNanoseconds()
      try await flock.start()
      try await hanging.wait()
      let recovered = monotonicNanoseconds()
      try await flock.publish(Item(key: -1))
      try await counting.wait(for: 1)
      tell([
        "at": "recovered", "openedNanoseconds": .number(opened - begin),
        "recoveredNanoseconds": .number(recovered - begin),
        "workedNanoseconds": .number(monotonicNanoseconds() - begin),
      ])
    } else {
      let count = try options.integer("passed")
      try await flock.start()
      try await flock.publish(Slow(key: 0))
      try await hanging.wait()
      var next = 0
      while next < count {
        let end = min(count, next + 1000)
        try await flock.publish(contentsOf: (next..<end).map { Item(key: $0) })
        next = end
      }
      try await counting.wait(for: count)
      // One more behind all their outputs: when it is done, the log is read to there.
      try await flock.publish(Item(key: -1))
      try await counting.wait(for: count + 1)
      tell(["at": "passed", "count": .number(count)])
    }
    try await Board.waitForKill()
  }

  private final class CountingHooks: FlockHooks {
    private let count = Atomic(0)

    func didCommit(_ outcomes: [Outcome]) async {
      count.add(outcomes.count { $0.kind == .success && $0.agent.name == "mapper" }, ordering: .relaxed)
    }

    func wait(for number: Int) async throws {
      while count.load(ordering: .relaxed) < number { try await Task.sleep(for: .milliseconds(1)) }
    }
  }

  private final class Latch: Sendable {
    private let isOpen = Atomic(false)

    func open() { isOpen.store(true, ordering: .releasing) }

    func wait() async throws {
      while !isOpen.load(ordering: .acquiring) { try await Task.sleep(for: .microseconds(200)) }
    }
  }
}
#endif
