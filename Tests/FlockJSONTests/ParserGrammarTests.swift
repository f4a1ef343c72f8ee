import FlockJSON
import Testing

/// The grammar of RFC 8259, by tables. The section of each rule stands beside it.
@Suite struct ParserGrammarTests {
  struct Accepted: Sendable, CustomTestStringConvertible {
    let text: String
    let value: JSONValue
    init(_ text: String, _ value: JSONValue) {
      self.text = text
      self.value = value
    }
    var testDescription: String { text }
  }

  @Test(
    "a text of the grammar is read",
    arguments: [
      // Section 2: any value is a text, and four kinds of whitespace surround tokens.
      Accepted("null", .null),
      Accepted(" \t\r\n true \t\r\n ", .bool(true)),
      Accepted("false", .bool(false)),
      Accepted("\"\"", .string("")),
      Accepted(" [ ] ", .array([])),
      Accepted(" { } ", .object([:])),
      Accepted("[\n1\t,\r2 ]", .array([.integer(1), .integer(2)])),
      Accepted("{ \"a\" : 1 , \"b\" : [ ] }", .object(["a": .integer(1), "b": .array([])])),
      // Section 4: an empty name is a name.
      Accepted("{\"\":0}", .object(["": .integer(0)])),
      Accepted("{\"a\":{\"a\":{\"a\":null}}}", .object(["a": .object(["a": .object(["a": .null])])])),
      // Section 6: numbers.
      Accepted("0", .integer(0)),
      Accepted("-1", .integer(-1)),
      Accepted("10", .integer(10)),
      Accepted("0.5", .number(0.5)),
      Accepted("-0.25", .number(-0.25)),
      Accepted("1e2", .number(100)),
      Accepted("1E+2", .number(100)),
      Accepted("25e-2", .number(0.25)),
      Accepted("0e0", .number(0)),
      Accepted("1.50", .number(1.5)),
      Accepted("1e00002", .number(100)),
      // Section 7: strings.
      Accepted(#""\"\\\/\b\f\n\r\t""#, .string("\"\\/\u{8}\u{C}\n\r\t")),
      Accepted(#""\u0041\u00e9\u20AC\uD83D\uDE00""#, .string("A\u{E9}\u{20AC}\u{1F600}")),
      Accepted(#""\u0000""#, .string("\0")),
      Accepted("\"\u{7F}\u{2028}\u{10FFFF}\"", .string("\u{7F}\u{2028}\u{10FFFF}")),
      Accepted(#""\\u0041""#, .string("\\u0041")),
      Accepted("\"plain text of more than eight bytes\"", .string("plain text of more than eight bytes")),
      Accepted("\"sieben7\u{E9}\"", .string("sieben7\u{E9}")),
    ])
  func accepts(_ one: Accepted) throws {
    #expect(try JSONParser().parse(one.text) == one.value)
    #expect(try JSONParser().parse(Array(one.text.utf8)) == one.value)
  }

  struct Refused: Sendable, CustomTestStringConvertible {
    let text: String
    let code: JSONError.Code
    let offset: Int
    init(_ text: String, _ code: JSONError.Code, _ offset: Int) {
      self.text = text
      self.code = code
      self.offset = offset
    }
    var testDescription: String { text }
  }

  @Test(
    "a text outside of the grammar is refused at the byte that breaks it",
    arguments: [
      Refused("", .unexpectedEnd, 0),
      Refused("  ", .unexpectedEnd, 2),
      Refused("nul", .unexpectedEnd, 3),
      Refused("nulL", .unexpectedByte, 3),
      Refused("True", .unexpectedByte, 0),
      Refused("truefalse", .trailingContent, 4),
      Refused("1 2", .trailingContent, 2),
      Refused("[1]]", .trailingContent, 3),
      Refused("[", .unexpectedEnd, 1),
      Refused("[1", .unexpectedEnd, 2),
      Refused("[1,", .unexpectedEnd, 3),
      Refused("[1,]", .unexpectedByte, 3),
      Refused("[,1]", .unexpectedByte, 1),
      Refused("[1 2]", .unexpectedByte, 3),
      Refused("[1}", .unexpectedByte, 2),
      Refused("{", .unexpectedEnd, 1),
      Refused("{\"a\"", .unexpectedEnd, 4),
      Refused("{\"a\":", .unexpectedEnd, 5),
      Refused("{\"a\":1", .unexpectedEnd, 6),
      Refused("{\"a\":1,}", .unexpectedByte, 7),
      Refused("{\"a\" 1}", .unexpectedByte, 5),
      Refused("{a:1}", .unexpectedByte, 1),
      Refused("{1:1}", .unexpectedByte, 1),
      Refused("{\"a\":1]", .unexpectedByte, 6),
      Refused("[1] // no", .trailingContent, 4),
      Refused("/* no */1", .unexpectedByte, 0),
      Refused("'a'", .unexpectedByte, 0),
      Refused("NaN", .unexpectedByte, 0),
      Refused("-Infinity", .invalidNumber, 1),
      Refused("+1", .unexpectedByte, 0),
      Refused(".5", .unexpectedByte, 0),
      Refused("-", .unexpectedEnd, 1),
      Refused("-a", .invalidNumber, 1),
      Refused("01", .invalidNumber, 1),
      Refused("-01", .invalidNumber, 2),
      Refused("1.", .unexpectedEnd, 2),
      Refused("1.e1", .invalidNumber, 2),
      Refused("1e", .unexpectedEnd, 2),
      Refused("1e+]", .invalidNumber, 3),
      Refused("0x10", .trailingContent, 1),
      Refused("1_000", .trailingContent, 1),
      Refused("1e999", .numberOutOfRange, 0),
      Refused("[-1e400]", .numberOutOfRange, 1),
      Refused("\"a", .unexpectedEnd, 2),
      Refused("\"a\\", .unexpectedEnd, 3),
      Refused("\"\\x\"", .invalidEscape, 2),
      Refused("\"\\u12\"", .invalidEscape, 5),
      Refused("\"\\u12G4\"", .invalidEscape, 5),
      Refused("\"\\uD800\"", .loneSurrogate, 1),
      Refused("\"\\uDC00\"", .loneSurrogate, 1),
      Refused("\"\\uD800\\u0041\"", .loneSurrogate, 1),
      Refused("\"\\uD800\\n\"", .loneSurrogate, 1),
      Refused("\"a\nb\"", .controlCharacter, 2),
      Refused("\"a\u{0}b\"", .controlCharacter, 2),
      Refused("\"\u{1F}\"", .controlCharacter, 1),
      Refused("\u{FEFF}1", .unexpectedByte, 0),
      Refused("\u{A0}1", .unexpectedByte, 0),
      Refused("\u{0}", .unexpectedByte, 0),
      Refused("1\u{0}", .trailingContent, 1),
    ])
  func refuses(_ one: Refused) throws {
    let error = try #require(throws: JSONError.self) { try JSONParser().parse(one.text) }
    #expect(error.code == one.code, "\(error)")
    #expect(error.offset == one.offset, "\(error)")
    #expect(!error.isRetriable)
  }

  /// Ill-formed sequences after table 3-7 of the Unicode Standard.
  @Test(
    "bytes that are not UTF-8 are refused inside a string",
    arguments: [
      [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC2], [0xC2, 0x41], [0xE0, 0x9F, 0x80], [0xE1, 0x80],
      [0xED, 0xA0, 0x80],
      [0xEF, 0xBF, 0xC0], [0xF0, 0x8F, 0x80, 0x80], [0xF1, 0x80, 0x80], [0xF4, 0x90, 0x80, 0x80],
      [0xF5, 0x80, 0x80, 0x80], [0xFF],
    ] as [[UInt8]])
  func refusesIllFormedUTF8(_ sequence: [UInt8]) throws {
    let text = Array("[\"12345678".utf8) + sequence + Array("\"]".utf8)
    let error = try #require(throws: JSONError.self) { try JSONParser().parse(text) }
    #expect(error.code == .invalidUTF8)
    #expect(error.offset == 10)
  }

  @Test("every scalar outside of the surrogates survives both as itself and as an escape")
  func allScalars() throws {
    var wrong = 0
    for value in stride(from: UInt32(0x20), through: 0x10FFFF, by: 13) {
      guard let scalar = Unicode.Scalar(value), scalar != "\"", scalar != "\\" else { continue }
      let text = String(Character(scalar))
      let units = text.utf16.map { unit in
        let digits = String(unit, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }
      let literal = try JSONParser().parse("\"\(text)\"")
      let escaped = try JSONParser().parse("\"\(units.joined())\"")
      if literal.asString?.unicodeScalars.elementsEqual([scalar]) != true || escaped != literal { wrong += 1 }
    }
    #expect(wrong == 0)
  }

  @Test func `an error names line, column and offset, counting scalars and not bytes`() throws {
    let error = try #require(throws: JSONError.self) { try JSONParser().parse("{\n  \"\u{E9}\u{1F600}\": x}") }
    #expect(error.line == 2)
    #expect(error.column == 9)
    #expect(error.offset == 14)
    #expect(error.description.contains("line 2, column 9 (byte 14)"))
    #expect(error.description.contains("'x'"))
  }
}
