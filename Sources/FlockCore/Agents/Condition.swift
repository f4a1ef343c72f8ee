/// A statement about one correlation: how many artifacts of a type it has so far, and what they hold.
///
/// Used as `activation` (a set of inputs waits until it holds), as `until` (the subscription stops once it holds), and
/// by `run(until:)`. It is a function of counters that the kernel keeps for each correlation, so it costs nothing per
/// stored artifact.
public indirect enum Condition: Sendable {
  case count(Leaf, Comparison, Int)
  case all([Condition])
  case any([Condition])
  case not(Condition)

  public enum Comparison: UInt8, Sendable {
    case atLeast, atMost, exactly

    public func holds(_ count: Int, _ bound: Int) -> Bool {
      switch self {
      case .atLeast: count >= bound
      case .atMost: count <= bound
      case .exactly: count == bound
      }
    }
  }

  /// What is counted: artifacts of a type, of one producer, that satisfy a predicate.
  public struct Leaf: Sendable {
    public let type: ArtifactType
    public let producer: Symbol?
    public let matcher: Matcher?
    /// Tells predicates apart in stored state; a predicate without a name is identified by its place in the condition.
    public let name: String

    public init(type: ArtifactType, producer: Symbol? = nil, matcher: Matcher? = nil, name: String = "") {
      self.type = type
      self.producer = producer
      self.matcher = matcher
      self.name = name
    }
  }

  public static func && (a: Condition, b: Condition) -> Condition { .all([a, b]) }
  public static func || (a: Condition, b: Condition) -> Condition { .any([a, b]) }
  public static prefix func ! (a: Condition) -> Condition { .not(a) }

  /// At least `count` artifacts of the type in the correlation.
  public static func atLeast<T: ArtifactPayload>(
    _ count: Int, _ type: T.Type, producedBy producer: String? = nil,
    where predicate: (@Sendable (T) throws -> Bool)? = nil
  ) -> Condition {
    .count(leaf(type, producer, predicate), .atLeast, count)
  }

  /// At most `count` artifacts of the type in the correlation.
  public static func atMost<T: ArtifactPayload>(
    _ count: Int, _ type: T.Type, producedBy producer: String? = nil,
    where predicate: (@Sendable (T) throws -> Bool)? = nil
  ) -> Condition {
    .count(leaf(type, producer, predicate), .atMost, count)
  }

  /// Exactly `count` artifacts of the type in the correlation.
  public static func exactly<T: ArtifactPayload>(
    _ count: Int, _ type: T.Type, producedBy producer: String? = nil,
    where predicate: (@Sendable (T) throws -> Bool)? = nil
  ) -> Condition {
    .count(leaf(type, producer, predicate), .exactly, count)
  }

  /// Some artifact of the type is in the correlation.
  public static func exists<T: ArtifactPayload>(
    _ type: T.Type, producedBy producer: String? = nil, where predicate: (@Sendable (T) throws -> Bool)? = nil
  ) -> Condition {
    .count(leaf(type, producer, predicate), .atLeast, 1)
  }

  /// No artifact of the type is in the correlation.
  public static func none<T: ArtifactPayload>(
    _ type: T.Type, producedBy producer: String? = nil, where predicate: (@Sendable (T) throws -> Bool)? = nil
  ) -> Condition {
    .count(leaf(type, producer, predicate), .exactly, 0)
  }

  private static func leaf<T: ArtifactPayload>(
    _ type: T.Type, _ producer: String?, _ predicate: (@Sendable (T) throws -> Bool)?
  ) -> Leaf {
    Leaf(
      type: T.artifactType, producer: producer.map { Symbol($0) },
      matcher: predicate.map { TypedMatcher<T>($0) })
  }

  /// The leaves in order of appearance; a leaf's place is its number.
  public var leaves: [Leaf] {
    switch self {
    case .count(let leaf, _, _): [leaf]
    case .all(let parts), .any(let parts): parts.flatMap(\.leaves)
    case .not(let part): part.leaves
    }
  }

  /// - Parameter counts: one for each leaf, in order of appearance.
  public func holds(_ counts: some Collection<Int>) -> Bool {
    var counts = Array(counts)[...]
    return holds(taking: &counts)
  }

  private func holds(taking counts: inout ArraySlice<Int>) -> Bool {
    switch self {
    case .count(_, let comparison, let bound):
      return comparison.holds(counts.removeFirst(), bound)
    case .all(let parts):
      var result = true
      for part in parts where !part.holds(taking: &counts) { result = false }
      return result
    case .any(let parts):
      var result = false
      for part in parts where part.holds(taking: &counts) { result = true }
      return result
    case .not(let part):
      return !part.holds(taking: &counts)
    }
  }
}
