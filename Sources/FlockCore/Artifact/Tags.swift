/// A sorted set of short labels on an artifact.
public struct Tags: Hashable, Sendable, ExpressibleByArrayLiteral, Codable {
  /// More tags than this on one artifact are refused.
  public static let maximumCount = 64
  /// In bytes of UTF-8; a longer tag is refused.
  public static let maximumLength = 256

  public private(set) var names: [String]

  public init() { names = [] }

  public init(_ names: some Sequence<String>) {
    var sorted = Array(names)
    guard sorted.count > 1 else {
      self.names = sorted
      return
    }
    sorted.sort()
    self.names = []
    for name in sorted where self.names.last != name { self.names.append(name) }
  }

  public init(arrayLiteral elements: String...) { self.init(elements) }

  public var isEmpty: Bool { names.isEmpty }

  public func contains(_ name: String) -> Bool { names.contains(name) }

  public func isDisjoint(with other: Tags) -> Bool { !names.contains { other.contains($0) } }

  public func isSuperset(of other: Tags) -> Bool { other.names.allSatisfy { names.contains($0) } }

  public func union(_ other: Tags) -> Tags {
    if other.isEmpty { return self }
    if isEmpty { return other }
    return Tags(names + other.names)
  }

  public init(from decoder: any Decoder) throws {
    self.init(try decoder.singleValueContainer().decode([String].self))
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(names)
  }

  /// - Throws: ``FlockError`` with `.limitExceeded`.
  public func validate() throws {
    guard names.count <= Tags.maximumCount else {
      throw FlockError(.limitExceeded, "\(names.count) tags on one artifact; at most \(Tags.maximumCount) are allowed")
    }
    for name in names where name.utf8.count > Tags.maximumLength || name.isEmpty {
      throw FlockError(
        .limitExceeded, "a tag has \(name.utf8.count) bytes; 1 to \(Tags.maximumLength) are allowed")
    }
  }
}
