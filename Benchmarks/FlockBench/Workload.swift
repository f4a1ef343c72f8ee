import Flock
import FlockCore
import FlockKernel
import Synchronization

struct Item: ArtifactPayload {
  static let artifactType = ArtifactType("item")
  var key: Int
  var text: String
}

struct Partner: ArtifactPayload {
  static let artifactType = ArtifactType("partner")
  var key: Int
  var text: String
}

struct Result: Keyed {
  static let artifactType = ArtifactType("result")
  var key: Int
  var text: String
}

/// A stage of the chain: ten types that differ in name alone. The number is a type's only property, so each is its own.
protocol Keyed: ArtifactPayload {
  var key: Int { get }
  var text: String { get }
}

protocol Stage: Keyed {
  init(key: Int, text: String)
}

struct S0: Stage {
  static let artifactType = ArtifactType("stage-0")
  var key: Int
  var text: String
}
struct S1: Stage {
  static let artifactType = ArtifactType("stage-1")
  var key: Int
  var text: String
}
struct S2: Stage {
  static let artifactType = ArtifactType("stage-2")
  var key: Int
  var text: String
}
struct S3: Stage {
  static let artifactType = ArtifactType("stage-3")
  var key: Int
  var text: String
}
struct S4: Stage {
  static let artifactType = ArtifactType("stage-4")
  var key: Int
  var text: String
}
struct S5: Stage {
  static let artifactType = ArtifactType("stage-5")
  var key: Int
  var text: String
}
struct S6: Stage {
  static let artifactType = ArtifactType("stage-6")
  var key: Int
  var text: String
}
struct S7: Stage {
  static let artifactType = ArtifactType("stage-7")
  var key: Int
  var text: String
}
struct S8: Stage {
  static let artifactType = ArtifactType("stage-8")
  var key: Int
  var text: String
}
struct S9: Stage {
  static let artifactType = ArtifactType("stage-9")
  var key: Int
  var text: String
}
struct S10: Stage {
  static let artifactType = ArtifactType("stage-10")
  var key: Int
  var text: String
}

let itemText = String(repeating: "x", count: 64)

/// Agents and publications of one workload. `all off` drops the output predicate, the field check and the hooks.
struct Workload: Sendable {
  var name: String
  var agents: @Sendable (Features) -> [Agent]
  /// Publishes N items, and says how many artifacts agents will have consumed.
  var publish: @Sendable (Flock, Int) async throws -> Int
  /// The type whose artifacts are counted and summed after the clock has stopped.
  var output: String
  /// How many of them there must be.
  var expected: @Sendable (Int) -> Int

  struct Features: Sendable {
    var hooks: Bool
    var predicate: Bool
    var fieldCheck: Bool
    var timeout: Bool
    static let on = Features(hooks: true, predicate: true, fieldCheck: true, timeout: true)
    static let off = Features(hooks: false, predicate: false, fieldCheck: false, timeout: false)
  }

  static let chunk = 1000

  static func publish<T: ArtifactPayload>(_ flock: Flock, _ n: Int, _ make: (Int) -> T) async throws {
    var next = 0
    while next < n {
      let end = min(n, next + chunk)
      try await flock.publish(contentsOf: (next..<end).map(make))
      next = end
    }
  }
}

/// Counts runs: a hook that does the least that a hook can do.
struct CountingHooks: AgentHooks {
  func willRun(_ context: RunContext) async throws {}
  func didRun(_ context: RunContext) async throws {}
}

extension Agent {
  /// An output with a predicate and one field check, as far as the features say.
  func result<T: Keyed>(_ type: T.Type, _ features: Workload.Features) -> Agent {
    var contract = OutputContract(type: T.artifactType)
    if features.predicate { contract.filter = TypedMatcher<T> { $0.key >= 0 } }
    if features.fieldCheck {
      contract.validations = [.init(message: "text is empty", matcher: TypedMatcher<T> { !$0.text.isEmpty })]
    }
    return publishes(contract).finish(features)
  }

