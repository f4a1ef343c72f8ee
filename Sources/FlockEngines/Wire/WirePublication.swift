import Flock
import FlockCore
import FlockJSON

/// An artifact that an engine outside asks to publish.
struct WirePublication: Equatable {
  var type: String
  var version: Int?
  /// JSON on one line, each number as it was written.
  var payload: [UInt8]
  var tags: Tags
  var partitionKey: String?
  var visibility: Visibility?

  /// - Parameters:
  ///   - value: the object, parsed.
  ///   - text: the same object as it was written.
  init(_ value: JSONValue, text: RawJSON.Text) throws(WireFault) {
    let object = try WireObject(
      value, "publish", fields: ["type", "version", "payload", "tags", "partitionKey", "visibility"])
    type = try object.requiredString("type")
    version = try object.integer("version")
    guard let payload = RawJSON.member("payload", of: text) else { throw WireFault("'publish' lacks 'payload'") }
    self.payload = RawJSON.compact(payload)
    tags = Tags(try object.strings("tags") ?? [])
    partitionKey = try object.string("partitionKey")
    // A rule that is there and null is a mistake, and a mistake must not make something public.
    if object.has("visibility") { visibility = try WireVisibility.parse(object["visibility"] ?? .null) }
  }

  /// Publishes it if the agent declares its type; the contract's checks follow.
  func publish(to context: RunContext) throws {
    guard let declared = context.declaredOutputs.first(where: { $0.name.utf8.elementsEqual(type.utf8) }) else {
      let name = ArtifactType.isValid(name: type) ? "'\(type)'" : "a type whose name is not valid"
      throw FlockError(
        .contractViolation, "agent '\(context.agent)' published \(name), which it does not declare; add publishes(...) for it")
    }
    guard version == nil || version == declared.version else {
      throw FlockError(
        .contractViolation,
        "agent '\(context.agent)' published '\(type)' version \(version ?? 0); it declares version \(declared.version)")
    }
    try context.publish(
      type: declared, payload: EncodedPayload(bytes: payload, version: declared.version), tags: tags,
      visibility: visibility, partitionKey: partitionKey)
  }
}
