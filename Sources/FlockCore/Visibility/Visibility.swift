/// Who may see an artifact. Each rule but `public` may name a fallback, which is asked when the rule says no.
///
/// Visibility is a function of identity and time that only ever opens: for one identity there is at most one instant
/// from which the artifact is visible (``visibleFrom(for:createdAt:)``), so the kernel can wait for it exactly.
public indirect enum Visibility: Hashable, Sendable {
  case `public`
  /// Agents by name; an empty list is nobody.
  case agents([String], otherwise: Visibility?)
  /// Identities that carry *all* of the labels; an empty list is everybody.
  case labels([String], otherwise: Visibility?)
  /// Identities of this tenant.
  case tenant(String, otherwise: Visibility?)
  /// Nobody until the delay after creation has passed, then as `then` says.
  case after(Duration, then: Visibility)

  public static func agents(_ names: String...) -> Visibility { .agents(names, otherwise: nil) }
  public static func labels(_ labels: String...) -> Visibility { .labels(labels, otherwise: nil) }
  public static func tenant(_ tenant: String) -> Visibility { .tenant(tenant, otherwise: nil) }
  public static func after(_ delay: Duration) -> Visibility { .after(delay, then: .public) }

  /// The instant from which `identity` may see an artifact that was created at `createdAt`.
  /// - Returns: ``Timestamp/distantPast`` for always, `nil` for never.
  public func visibleFrom(for identity: Identity, createdAt: Timestamp) -> Timestamp? {
    switch self {
    case .public:
      return .distantPast
    case .agents(let names, let otherwise):
      return names.contains(identity.name)
        ? .distantPast : otherwise?.visibleFrom(for: identity, createdAt: createdAt)
    case .labels(let required, let otherwise):
      return required.allSatisfy(identity.labels.contains)
        ? .distantPast : otherwise?.visibleFrom(for: identity, createdAt: createdAt)
    case .tenant(let tenant, let otherwise):
      return identity.tenant == tenant
        ? .distantPast : otherwise?.visibleFrom(for: identity, createdAt: createdAt)
    case .after(let delay, let then):
      guard let from = then.visibleFrom(for: identity, createdAt: createdAt) else { return nil }
      return max(from, createdAt + delay)
    }
  }

  public func isVisible(to identity: Identity, createdAt: Timestamp, at now: Timestamp) -> Bool {
    if case .public = self { return true }
    guard let from = visibleFrom(for: identity, createdAt: createdAt) else { return false }
    return from <= now
  }

  /// The name under which queries find the outermost rule.
  public var kind: Kind {
    switch self {
    case .public: .public
    case .agents: .agents
    case .labels: .labels
    case .tenant: .tenant
    case .after: .after
    }
  }

  public enum Kind: String, Hashable, Sendable, CaseIterable, Codable {
    case `public`, agents, labels, tenant, after
  }

  /// Deeper rules are refused.
  public static let maximumDepth = 8

  /// - Throws: ``FlockError`` with `.limitExceeded` or `.invalidConfiguration`.
  public func validate(depth: Int = 1) throws {
    guard depth <= Visibility.maximumDepth else {
      throw FlockError(.limitExceeded, "a visibility rule is nested deeper than \(Visibility.maximumDepth)")
    }
    switch self {
    case .public: return
    case .agents(_, let otherwise), .labels(_, let otherwise), .tenant(_, let otherwise):
      try otherwise?.validate(depth: depth + 1)
    case .after(let delay, let then):
      guard delay > .zero else {
        throw FlockError(.invalidConfiguration, "visibility after \(delay): the delay must be positive")
      }
      try then.validate(depth: depth + 1)
    }
  }
}

/// Who asks: an agent's name, its labels and its tenant.
public struct Identity: Hashable, Sendable {
  public let name: String
  public let labels: Set<String>
  public let tenant: String?

  public init(name: String, labels: Set<String> = [], tenant: String? = nil) {
    self.name = name
    self.labels = labels
    self.tenant = tenant
  }

  /// Somebody about whom nothing is known: sees what is public, and what has become so.
  public static let anonymous = Identity(name: "")
}

extension Visibility: Codable {
  private enum Keys: String, CodingKey { case kind, names, tenant, seconds, nanoseconds, otherwise, then }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Keys.self)
    let otherwise = try container.decodeIfPresent(Visibility.self, forKey: .otherwise)
    switch try container.decode(Kind.self, forKey: .kind) {
    case .public: self = .public
    case .agents: self = .agents(try container.decode([String].self, forKey: .names), otherwise: otherwise)
    case .labels: self = .labels(try container.decode([String].self, forKey: .names), otherwise: otherwise)
    case .tenant: self = .tenant(try container.decode(String.self, forKey: .tenant), otherwise: otherwise)
    case .after:
      let delay: Duration =
        if let seconds = try container.decodeIfPresent(Double.self, forKey: .seconds) {
          try Visibility.duration(seconds, container)
        } else {
          .nanoseconds(try container.decode(Int64.self, forKey: .nanoseconds))
        }
      self = .after(delay, then: try container.decodeIfPresent(Visibility.self, forKey: .then) ?? .public)
    }
    try validate()
  }

  /// A delay of so many seconds; more than a thousand years, and what is no number, is refused.
  private static func duration(_ seconds: Double, _ container: KeyedDecodingContainer<Keys>) throws -> Duration {
    guard seconds.isFinite, seconds > 0, seconds < 3.2e10 else {
      throw DecodingError.dataCorruptedError(
        forKey: .seconds, in: container, debugDescription: "a delay of \(seconds) seconds is out of range")
    }
    return .seconds(seconds)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Keys.self)
    try container.encode(kind, forKey: .kind)
    switch self {
    case .public: return
    case .agents(let names, let otherwise), .labels(let names, let otherwise):
      try container.encode(names, forKey: .names)
      try container.encodeIfPresent(otherwise, forKey: .otherwise)
    case .tenant(let tenant, let otherwise):
      try container.encode(tenant, forKey: .tenant)
      try container.encodeIfPresent(otherwise, forKey: .otherwise)
    case .after(let delay, let then):
      try container.encode(delay.inNanoseconds, forKey: .nanoseconds)
      try container.encode(then, forKey: .then)
    }
  }
}