  func finish(_ features: Workload.Features) -> Agent {
    var agent = self
    if features.hooks { agent = agent.hooks(CountingHooks()) }
    if !features.timeout { agent = agent.timeout(nil) }
    return agent
  }

  func publishesResult(_ features: Workload.Features) -> Agent { result(Result.self, features) }
}

extension Workload {
  static let all: [Workload] = [map, chain, fanOut, join, batch, sleep]

  static let map = Workload(
    name: "map",
    agents: { features in
      [
        Agent("mapper").consumes(Item.self).publishesResult(features)
          .runs { (item: Item, _) in Result(key: item.key, text: item.text) }
      ]
    },
    publish: { flock, n in
      try await publish(flock, n) { Item(key: $0, text: itemText) }
      return n
    },
    output: "result", expected: { $0 })

  static let chain = Workload(
    name: "chain",
    agents: { features in
      func stage<A: Stage, B: Stage>(_ index: Int, _ a: A.Type, _ b: B.Type) -> Agent {
        Agent("stage\(index)").consumes(A.self).result(B.self, features).runs { (item: A, _) in B(key: item.key, text: item.text) }
      }
      return [
        stage(0, S0.self, S1.self), stage(1, S1.self, S2.self), stage(2, S2.self, S3.self), stage(3, S3.self, S4.self),
        stage(4, S4.self, S5.self), stage(5, S5.self, S6.self), stage(6, S6.self, S7.self), stage(7, S7.self, S8.self),
        stage(8, S8.self, S9.self), stage(9, S9.self, S10.self),
      ]
    },
    publish: { flock, n in
      try await publish(flock, n) { S0(key: $0, text: itemText) }
      return n * 10
    },
    output: "stage-10", expected: { $0 })

  static let fanOut = Workload(
    name: "fanout",
    agents: { features in
      (0..<10).map { index in
        Agent("reader\(index)").consumes(Item.self).publishesResult(features)
          .runs { (item: Item, _) in Result(key: item.key, text: item.text) }
      }
    },
    publish: { flock, n in
      try await publish(flock, n) { Item(key: $0, text: itemText) }
      return n * 10
    },
    output: "result", expected: { $0 * 10 })

  static let join = Workload(
    name: "join",
    agents: { features in
      [
        Agent("joiner").joins(Item.self, by: \.key, Partner.self, by: \.key, within: .time(.seconds(3600)))
          .publishesResult(features)
          .runs { (item: Item, _) in Result(key: item.key, text: item.text) }
      ]
    },
    publish: { flock, n in
      try await publish(flock, n) { Item(key: $0, text: itemText) }
      try await publish(flock, n) { Partner(key: $0, text: itemText) }
      return n * 2
    },
    output: "result", expected: { $0 })

  static let batch = Workload(
    name: "batch",
    agents: { features in
      [
        Agent("batcher").consumes(Item.self).batched(size: 25).publishesResult(features)
          .runs { context in
            let first = try context.input(Item.self)
            try context.publish(Result(key: first.key, text: first.text))
          }
      ]
    },
    publish: { flock, n in
      try await publish(flock, n) { Item(key: $0, text: itemText) }
      return n
    },
    output: "result", expected: { ($0 + 24) / 25 })

  /// Runs that are suspended all at once.
  static let sleep = Workload(
    name: "suspended",
    agents: { features in
      [
        Agent("sleeper").consumes(Item.self).concurrency(1_000_000).publishesResult(features)
          .runs { (item: Item, _) in
            try await Task.sleep(for: .seconds(1))
            return Result(key: item.key, text: item.text)
          }
      ]
    },
    publish: { flock, n in
      try await publish(flock, n) { Item(key: $0, text: itemText) }
      return n
    },
    output: "result", expected: { $0 })
}
