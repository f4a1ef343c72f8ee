import FlockJSON
import Testing

@Suite struct ParserLimitTests {
  private func nested(_ depth: Int) -> String {
    String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
  }

  @Test func `nesting is read up to the limit and refused beyond it`() throws {
    #expect(throws: Never.self) { try JSONParser().parse(nested(JSONLimits.maximumDepth)) }
    let error = try #require(throws: JSONError.self) { try JSONParser().parse(nested(JSONLimits.maximumDepth + 1)) }
    #expect(error.code == .tooDeep)
    #expect(error.offset == JSONLimits.maximumDepth)
  }

  @Test func `arrays and objects count alike for the depth, and siblings do not add up`() throws {
    var options = JSONParser.Options()
    options.maximumDepth = 3
    let parser = JSONParser(options: options)
    #expect(throws: Never.self) { try parser.parse(#"{"a":[{}],"b":[{}],"c":[[]]}"#) }
    #expect(throws: JSONError.self) { try parser.parse(#"{"a":[{"b":{}}]}"#) }
  }

  @Test func `no option raises the depth above the ceiling`() throws {
    var options = JSONParser.Options()
    options.maximumDepth = .max
    let parser = JSONParser(options: options)
    #expect(throws: Never.self) { try parser.parse(nested(JSONLimits.depthCeiling)) }
    #expect(throws: JSONError.self) { try parser.parse(nested(JSONLimits.depthCeiling + 1)) }
  }

  @Test func `a text is read up to the limit of bytes and refused beyond it`() throws {
    var options = JSONParser.Options()
    options.maximumBytes = 10
    let parser = JSONParser(options: options)
    #expect(try parser.parse("\"12345678\"") == "12345678")
    let error = try #require(throws: JSONError.self) { try parser.parse("\"123456789\"") }
    #expect(error.code == .tooLong)
  }

  @Test func `a repeated key is refused at its second place`() throws {
    let error = try #require(throws: JSONError.self) { try JSONParser().parse(#"{"a":1,"b":2,"a":3}"#) }
    #expect(error.code == .duplicateKey)
    #expect(error.offset == 13)
  }

  @Test func `keys are equal when their unescaped bytes are`() throws {
    #expect(throws: JSONError.self) { try JSONParser().parse(#"{"a":1,"\u0061":2}"#) }
    // Composed and decomposed: canonically equivalent, but different code points.
    let object = try #require(try JSONParser().parse("{\"\u{E9}\":1,\"e\u{301}\":2}").asObject)
    #expect(object.count == 2)
    #expect(object["\u{E9}"] == 1)
    #expect(object["e\u{301}"] == 2)
  }

  @Test func `where repeated keys are allowed the last one wins`() throws {
    var options = JSONParser.Options()
    options.allowsDuplicateKeys = true
    let parsed = try JSONParser(options: options).parse(#"{"a":1,"b":[{"a":9}],"a":2,"a":3}"#)
    #expect(parsed["a"] == 3)
    #expect(parsed.asObject?.count == 2)
    let decoded = try JSONBytesDecoder(options: options).decode([String: Int].self, from: #"{"a":1,"b":5,"a":2}"#)
    #expect(decoded == ["a": 2, "b": 5])
  }

  @Test("repeated keys are found in objects of every size", arguments: [2, 8, 16, 17, 63, 64, 65, 66, 1000])
  func duplicatesInLargeObjects(_ count: Int) throws {
    let keys = (0..<count).map { "some key number \($0)" }
    let unique = "{" + keys.map { "\"\($0)\":0" }.joined(separator: ",") + "}"
    let object = try #require(try JSONParser().parse(unique).asObject)
    #expect(object.keys == keys)
    #expect(object[keys[count - 1]] == 0)
    for repeated in [keys[0], keys[count / 2], keys[count - 1]] {
      let text = unique.dropLast() + ",\"\(repeated)\":1}"
      let error = try #require(throws: JSONError.self) { try JSONParser().parse(String(text)) }
      #expect(error.code == .duplicateKey)
      #expect(error.offset == unique.utf8.count)
    }
  }

  /// The scanner's hash looks at the first and last eight bytes and the length.
  @Test func `keys that collide in the hash are told apart`() throws {
    let keys = (0..<200).map { "12345678-\($0 + 1000)-12345678" }
    let text = "{" + keys.map { "\"\($0)\":\"\($0)\"" }.joined(separator: ",") + "}"
    let object = try #require(try JSONParser().parse(text).asObject)
    #expect(object.count == keys.count)
    #expect(keys.allSatisfy { object[$0]?.asString == $0 })
  }
}
