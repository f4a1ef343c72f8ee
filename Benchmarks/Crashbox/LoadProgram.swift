#if SQLite && HTTP
import Flock
import FlockCore
import FlockKernel

struct Item: ArtifactPayload {
  static let artifactType = ArtifactType("item")
  var key: Int
}

struct Partner: ArtifactPayload {
  static let artifactType = ArtifactType("partner")
  var key: Int
}

struct Mapped: ArtifactPayload {
  static let artifactType = ArtifactType("mapped")
  var key: Int
}

struct Joined: ArtifactPayload {
  static let artifactType = ArtifactType("joined")
  var key: Int
}

struct Batched: ArtifactPayload {
  static let artifactType = ArtifactType("batched")
  var keys: [Int]
}

/// Publishes all the time, while agents map, join and batch: `load --file F --first-key K`, or `load --file F --drain`
/// to finish what is there. Each key is one item and one partner; both are told when they are acknowledged.
enum LoadProgram {
  static let keysAtOnce = 4

  static func run(_ options: Options) async throws {
    let flock = try await Board.open(options, agents)
    if options.has("drain") { return try await Board.finish(flock) }
    var key = try options.integer("first-key")
    let last = key + (try options.integer("keys", default: 4000))
    try await flock.start()
    tell(["at": "started"])
    while key < last {
      let keys = key..<key + keysAtOnce
      let items = try await flock.publish(contentsOf: keys.map { Item(key: $0) })
      acknowledge(items)
      let partners = try await flock.publish(contentsOf: keys.map { Partner(key: $0) })
      acknowledge(partners)
      key += keysAtOnce
    }
    try await Board.waitForKill()
  }

  private static func acknowledge(_ artifacts: [Artifact]) {
    tell(["published": .list(artifacts.map { .text($0.id.description) })])
  }

  static let agents = [
    // Some of its runs are open across several commits.
    Agent("mapper").consumes(Item.self).publishes(Mapped.self).runs { (item: Item, _: RunContext) -> Mapped in
      if item.key % 3 == 0 { try await Task.sleep(for: .milliseconds(item.key % 20)) }
      return Mapped(key: item.key)
    },
    Agent("joiner").joins(Item.self, by: \.key, Partner.self, by: \.key, within: .time(.seconds(86_400)))
      .publishes(Joined.self).runs { (item: Item, _: RunContext) -> Joined in Joined(key: item.key) },
    Agent("batcher").consumes(Item.self).batched(size: 10).publishes(Batched.self).runs { context in
      try context.publish(Batched(keys: try context.inputs(Item.self).map(\.key)))
    },
  ]
}
#endif
