/// Encodes `Encodable` values as compact JSON bytes, written straight into one buffer.
///
/// Dates, data and URLs get no treatment of their own: they are written as their own `encode(to:)` asks. `JSONValue` and `JSONObject`, at
/// any depth, are written directly and keep the order of their keys. A key that is written twice to one object keeps the last value. A
/// value that writes nothing becomes `{}`.
///
/// A container is valid until the `encode(to:)` that asked for it returns; using it later is a programmer's error.
public struct JSONBytesEncoder: Sendable {
  /// Whether an object's keys are written in the order of their code points, so that equal values have equal bytes. Default: false.
  public var sortsKeys = false
  /// The deepest nesting of arrays and objects. Default: `JSONLimits.maximumDepth`; never more than `JSONLimits.depthCeiling`.
  public var maximumDepth = JSONLimits.maximumDepth
  /// What the encoded types find in their encoder's `userInfo`. Default: nothing.
  public var userInfo: [CodingUserInfoKey: any Sendable] = [:]

  /// An encoder with the defaults.
  public init() {}

  /// Encodes a value as UTF-8.
  /// - Throws: `EncodingError.invalidValue`, with a `JSONError` underneath for a NaN or an infinity (`.nonFiniteNumber`) and for deeper
  ///   nesting than the limit (`.tooDeep`); also whatever the value's own `encode(to:)` throws.
  public func encode<T: Encodable>(_ value: T) throws -> [UInt8] { try output(of: value).array }

  /// Encodes a value as text.
  /// - Throws: as `encode(_:)`.
  public func encodeString<T: Encodable>(_ value: T) throws -> String { try output(of: value).text }

  private func output<T: Encodable>(of value: T) throws -> JSONOutput {
    let layout = JSONLayout(sortsKeys: sortsKeys, maximumDepth: min(maximumDepth, JSONLimits.depthCeiling))
    let state = EncodingState(layout: layout, userInfo: userInfo)
    try state.encode(value)
    return state.output
  }
}
