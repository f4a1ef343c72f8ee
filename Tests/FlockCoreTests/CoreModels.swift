import FlockCore

struct Bug: ArtifactPayload, Equatable {
  static let artifactType = ArtifactType("core-tests/bug")
  var title: String
  var severity: Int
}

struct Measurement: ArtifactPayload, Equatable {
  static let artifactType = ArtifactType("core-tests/measurement", version: 3)
  var value: Double

  /// Version 2 held the value as a text.
  static func migrate(_ json: [UInt8], fromVersion version: Int) throws -> [UInt8] {
    guard version == 2 else { throw FlockError(.unsupportedVersion, "version \(version)") }
    return Array(
      String(decoding: json, as: UTF8.self).replacing("\"value\":\"", with: "\"value\":").replacing("\"}", with: "}")
        .utf8)
  }
}
