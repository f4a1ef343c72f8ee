/// Decodes `Decodable` values from JSON bytes, with the type rules of Foundation's `JSONDecoder` and the grammar of `JSONParser`.
///
/// Dates, data and URLs get no treatment of their own: they are read as their own `init(from:)` asks. `JSONValue` and `JSONObject`,
/// at any depth, are built directly and keep the order of their keys. Keys are compared by their bytes.
public struct JSONBytesDecoder: Sendable {
  /// Which texts are accepted.
  public var options: JSONParser.Options
  /// What the decoded types find in their decoder's `userInfo`. Default: nothing.
  public var userInfo: [CodingUserInfoKey: any Sendable]

  public init(options: JSONParser.Options = JSONParser.Options(), userInfo: [CodingUserInfoKey: any Sendable] = [:]) {
    self.options = options
    self.userInfo = userInfo
  }

  /// Decodes the UTF-8 bytes of one JSON text.
  /// - Throws: `DecodingError`; for a text that is no JSON or exceeds a limit it is `.dataCorrupted` with the `JSONError` underneath.
  ///   Also whatever the type's own `init(from:)` throws.
  public func decode<T: Decodable>(_ type: T.Type, from bytes: [UInt8]) throws -> T {
    try bytes.withUnsafeBufferPointer { try decode(type, from: $0) }
  }

  /// Decodes the UTF-8 bytes of one JSON text.
  /// - Throws: as `decode(_:from:)` for an array.
  public func decode<T: Decodable>(_ type: T.Type, from bytes: Span<UInt8>) throws -> T {
    try bytes.withUnsafeBufferPointer { try decode(type, from: $0) }
  }

  /// Decodes a JSON text.
  /// - Throws: as `decode(_:from:)` for an array.
  public func decode<T: Decodable>(_ type: T.Type, from text: String) throws -> T {
    try decode(type, from: text.utf8Span.span)
  }

  /// Decodes the UTF-8 bytes of one JSON text. The bytes are not referred to afterwards.
  /// - Throws: as `decode(_:from:)` for an array.
  public func decode<T: Decodable>(_ type: T.Type, from bytes: UnsafeBufferPointer<UInt8>) throws -> T {
    let tape: JSONTape
    do throws(JSONError) {
      tape = try JSONTape.parse(bytes, options, userInfo: userInfo)
    } catch {
      throw DecodingError.dataCorrupted(
        DecodingError.Context(codingPath: [], debugDescription: error.description, underlyingError: error))
    }
    return try tape.decode(type, at: JSONTape.root)
  }

  /// Decodes a value that was parsed or built before, by way of its text.
  /// - Throws: as `decode(_:from:)` for an array; `JSONError` when the value has no JSON text.
  public func decode<T: Decodable>(_ type: T.Type, from value: JSONValue) throws -> T {
    var writer = JSONWriter()
    writer.options.maximumDepth = options.maximumDepth
    return try decode(type, from: writer.bytes(of: value))
  }
}
