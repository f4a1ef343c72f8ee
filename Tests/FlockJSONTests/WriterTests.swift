import FlockJSON
import Testing

@Suite struct WriterTests {
  private let sample: JSONValue = [
    "z": [1, 2.5, "x", nil, true], "a": [:], "m": [], "n": ["deep": [false]],
  ]

  @Test func `a value is compact by default and keeps the order of its keys`() throws {
    #expect(try JSONWriter().string(of: sample) == #"{"z":[1,2.5,"x",null,true],"a":{},"m":[],"n":{"deep":[false]}}"#)
    #expect(try JSONWriter().bytes(of: [1, 2]) == Array("[1,2]".utf8))
    #expect(sample["z"]?.description == #"[1,2.5,"x",null,true]"#)
  }

  @Test func `pretty texts indent by two blanks`() throws {
    var options = JSONWriter.Options()
    options.isPretty = true
    let expected = """
      {
        "z": [
          1,
          2.5,
          "x",
          null,
          true
        ],
        "a": {},
        "m": [],
        "n": {
          "deep": [
            false
          ]
        }
      }
      """
    #expect(try JSONWriter(options: options).string(of: sample) == expected)
    #expect(try JSONWriter(options: options).string(of: []) == "[]")
  }

  @Test func `sorted keys stand in the order of their code points`() throws {
    var options = JSONWriter.Options()
    options.sortsKeys = true
    let value: JSONValue = ["b": 1, "\u{1F600}": 2, "a": ["d": 1, "c": 2], "\u{FF01}": 3, "B": 4, "": 5, "aa": 6]
    #expect(
      try JSONWriter(options: options).string(of: value)
        == "{\"\":5,\"B\":4,\"a\":{\"c\":2,\"d\":1},\"aa\":6,\"b\":1,\"\u{FF01}\":3,\"\u{1F600}\":2}")
  }

  @Test func `only what must be escaped is escaped`() throws {
    let text = "\u{0}\u{1}\u{8}\t\n\u{B}\u{C}\r\u{1F} /\"\\\u{7F}\u{E9}\u{2028}\u{1F600}"
    #expect(
      try JSONWriter().string(of: .string(text))
        == "\"\\u0000\\u0001\\b\\t\\n\\u000b\\f\\r\\u001f /\\\"\\\\\u{7F}\u{E9}\u{2028}\u{1F600}\"")
  }

  @Test func `a text can be confined to ASCII`() throws {
    var options = JSONWriter.Options()
    options.escapesNonASCII = true
    let value: JSONValue = ["\u{E9}": "\u{20AC}\u{1F600}\n~\u{7F}\""]
    let text = try JSONWriter(options: options).string(of: value)
    #expect(text == "{\"\\u00e9\":\"\\u20ac\\ud83d\\ude00\\n~\u{7F}\\\"\"}")
    #expect(try JSONParser().parse(text) == value)
  }

  /// The escape stands at each place of words of eight bytes, behind and before bytes of every class.
  @Test func `an escape is found at every place of a string`() throws {
    var wrong: [String] = []
    for length in 0..<40 {
      for place in 0..<max(length, 1) where length > 0 {
        for (escaped, plain) in [
          ("\\\"", "\""), ("\\\\", "\\"), ("\\n", "\n"), ("\u{E9}", "\u{E9}"), ("!", "!"), ("]", "]"),
        ] {
          for filler in ["a", "\u{7F}", "#", "\u{FC}"] {
            let before = String(repeating: filler, count: place)
            let after = String(repeating: filler, count: length - place - 1)
            let text = try JSONWriter().string(of: .string(before + plain + after))
            if text != "\"" + before + escaped + after + "\"" { wrong.append(text) }
            if try JSONParser().parse(text).asString != before + plain + after { wrong.append(text) }
          }
        }
      }
    }
    #expect(wrong == [])
  }

  @Test("infinities and NaN are refused", arguments: [Double.infinity, -.infinity, .nan])
  func nonFinite(_ number: Double) throws {
    let error = try #require(throws: JSONError.self) { try JSONWriter().bytes(of: [.number(number)]) }
    #expect(error.code == .nonFiniteNumber)
    #expect(error.location == nil)
  }

  @Test func `a value is written up to the depth limit and refused beyond it`() throws {
    func nested(_ depth: Int) -> JSONValue { (1..<depth).reduce(JSONValue.array([])) { value, _ in .array([value]) } }
    let deepest = try JSONWriter().string(of: nested(JSONLimits.maximumDepth))
    #expect(try JSONParser().parse(deepest) == nested(JSONLimits.maximumDepth))
    let error = try #require(throws: JSONError.self) {
      try JSONWriter().string(of: nested(JSONLimits.maximumDepth + 1))
    }
    #expect(error.code == .tooDeep)
    var options = JSONWriter.Options()
    options.maximumDepth = .max
    let writer = JSONWriter(options: options)
    #expect(throws: Never.self) { try writer.bytes(of: nested(JSONLimits.depthCeiling)) }
    #expect(throws: JSONError.self) { try writer.bytes(of: nested(JSONLimits.depthCeiling + 1)) }
  }

  @Test(
    "numbers take the fewest digits and keep their kind",
    arguments: [
      (JSONValue.number(1), "1.0"), (.integer(1), "1"), (.number(0.1), "0.1"), (.number(1e300), "1e+300"),
      (.number(.leastNonzeroMagnitude), "5e-324"),
      (.integer(-42), "-42"),
    ])
  func numbers(_ value: JSONValue, _ text: String) throws {
    #expect(try JSONWriter().string(of: value) == text)
    #expect(try JSONParser().parse(text).kindName == value.kindName)
  }
}
