import FlockCore
import FlockKernel

struct Alpha: ArtifactPayload, Equatable {
  static let artifactType = ArtifactType("kernel-tests/alpha")
  var key: Int
  var number = 0
}

struct Beta: ArtifactPayload, Equatable {
  static let artifactType = ArtifactType("kernel-tests/beta")
  var key: Int
  var number = 0
}

struct Gamma: ArtifactPayload, Equatable {
  static let artifactType = ArtifactType("kernel-tests/gamma")
  var key: Int
  var number = 0
}

/// A type to which nothing subscribes.
struct Noise: ArtifactPayload, Equatable {
  static let artifactType = ArtifactType("kernel-tests/noise")
  var key: Int
}

struct TestFailure: Error {}

extension Timestamp {
  /// So many milliseconds after the beginning of every test.
  static func at(_ milliseconds: Int64) -> Timestamp { origin + .milliseconds(milliseconds) }

  /// 2026-01-01 00:00:00 UTC, a Thursday.
  static let origin = Timestamp(nanoseconds: 1_767_225_600_000_000_000)
}

/// Ids that a failing test can be read by: the number stands in the last digits.
func artifactID(_ number: Int) -> ArtifactID {
  ArtifactID(UniqueID(high: 0x0198_0000_0000_7000, low: 0x8000_0000_0000_0000 | UInt64(number)))
}

func correlationID(_ number: Int) -> CorrelationID {
  CorrelationID(UniqueID(high: 0x0198_0000_0000_7C00, low: 0x8000_0000_0000_0000 | UInt64(number)))
}

func artifact<T: ArtifactPayload>(
  _ number: Int, _ value: T, correlation: Int? = nil, producer: String? = nil, partitionKey: String? = nil,
  tags: Tags = [], visibility: Visibility = .public, createdAt: Timestamp = .origin, depth: UInt32 = 0
) -> Artifact {
  Artifact(
    id: artifactID(number), type: T.artifactType, payload: Box(value), producer: producer.map { Symbol($0) } ?? .external,
    correlation: correlation.map { correlationID($0) }, partitionKey: partitionKey, tags: tags, visibility: visibility,
    createdAt: createdAt, depth: depth)
}

/// An artifact whose bytes are not what its type says.
func undecodable(_ number: Int, _ type: ArtifactType, correlation: Int? = nil) -> Artifact {
  Artifact(
    id: artifactID(number), type: type, payload: EncodedPayload(bytes: Array("{\"nothing\":true}".utf8)),
    correlation: correlation.map { correlationID($0) }, createdAt: .origin)
}

func agent(_ name: String, _ subscriptions: Subscription..., change: (inout AgentDefinition) -> Void = { _ in }) -> AgentDefinition {
  var definition = AgentDefinition(name: name)
  definition.subscriptions = subscriptions
  change(&definition)
  return definition
}

func subscription(
  _ name: String, _ inputs: Subscription.Input..., change: (inout Subscription) -> Void = { _ in }
) -> Subscription {
  var made = Subscription(name: name, inputs: inputs)
  change(&made)
  return made
}

extension Subscription.Input {
  static func alpha(_ count: Int = 1, where predicate: (@Sendable (Alpha) throws -> Bool)? = nil) -> Subscription.Input {
    Subscription.Input(type: Alpha.artifactType, count: count, predicates: predicate.map { [TypedMatcher<Alpha>($0)] } ?? [])
  }

  static func beta(_ count: Int = 1) -> Subscription.Input { Subscription.Input(type: Beta.artifactType, count: count) }

  static func gamma(_ count: Int = 1) -> Subscription.Input { Subscription.Input(type: Gamma.artifactType, count: count) }

  /// Joined by `key`.
  static func keyedAlpha(_ count: Int = 1) -> Subscription.Input {
    Subscription.Input(type: Alpha.artifactType, count: count, key: TypedKeyExtractor<Alpha, Int> { $0.key })
  }

  static func keyedBeta(_ count: Int = 1) -> Subscription.Input {
    Subscription.Input(type: Beta.artifactType, count: count, key: TypedKeyExtractor<Beta, Int> { $0.key })
  }

  static func keyedGamma(_ count: Int = 1) -> Subscription.Input {
    Subscription.Input(type: Gamma.artifactType, count: count, key: TypedKeyExtractor<Gamma, Int> { $0.key })
  }
}
