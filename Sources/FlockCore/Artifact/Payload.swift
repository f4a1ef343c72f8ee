import FlockJSON
import Synchronization

/// An artifact's content: the typed value, its bytes, or both. Bytes are made only when someone needs them.
///
/// A class, because a payload is shared by the log, the kernel and every run that is shown it, and because a downcast
/// that is proven by a type comparison is free where an existential's is not.
// Proof: the only stored property is an immutable metatype identity; subclasses hold immutable state or a Mutex.
public class Payload: @unchecked Sendable {
  /// Identity of the Swift type of the value, or of ``EncodedPayload`` for bytes that nobody has decoded yet. Not of the
  /// box: its metadata would have to be looked up where the type is a parameter.
  @usableFromInline let valueType: ObjectIdentifier

  @usableFromInline
  init(valueType: ObjectIdentifier) { self.valueType = valueType }

  /// The payload as compact JSON, UTF-8.
  /// - Throws: ``FlockError`` with `.encodingFailed`.
  public func encoded() throws -> [UInt8] { preconditionFailure("abstract") }

  /// The value as `T`.
  /// - Throws: ``FlockError`` with `.decodingFailed`.
  @inlinable
  public func value<T: ArtifactPayload>(as type: T.Type) throws -> T {
    if valueType == ObjectIdentifier(T.self) {
      // The comparison above proves the class.
      return unsafeDowncast(self, to: Box<T>.self).value
    }
    return try converted(to: type)
  }

  @usableFromInline
  func converted<T: ArtifactPayload>(to type: T.Type) throws -> T {
    if let encoded = self as? EncodedPayload { return try encoded.decoded(as: type) }
    return try PayloadCoding.decode(type, from: try encoded())
  }
}

/// A payload that holds a Swift value.
// Proof: `value` is an immutable Sendable; the cached bytes are behind a Mutex.
public final class Box<T: ArtifactPayload>: Payload, @unchecked Sendable {
  public let value: T

  @inlinable
  public init(_ value: T) {
    self.value = value
    super.init(valueType: ObjectIdentifier(T.self))
  }

  public override func encoded() throws -> [UInt8] {
    do {
      return try JSONBytesEncoder().encode(value)
    } catch {
      throw FlockError(
        .encodingFailed, "a '\(T.artifactType)' cannot be written as JSON: \(describe(error))", underlying: error)
    }
  }
}

/// A payload that holds JSON, decoded at most once for each Swift type that asks.
// Proof: `bytes` and `version` are immutable, the cache is behind a Mutex.
public final class EncodedPayload: Payload, @unchecked Sendable {
  public let bytes: [UInt8]
  /// The version of the artifact's type under which the bytes were written.
  public let version: Int
  private let cache = Mutex<Payload?>(nil)

  public init(bytes: [UInt8], version: Int = 1) {
    self.bytes = bytes
    self.version = version
    super.init(valueType: ObjectIdentifier(EncodedPayload.self))
  }

  public override func encoded() -> [UInt8] { bytes }

  func decoded<T: ArtifactPayload>(as type: T.Type) throws -> T {
    if let cached = cache.withLock({ $0 }), cached.valueType == ObjectIdentifier(T.self) {
      return unsafeDowncast(cached, to: Box<T>.self).value
    }
    let current =
      version == T.artifactType.version ? bytes : try T.migrate(bytes, fromVersion: version)
    let value = try PayloadCoding.decode(type, from: current)
    cache.withLock { $0 = Box(value) }
    return value
  }
}

enum PayloadCoding {
  static func decode<T: ArtifactPayload>(_ type: T.Type, from bytes: [UInt8]) throws -> T {
    do {
      return try JSONBytesDecoder().decode(type, from: bytes)
    } catch {
      throw FlockError(
        .decodingFailed, "this payload is not a '\(T.artifactType)': \(describe(error))", underlying: error)
    }
  }
}
