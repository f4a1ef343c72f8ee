import FlockCore

/// A rule in plain words, from which both the kernel's subscription and the reference matcher are made.
struct ReferenceRule: Sendable, CustomStringConvertible {
  enum Window: Sendable {
    case none
    case milliseconds(Int64)
    case count(Int)
  }

  var name: String
  /// How many of alpha, beta and gamma a round needs.
  var counts: [Int]
  var isKeyed = false
  var scope = Subscription.Scope.correlation
  var window = Window.none
  var batchSize: Int?
  var batchMilliseconds: Int64?
  var batchScope = Subscription.Scope.board
  /// Only what has at least this number.
  var minimum = Int.min
  var anyTags: Tags = []
  var allTags: Tags = []

  var hasBatch: Bool { batchSize != nil || batchMilliseconds != nil }
  var isGate: Bool { isKeyed || counts.reduce(0, +) > 1 }

  var description: String {
    "\(name): counts \(counts), keyed \(isKeyed), scope \(scope), window \(window), batch \(batchSize ?? 0)/\(batchMilliseconds ?? 0) \(batchScope)"
  }

  var subscription: Subscription {
    let minimum = minimum
    var inputs: [Subscription.Input] = []
    if counts[0] > 0 {
      inputs.append(isKeyed ? .keyedAlpha(counts[0]) : .alpha(counts[0]))
      inputs[inputs.count - 1].predicates = [TypedMatcher<Alpha> { $0.number >= minimum }]
    }
    if counts[1] > 0 {
      inputs.append(isKeyed ? .keyedBeta(counts[1]) : .beta(counts[1]))
      inputs[inputs.count - 1].predicates = [TypedMatcher<Beta> { $0.number >= minimum }]
    }
    if counts[2] > 0 {
      inputs.append(isKeyed ? .keyedGamma(counts[2]) : .gamma(counts[2]))
      inputs[inputs.count - 1].predicates = [TypedMatcher<Gamma> { $0.number >= minimum }]
    }
    var made = Subscription(name: name, inputs: inputs)
    made.scope = scope
    switch window {
    case .none: break
    case .milliseconds(let length): made.window = .time(.milliseconds(length))
    case .count(let count): made.window = .count(count)
    }
    if hasBatch {
      made.batch = Subscription.Batch(
        size: batchSize, timeout: batchMilliseconds.map { .milliseconds($0) }, scope: batchScope)
    }
    made.anyTags = anyTags
    made.allTags = allTags
    return made
  }

  var agent: AgentDefinition {
    var made = AgentDefinition(name: "agent-\(name)")
    made.subscriptions = [subscription]
    return made
  }

  /// The shapes that scripts choose from.
  static let shapes: [ReferenceRule] = [
    ReferenceRule(name: "immediate", counts: [1, 0, 0], minimum: 3),
    ReferenceRule(name: "tagged-any", counts: [1, 0, 0], anyTags: ["red", "blue"]),
    ReferenceRule(name: "tagged-all", counts: [0, 1, 0], allTags: ["red", "blue"]),
    ReferenceRule(name: "gate", counts: [1, 1, 0]),
    ReferenceRule(name: "gate-counts", counts: [2, 1, 0], minimum: 1),
    ReferenceRule(name: "gate-three", counts: [1, 2, 1]),
    ReferenceRule(name: "gate-board", counts: [2, 1, 0], scope: .board),
    ReferenceRule(name: "count-only", counts: [3, 0, 0]),
    ReferenceRule(name: "count-board", counts: [4, 0, 0], scope: .board),
    ReferenceRule(name: "join", counts: [1, 1, 0], isKeyed: true),
    ReferenceRule(name: "join-counts", counts: [2, 2, 0], isKeyed: true),
    ReferenceRule(name: "join-time", counts: [1, 1, 0], isKeyed: true, window: .milliseconds(40)),
    ReferenceRule(name: "join-time-counts", counts: [2, 1, 1], isKeyed: true, window: .milliseconds(80)),
    ReferenceRule(name: "join-count", counts: [1, 1, 0], isKeyed: true, window: .count(2)),
    ReferenceRule(name: "join-count-counts", counts: [2, 1, 1], isKeyed: true, window: .count(5)),
    ReferenceRule(name: "batch", counts: [1, 0, 0], batchSize: 3),
    ReferenceRule(name: "batch-timeout", counts: [1, 0, 0], batchMilliseconds: 50),
    ReferenceRule(name: "batch-both", counts: [0, 1, 0], batchSize: 4, batchMilliseconds: 50),
    ReferenceRule(name: "batch-correlation", counts: [1, 0, 0], batchSize: 2, batchMilliseconds: 60, batchScope: .correlation),
    ReferenceRule(name: "gate-batch", counts: [1, 1, 0], batchSize: 2, batchMilliseconds: 60),
    ReferenceRule(name: "gate-batch-correlation", counts: [1, 1, 0], batchSize: 2, batchScope: .correlation),
    ReferenceRule(name: "join-batch", counts: [1, 1, 0], isKeyed: true, window: .milliseconds(60), batchSize: 2),
    ReferenceRule(
      name: "join-batch-timeout", counts: [1, 1, 0], isKeyed: true, window: .count(3), batchSize: 3, batchMilliseconds: 40),
  ]
}
