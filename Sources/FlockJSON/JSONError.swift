/// Why a JSON text was refused, or why a value could not be written as one.
///
/// The message says what was expected and what stood there. Repeating the call with the same input fails the same way.
public struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
  /// Which rule was broken.
  public let code: Code
  /// Where in the text read. `nil` for an error of writing, which has no text yet.
  public let location: Location?
  /// What was expected, what was found, and how to mend it.
  public let message: String

  /// The offset in bytes from the start of the text, from 0; `nil` for an error of writing.
  public var offset: Int? { location?.offset }
  /// The line, from 1; `nil` for an error of writing.
  public var line: Int? { location?.line }
  /// The column in Unicode scalars, from 1; `nil` for an error of writing.
  public var column: Int? { location?.column }
  /// Always false: the same text is refused again.
  public var isRetriable: Bool { false }

  public var description: String {
    guard let location else { return "\(code): \(message)" }
    return "\(code) at line \(location.line), column \(location.column) (byte \(location.offset)): \(message)"
  }

  init(_ code: Code, at location: Location?, _ message: String) {
    self.code = code
    self.location = location
    self.message = message
  }
}

extension JSONError {
  /// A place in a text.
  public struct Location: Sendable, Hashable {
    /// Bytes from the start of the text, from 0.
    public let offset: Int
    /// Lines end at a line feed; counted from 1.
    public let line: Int
    /// Unicode scalars since the line's start, counted from 1; bytes that are not UTF-8 continuation bytes count as one.
    public let column: Int

    /// The location of a byte of a text; an offset past the end is taken as the end.
    init(offset: Int, in text: UnsafeBufferPointer<UInt8>) {
      let offset = min(offset, text.count)
      var line = 1
      var column = 1
      for byte in text[..<offset] {
        if byte == UInt8(ascii: "\n") {
          line += 1
          column = 1
        } else if byte & 0xC0 != 0x80 {
          column += 1
        }
      }
      self.offset = offset
      self.line = line
      self.column = column
    }
  }

  /// A rule of the JSON grammar, or one of this module's limits.
  public struct Code: Sendable, Hashable, CustomStringConvertible {
    private enum Name: String {
      case unexpectedByte, unexpectedEnd, trailingContent
      case invalidNumber, numberOutOfRange
      case invalidEscape, loneSurrogate, controlCharacter, invalidUTF8
      case duplicateKey, tooDeep, tooLong, nonFiniteNumber
    }

    private let name: Name

    private init(_ name: Name) { self.name = name }

    /// A byte that the grammar does not allow here.
    public static var unexpectedByte: Code { Code(.unexpectedByte) }
    /// The text ended inside a value, or held none.
    public static var unexpectedEnd: Code { Code(.unexpectedEnd) }
    /// Something other than whitespace follows the value.
    public static var trailingContent: Code { Code(.trailingContent) }
    /// A number that breaks the grammar: `01`, `1.`, `-`, `1e`.
    public static var invalidNumber: Code { Code(.invalidNumber) }
    /// A number whose magnitude a `Double` cannot hold: `1e999`.
    public static var numberOutOfRange: Code { Code(.numberOutOfRange) }
    /// A backslash before something that is no escape.
    public static var invalidEscape: Code { Code(.invalidEscape) }
    /// Half of a surrogate pair, escaped without its other half.
    public static var loneSurrogate: Code { Code(.loneSurrogate) }
    /// A byte below 0x20 inside a string, which must be escaped.
    public static var controlCharacter: Code { Code(.controlCharacter) }
    /// Bytes in a string that are not UTF-8.
    public static var invalidUTF8: Code { Code(.invalidUTF8) }
    /// A key that its object already has; see `JSONParser.Options.allowsDuplicateKeys`.
    public static var duplicateKey: Code { Code(.duplicateKey) }
    /// Deeper nesting than the limit; see `JSONLimits.maximumDepth`.
    public static var tooDeep: Code { Code(.tooDeep) }
    /// A longer text than the limit; see `JSONLimits.maximumBytes`.
    public static var tooLong: Code { Code(.tooLong) }
    /// An infinity or NaN, which JSON cannot express.
    public static var nonFiniteNumber: Code { Code(.nonFiniteNumber) }

    /// The code's stable name: `json.duplicateKey`.
    public var description: String { "json." + name.rawValue }
  }
}
