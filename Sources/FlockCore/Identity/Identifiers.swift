/// A typed identifier over ``UniqueID``: distinct types, so that a run's id never passes for an artifact's.
public protocol Identifier: Hashable, Comparable, Sendable, CustomStringConvertible, Codable {
  var value: UniqueID { get }
  init(_ value: UniqueID)
}

extension Identifier {
  @inlinable
  public static func < (a: Self, b: Self) -> Bool { a.value < b.value }

  public var description: String { value.description }

  public init(from decoder: any Decoder) throws { self.init(try UniqueID(from: decoder)) }

  public func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }
}

/// Names an artifact: UUIDv7 when a publisher made it, UUIDv8 derived from its run when an agent produced it.
public struct ArtifactID: Identifier {
  public let value: UniqueID
  @inlinable public init(_ value: UniqueID) { self.value = value }

  /// - Returns: `nil` unless the text is a UUID.
  public init?(_ text: String) {
    guard let id = UniqueID(text) else { return nil }
    self.init(id)
  }
}

/// Names a run: a stable hash of the subscription and its inputs, so that whoever repeats the work repeats the name.
public struct RunID: Identifier {
  public let value: UniqueID
  @inlinable public init(_ value: UniqueID) { self.value = value }

  public static let none = RunID(.zero)

  /// - Returns: `nil` unless the text is a UUID.
  public init?(_ text: String) {
    guard let id = UniqueID(text) else { return nil }
    self.init(id)
  }
}

/// Ties together everything that descends from one publication.
///
/// A text that is not a UUID is mapped to one by a stable hash: the same text always names the same correlation, in
/// every process, but the text itself is not kept.
public struct CorrelationID: Identifier {
  public let value: UniqueID
  @inlinable public init(_ value: UniqueID) { self.value = value }

  public init(_ text: String) {
    if let id = UniqueID(text) {
      self.init(id)
    } else {
      var hasher = StableHasher(domain: .correlation)
      hasher.combine(text)
      self.init(hasher.finalize().stamped(version: 8))
    }
  }
}

/// Names a subscription across restarts: a stable hash of agent and subscription name.
public struct SubscriptionID: Hashable, Comparable, Sendable, CustomStringConvertible {
  public let value: UInt64
  @inlinable public init(_ value: UInt64) { self.value = value }

  public init(agent: String, name: String) {
    var hasher = StableHasher(domain: .subscription)
    hasher.combine(agent)
    hasher.combine(name)
    self.init(hasher.finalize().high)
  }

  @inlinable
  public static func < (a: SubscriptionID, b: SubscriptionID) -> Bool { a.value < b.value }

  public var description: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
