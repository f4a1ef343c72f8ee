/// Writes values as JSON texts that `JSONParser` and every other reader of RFC 8259 accept.
///
/// Numbers are written with the fewest digits that read back the same; a `.number` keeps a fraction or exponent (`1.0`), so that it stays
/// one. In strings only quotes, backslashes and control characters are escaped. Keys keep their order.
public struct JSONWriter: Sendable {
  /// How a text looks, and how deep it may be.
  public struct Options: Sendable, Hashable {
    /// Whether each element and key has a line of its own, indented by two blanks a level. Default: false.
    public var isPretty = false
    /// Whether an object's keys are written in the order of their code points. Default: false.
    public var sortsKeys = false
    /// Whether the text is ASCII, all else written as `\u` escapes. Default: false.
    public var escapesNonASCII = false
    /// The deepest nesting of arrays and objects. Default: `JSONLimits.maximumDepth`; never more than `JSONLimits.depthCeiling`.
    public var maximumDepth = JSONLimits.maximumDepth

    /// The defaults.
    public init() {}
  }

  /// How texts look.
  public var options: Options

  public init(options: Options = Options()) { self.options = options }

  /// The value's text, in UTF-8.
  /// - Throws: `JSONError` with `.nonFiniteNumber` for an infinity or NaN, `.tooDeep` for deeper nesting than the limit.
  public func bytes(of value: JSONValue) throws(JSONError) -> [UInt8] { try output(of: value).array }

  /// The value's text.
  /// - Throws: `JSONError` with `.nonFiniteNumber` for an infinity or NaN, `.tooDeep` for deeper nesting than the limit.
  public func string(of value: JSONValue) throws(JSONError) -> String { try output(of: value).text }

  private func output(of value: JSONValue) throws(JSONError) -> JSONOutput {
    let output = JSONOutput()
    let layout = JSONLayout(
      isPretty: options.isPretty, sortsKeys: options.sortsKeys, escapesNonASCII: options.escapesNonASCII,
      maximumDepth: min(options.maximumDepth, JSONLimits.depthCeiling))
    try output.append(value, layout)
    return output
  }
}
