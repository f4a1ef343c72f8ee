#if SQLite && HTTP
import Dispatch
import Flock
import FlockCore
import FlockKernel
import FlockSQLite
import Glibc

/// Two processes on one board: `second --own --file F` owns it until its standard input ends and tells what its agent
/// sees; `second --publish N --file F` publishes beside it. A second owner ends with 3 and the refusal.
enum SecondProgram {
  static func run(_ options: Options) async throws {
    if options.has("publish") { return try await publish(options) }
    let echo = Agent("echo").consumes(Item.self).publishes(Mapped.self).runs { (item: Item, context: RunContext) -> Mapped in
      tell(["seen": .text(context.artifacts[0].id.description), "atNanoseconds": .number(monotonicNanoseconds())])
      return Mapped(key: item.key)
    }
    let flock = try await Board.open(options, [echo])
    do {
      try await flock.start()
    } catch let error as FlockError {
      tell(["refused": .text("\(error.code)"), "message": .text(error.message)])
      exit(3)
    }
    tell(["at": "owning"])
    await endOfInput()
    try await flock.shutdown()
    await flock.store.close()
    tell(["at": "released"])
  }

  private static func publish(_ options: Options) async throws {
    let flock = try await Board.open(options, [Agent("publisher").publishes(Item.self).runs { _ in }])
    for key in 0..<(try options.integer("publish")) {
      let artifact = try await flock.publish(Item(key: key))
      tell(["published": [.text(artifact.id.description)], "atNanoseconds": .number(monotonicNanoseconds())])
      // Publications that come one by one: each is looked for anew.
      try await Task.sleep(for: .milliseconds(7 + key % 23))
    }
    await flock.store.close()
  }

  private static func endOfInput() async {
    await withCheckedContinuation { continuation in
      DispatchQueue.global().async {
        while readLine() != nil {}
        continuation.resume()
      }
    }
  }
}
#endif
