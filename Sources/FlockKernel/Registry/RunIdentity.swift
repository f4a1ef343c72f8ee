public import FlockCore

/// Derived names: whoever repeats the work repeats the same names.
public enum RunIdentity {
  /// - Parameter inputs: in any order; they are sorted.
  @inlinable
  public static func run(namespace: UInt64, subscription: SubscriptionID, inputs: RunInputs) -> RunID {
    var hasher = StableHasher(domain: .run)
    hasher.combine(namespace)
    hasher.combine(subscription.value)
    switch inputs {
    case .none: hasher.combine(0 as UInt64)
    case .one(let artifact):
      hasher.combine(1 as UInt64)
      hasher.combine(artifact.id.value)
    case .many(let artifacts):
      hasher.combine(UInt64(artifacts.count))
      for id in artifacts.map(\.id.value).sorted() { hasher.combine(id) }
    }
    return RunID(hasher.finalize())
  }

  /// A run that a clock started.
  public static func timer(namespace: UInt64, subscription: SubscriptionID, occurrence: Timestamp) -> RunID {
    var hasher = StableHasher(domain: .run)
    hasher.combine(namespace)
    hasher.combine(subscription.value)
    hasher.combine(0 as UInt64)
    hasher.combine(UInt64(bitPattern: occurrence.nanoseconds))
    return RunID(hasher.finalize())
  }

  /// A direct call: named by its input, which nothing else consumes in this way.
  public static func invocation(agent: String, input: ArtifactID) -> RunID {
    var hasher = StableHasher(domain: .run)
    hasher.combine(agent)
    hasher.combine(input.value)
    return RunID(hasher.finalize())
  }

  /// A run that was given up before a subscription chose it: its input could not be decoded.
  static func quarantine(subscription: SubscriptionID, input: ArtifactID) -> RunID {
    var hasher = StableHasher(domain: .run)
    hasher.combine(subscription.value)
    hasher.combine(input.value)
    hasher.combine(UInt64.max)
    return RunID(hasher.finalize())
  }

  /// - Parameters:
  ///   - slot: the output's type by its place in the agent's contract; `UInt32.max` for a type that is not there.
  ///   - index: the place among the run's outputs of that slot.
  @inlinable
  public static func output(run: RunID, replayNumber: UInt32, slot: UInt32, index: UInt32) -> ArtifactID {
    var hasher = StableHasher(domain: .output)
    hasher.combine(run.value)
    hasher.combine(UInt64(replayNumber) << 32 | UInt64(slot))
    hasher.combine(UInt64(index))
    return ArtifactID(hasher.finalize().stamped(version: 8))
  }
}

/// What a run consumes, without an allocation for the usual one.
public enum RunInputs: Sendable {
  case none
  case one(Artifact)
  case many([Artifact])

  @inlinable
  public init(_ artifacts: [Artifact]) {
    switch artifacts.count {
    case 0: self = .none
    case 1: self = .one(artifacts[0])
    default: self = .many(artifacts)
    }
  }

  @inlinable public var artifacts: [Artifact] {
    switch self {
    case .none: []
    case .one(let artifact): [artifact]
    case .many(let artifacts): artifacts
    }
  }

  @inlinable public var first: Artifact? {
    switch self {
    case .none: nil
    case .one(let artifact): artifact
    case .many(let artifacts): artifacts.first
    }
  }

  @inlinable public var count: Int {
    switch self {
    case .none: 0
    case .one: 1
    case .many(let artifacts): artifacts.count
    }
  }

  @inlinable public var parents: Parents {
    switch self {
    case .none: .none
    case .one(let artifact): .one(artifact.id)
    case .many(let artifacts): .many(artifacts.map(\.id))
    }
  }

  /// One more than the deepest input, 0 without inputs.
  @inlinable public var nextDepth: UInt32 {
    switch self {
    case .none: return 0
    case .one(let artifact): return artifact.depth &+ 1
    case .many(let artifacts):
      var deepest: UInt32 = 0
      for artifact in artifacts { deepest = max(deepest, artifact.depth) }
      return deepest &+ 1
    }
  }

  /// The correlation that all inputs share, or `nil`.
  @inlinable var commonCorrelation: CorrelationID? {
    switch self {
    case .none: return nil
    case .one(let artifact): return artifact.correlation
    case .many(let artifacts):
      guard let first = artifacts.first?.correlation else { return nil }
      for artifact in artifacts where artifact.correlation != first { return nil }
      return first
    }
  }
}
