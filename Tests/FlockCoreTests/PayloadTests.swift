import FlockCore
import FlockJSON
import Testing

@Suite struct PayloadTests {
  private struct Endless: ArtifactPayload {
    static let artifactType = ArtifactType("core-tests/endless")
    var value = Double.infinity
  }

  /// Has the fields of a `Bug` under another name.
  private struct Defect: ArtifactPayload {
    static let artifactType = ArtifactType("core-tests/defect")
    var title: String
  }

  @Test func `a boxed value is handed out as it is, and as another type by way of JSON`() throws {
    let payload: Payload = Box(Bug(title: "t", severity: 2))
    #expect(try payload.value(as: Bug.self) == Bug(title: "t", severity: 2))
    #expect(try payload.value(as: Defect.self).title == "t")
    #expect(String(decoding: try payload.encoded(), as: UTF8.self) == #"{"title":"t","severity":2}"#)
  }

  @Test func `stored bytes are decoded for each type that asks`() throws {
    let bytes = Array(#"{"title":"caf\u00e9","severity":2}"#.utf8)
    let payload = EncodedPayload(bytes: bytes)
    for _ in 0..<2 { #expect(try payload.value(as: Bug.self) == Bug(title: "caf\u{E9}", severity: 2)) }
    #expect(try payload.value(as: Defect.self).title == "caf\u{E9}")
    #expect(try payload.value(as: Bug.self).severity == 2)
    #expect(payload.encoded() == bytes)
  }

  @Test func `bytes that do not fit are an error that says where`() throws {
    let payload = EncodedPayload(bytes: Array(#"{"title":"t","severity":"high"}"#.utf8))
    let error = try #require(throws: FlockError.self) { try payload.value(as: Bug.self) }
    #expect(error.code == .decodingFailed)
    #expect(error.message.contains("core-tests/bug"))
    #expect(error.message.contains("severity"))
    #expect(error.underlying is DecodingError)
    #expect(!error.isRetriable)
    let broken = try #require(throws: FlockError.self) {
      try EncodedPayload(bytes: Array("{".utf8)).value(as: Bug.self)
    }
    #expect(broken.code == .decodingFailed)
    #expect(broken.message.contains("line 1"))
    let missing = try #require(throws: FlockError.self) {
      try EncodedPayload(bytes: Array("{}".utf8)).value(as: Bug.self)
    }
    #expect(missing.message.contains("'title' is missing"))
  }

  @Test func `a value without JSON text is an encoding error`() throws {
    let error = try #require(throws: FlockError.self) { try Box(Endless()).encoded() }
    #expect(error.code == .encodingFailed)
    #expect(error.message.contains("core-tests/endless"))
  }

  @Test func `old versions are migrated, or refused when nothing migrates them`() throws {
    let old = EncodedPayload(bytes: Array(#"{"value":"2.5"}"#.utf8), version: 2)
    #expect(try old.value(as: Measurement.self) == Measurement(value: 2.5))
    let current = EncodedPayload(bytes: Array(#"{"value":2.5}"#.utf8), version: 3)
    #expect(try current.value(as: Measurement.self) == Measurement(value: 2.5))
    let older = EncodedPayload(bytes: Array(#"{"value":2.5}"#.utf8), version: 1)
    #expect(try #require(throws: FlockError.self) { try older.value(as: Measurement.self) }.code == .unsupportedVersion)
    let bug = EncodedPayload(bytes: Array(#"{"title":"t","severity":2}"#.utf8), version: 2)
    let error = try #require(throws: FlockError.self) { try bug.value(as: Bug.self) }
    #expect(error.code == .unsupportedVersion)
    #expect(error.message.contains("migrate(_:fromVersion:)"))
  }

  @Test func `an artifact gives its value under its own type only`() throws {
    let id = ArtifactID(UniqueID(high: 1, low: 2))
    let artifact = Artifact(
      id: id, type: Bug.artifactType, payload: Box(Bug(title: "t", severity: 1)), createdAt: Timestamp(nanoseconds: 0))
    #expect(try artifact.value(as: Bug.self).title == "t")
    let error = try #require(throws: FlockError.self) { try artifact.value(as: Defect.self) }
    #expect(error.code == .typeMismatch)
    #expect(error.message.contains(id.description))
    #expect(artifact.correlation.value == id.value)
    #expect(artifact.producer == .external)
  }

  @Test(
    "names of types are short and of plain characters",
    arguments: [
      ("bug", true), ("a/b.c_d-E9", true), (String(repeating: "x", count: 200), true), ("", false),
      (String(repeating: "x", count: 201), false),
      ("two words", false), ("caf\u{E9}", false), ("a\n", false), ("a@2", false),
    ])
  func typeNames(_ name: String, _ isValid: Bool) {
    #expect(ArtifactType.isValid(name: name) == isValid)
  }

  @Test func `a type shows its version from the second on`() {
    #expect(ArtifactType("core-tests/v").description == "core-tests/v")
    #expect(ArtifactType("core-tests/v", version: 2).description == "core-tests/v@2")
    #expect(ArtifactType("core-tests/v", version: 2) != ArtifactType("core-tests/v"))
  }

  @Test func `parents keep their order in every form`() {
    let ids = (0..<3).map { ArtifactID(UniqueID(high: 0, low: $0)) }
    for count in 0...3 { #expect(Parents(Array(ids.prefix(count))).ids == Array(ids.prefix(count))) }
    #expect(Parents([]) == .none)
    #expect(Parents([ids[0]]) == .one(ids[0]))
  }

  @Test func `an error shows its code, its message and its page`() {
    let error = FlockError(.queueFull, "the queue of 'a' is full", isRetriable: true)
    #expect(error.description == "queueFull: the queue of 'a' is full (see Documentation/errors/queueFull.md)")
    #expect(error.isRetriable)
    #expect(!error.isFatal)
  }
}
