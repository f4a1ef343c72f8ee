/// A predicate over a payload, erased to a class so that a subscription costs one indirect call.
///
/// A verdict is an *input* of the kernel: it is recorded, and a replay does not call the closure again.
// Proof: the closure is immutable and Sendable, and subclasses add nothing that changes.
public class Matcher: @unchecked Sendable {
  @usableFromInline let evaluate: @Sendable (Payload) throws -> Bool

  public init(_ evaluate: @escaping @Sendable (Payload) throws -> Bool) { self.evaluate = evaluate }

  /// - Throws: whatever the closure threw; the kernel records it and takes the verdict as "no".
  @inlinable
  public final func verdict(_ payload: Payload) throws -> Bool { try evaluate(payload) }
}

/// A predicate over a Swift type. The downcast is part of the closure, which the caller's compiler specialises.
// Proof: see Matcher.
public final class TypedMatcher<T: ArtifactPayload>: Matcher, @unchecked Sendable {
  @inlinable
  public init(_ predicate: @escaping @Sendable (T) throws -> Bool) {
    super.init { try predicate($0.value(as: T.self)) }
  }
}

/// Extracts the key by which a join or a keyed batch groups its inputs.
// Proof: the closure is immutable and Sendable.
public class KeyExtractor: @unchecked Sendable {
  @usableFromInline let extract: @Sendable (Payload) throws -> UniqueID

  public init(_ extract: @escaping @Sendable (Payload) throws -> UniqueID) { self.extract = extract }

  /// A stable hash of the key.
  @inlinable
  public final func key(_ payload: Payload) throws -> UniqueID { try extract(payload) }
}

/// A key of a Swift type.
// Proof: see KeyExtractor.
public final class TypedKeyExtractor<T: ArtifactPayload, Key: StableKey>: KeyExtractor, @unchecked Sendable {
  @inlinable
  public init(_ extract: @escaping @Sendable (T) throws -> Key) {
    super.init { payload in
      var hasher = StableHasher(domain: .scope)
      try extract(payload.value(as: T.self)).combine(into: &hasher)
      return hasher.finalize()
    }
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
