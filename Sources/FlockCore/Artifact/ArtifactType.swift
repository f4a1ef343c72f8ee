/// The stored name and version of an artifact's type, such as `bug` version 1.
///
/// The name is chosen by the author and never derived from Swift's type name, so that data outlives a rename.
public struct ArtifactType: Hashable, Sendable, CustomStringConvertible {
  public let symbol: Symbol
  public let version: Int

  /// - Parameters:
  ///   - name: 1 to 200 characters of letters, digits, `.`, `_`, `-` and `/`; anything else is a programmer's error.
  ///   - version: at least 1; increase it when old payloads can no longer be decoded as they are.
  public init(_ name: String, version: Int = 1) {
    precondition(ArtifactType.isValid(name: name), "'\(name)' is not a type name: see ArtifactType.isValid(name:)")
    precondition(version >= 1, "versions of artifact types begin with 1")
    symbol = Symbol(name)
    self.version = version
  }

  public var name: String { symbol.name }

  public var description: String { version == 1 ? name : "\(name)@\(version)" }

  public static func isValid(name: String) -> Bool {
    let utf8 = name.utf8
    guard (1...200).contains(utf8.count) else { return false }
    return utf8.allSatisfy { byte in
      switch byte {
      case 48...57, 65...90, 97...122, 45, 46, 47, 95: true
      default: false
      }
    }
  }
}

/// A value that can be published: a `Codable` structure with an explicit, stored type name.
///
/// ```swift
/// struct Bug: ArtifactPayload {
///   static let artifactType = ArtifactType("bug")
///   var title: String
///   var severity: Int
/// }
/// ```
public protocol ArtifactPayload: Codable, Sendable {
  static var artifactType: ArtifactType { get }

  /// Brings a payload that was stored under an older version up to this one.
  ///
  /// The default refuses, and the artifact is quarantined: an old payload is never matched silently.
  /// - Returns: JSON of the current version.
  static func migrate(_ json: [UInt8], fromVersion version: Int) throws -> [UInt8]
}

extension ArtifactPayload {
  public static func migrate(_ json: [UInt8], fromVersion version: Int) throws -> [UInt8] {
    throw FlockError(
      .unsupportedVersion,
      "'\(artifactType.name)' version \(version) is stored, but the program knows version \(artifactType.version);"
        + " implement migrate(_:fromVersion:) to read it")
  }
}
