/// A predicate over a payload, erased to a class so that a subscription costs one indirect call.
///
/// A verdict is an *input* of the kernel: it is recorded, and a replay does not call the closure again.
// Proof: subclasses hold only immutable Sendable closures.
public class Matcher: @unchecked Sendable {
  public init() {}

  /// - Throws: whatever the closure threw; the kernel records it and takes the verdict as "no".
  public func verdict(_ payload: Payload) throws -> Bool { preconditionFailure("abstract") }
}

/// A predicate over a Swift type.
// Proof: the closure is immutable and Sendable.
public final class TypedMatcher<T: ArtifactPayload>: Matcher, @unchecked Sendable {
  private let predicate: @Sendable (T) throws -> Bool

  public init(_ predicate: @escaping @Sendable (T) throws -> Bool) {
    self.predicate = predicate
    super.init()
  }

  public override func verdict(_ payload: Payload) throws -> Bool { try predicate(payload.value(as: T.self)) }
}

/// Extracts the key by which a join or a keyed batch groups its inputs.
// Proof: subclasses hold only immutable Sendable closures.
public class KeyExtractor: @unchecked Sendable {
  public init() {}

  /// A stable hash of the key.
  public func key(_ payload: Payload) throws -> UniqueID { preconditionFailure("abstract") }
}

/// A key of a Swift type.
// Proof: the closure is immutable and Sendable.
public final class TypedKeyExtractor<T: ArtifactPayload, Key: StableKey>: KeyExtractor, @unchecked Sendable {
  private let extract: @Sendable (T) throws -> Key

  public init(_ extract: @escaping @Sendable (T) throws -> Key) {
    self.extract = extract
    super.init()
  }

  public override func key(_ payload: Payload) throws -> UniqueID {
    var hasher = StableHasher(domain: .scope)
    try extract(payload.value(as: T.self)).combine(into: &hasher)
    return hasher.finalize()
  }
}

/// A value that names the same group in every process. `Hashable` does not: its hashes differ from run to run.
public protocol StableKey: Sendable {
  func combine(into hasher: inout StableHasher)
}

extension String: StableKey {
  public func combine(into hasher: inout StableHasher) { hasher.combine(self) }
}

extension Int: StableKey {
  public func combine(into hasher: inout StableHasher) { hasher.combine(UInt64(bitPattern: Int64(self))) }
}

extension Bool: StableKey {
  public func combine(into hasher: inout StableHasher) { hasher.combine(self ? 1 as UInt64 : 0) }
}

extension UniqueID: StableKey {
  public func combine(into hasher: inout StableHasher) { hasher.combine(self as UniqueID) }
}

extension Optional: StableKey where Wrapped: StableKey {
  public func combine(into hasher: inout StableHasher) {
    hasher.combine(self == nil ? 0 as UInt64 : 1)
    self?.combine(into: &hasher)
  }
}

extension Array: StableKey where Element: StableKey {
  public func combine(into hasher: inout StableHasher) {
    hasher.combine(UInt64(count))
    for element in self { element.combine(into: &hasher) }
  }
}
