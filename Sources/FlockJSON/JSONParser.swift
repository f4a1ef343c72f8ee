/// Reads JSON texts as RFC 8259 defines them, and nothing else.
///
/// Refused with a `JSONError` that says where: bytes that are not UTF-8 inside strings, a byte order mark, comments, trailing commas,
/// NaN and infinities, numbers that overflow a `Double`, halves of surrogate pairs, control characters inside strings, repeated keys
/// (unless allowed), anything after the value, deeper nesting and longer texts than the limits. Numbers too small for a `Double` become
/// zero.
public struct JSONParser: Sendable {
  /// What a parser accepts.
  public struct Options: Sendable, Hashable {
    /// Whether an object may have a key twice; the last value then wins. Default: false.
    public var allowsDuplicateKeys = false
    /// The deepest nesting of arrays and objects. Default: `JSONLimits.maximumDepth`; never more than `JSONLimits.depthCeiling`.
    public var maximumDepth = JSONLimits.maximumDepth
    /// The longest text in bytes. Default: `JSONLimits.maximumBytes`; never more than `JSONLimits.bytesCeiling`.
    public var maximumBytes = JSONLimits.maximumBytes

    /// The defaults.
    public init() {}
  }

  /// What this parser accepts.
  public var options: Options

  public init(options: Options = Options()) { self.options = options }

  /// Parses the UTF-8 bytes of one JSON text.
  public func parse(_ bytes: [UInt8]) throws(JSONError) -> JSONValue {
    try bytes.withUnsafeBufferPointer { text throws(JSONError) in try parse(text) }
  }

  /// Parses the UTF-8 bytes of one JSON text.
  public func parse(_ bytes: Span<UInt8>) throws(JSONError) -> JSONValue {
    try bytes.withUnsafeBufferPointer { text throws(JSONError) in try parse(text) }
  }

  /// Parses the UTF-8 bytes of one JSON text. The bytes are not referred to afterwards.
  public func parse(_ bytes: UnsafeBufferPointer<UInt8>) throws(JSONError) -> JSONValue {
    try JSONTape.parse(bytes, options).value(at: JSONTape.root)
  }

  /// Parses a JSON text.
  public func parse(_ text: String) throws(JSONError) -> JSONValue {
    try parse(text.utf8Span.span)
  }
}
