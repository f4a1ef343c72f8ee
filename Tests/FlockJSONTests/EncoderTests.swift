import FlockJSON
import Testing

@Suite struct EncoderTests {
  /// Writes through a closure, to reach every call of the encoder's containers.
  private struct Written: Encodable {
    let body: (any Encoder) throws -> Void
    init(_ body: @escaping (any Encoder) throws -> Void) { self.body = body }
    func encode(to encoder: any Encoder) throws { try body(encoder) }
  }

  private func text(_ body: @escaping (any Encoder) throws -> Void) throws -> String {
    try JSONBytesEncoder().encodeString(Written(body))
  }

  private func context(_ error: EncodingError) -> EncodingError.Context? {
    if case .invalidValue(_, let context) = error { context } else { nil }
  }

  @Test("infinities and NaN are refused with their path", arguments: [Double.infinity, -.infinity, .nan])
  func nonFinite(_ number: Double) throws {
    let error = try #require(throws: EncodingError.self) { try JSONBytesEncoder().encode(["k": [1, number]]) }
    let details = try #require(context(error))
    #expect((details.underlyingError as? JSONError)?.code == .nonFiniteNumber)
    #expect(details.codingPath.map(\.stringValue) == ["k", "Index 1"])
    #expect(throws: EncodingError.self) { try JSONBytesEncoder().encode(Float(number)) }
    #expect(throws: EncodingError.self) { try JSONBytesEncoder().encode([JSONValue.number(number)]) }
  }

  @Test func `a key that is written twice keeps the last value`() throws {
    let result = try text { encoder in
      var container = encoder.container(keyedBy: AnyName.self)
      try container.encode(1, forKey: .named("a"))
      try container.encode([1, 2], forKey: .named("q\""))
      var nested = container.nestedContainer(keyedBy: AnyName.self, forKey: .named("a"))
      try container.encode("x", forKey: .named("b"))
      try nested.encode(true, forKey: .named("in"))
      try container.encode([3], forKey: .named("q\""))
    }
    #expect(result == #"{"a":{"in":true},"b":"x","q\"":[3]}"#)
  }

  @Test("keys written twice are found in objects of every size", arguments: [2, 64, 65, 300])
  func duplicatesInLargeObjects(_ count: Int) throws {
    let result = try text { encoder in
      var container = encoder.container(keyedBy: AnyName.self)
      for number in 0..<count { try container.encode(number, forKey: .named("key number \(number)")) }
      try container.encode("last", forKey: .named("key number 0"))
    }
    let object = try #require(try JSONParser().parse(result).asObject)
    #expect(object.count == count)
    #expect(object["key number 0"] == "last")
    #expect(object["key number \(count - 1)"] == .integer(Int64(count - 1)))
  }

  @Test func `sorted keys stand in the order of their code points at every depth`() throws {
    var encoder = JSONBytesEncoder()
    encoder.sortsKeys = true
    let value: [String: [String: JSONValue]] = [
      "b": ["y": 1, "x": ["2": 2, "1": 1]], "a\n": [:], "a": ["\u{E9}": nil, "z": "q"],
    ]
    #expect(
      try encoder.encodeString(value)
        == "{\"a\":{\"z\":\"q\",\"\u{E9}\":null},\"a\\n\":{},\"b\":{\"x\":{\"1\":1,\"2\":2},\"y\":1}}")
  }

  @Test func `a value that could not be written leaves no trace when the error is caught`() throws {
    let result = try text { encoder in
      var container = encoder.container(keyedBy: AnyName.self)
      try? container.encode(Double.nan, forKey: .named("nan"))
      try container.encode(1, forKey: .named("a"))
      try? container.encode([["deep": [1, Double.nan]]], forKey: .named("b"))
      var list = container.nestedUnkeyedContainer(forKey: .named("list"))
      try? list.encode(Double.infinity)
      try list.encode(2)
      try? list.encode([Double.infinity])
      try list.encode(3)
      try container.encode("b", forKey: .named("b"))
    }
    #expect(result == #"{"a":1,"list":[2,3],"b":"b"}"#)
  }

  @Test func `a single value can be tried twice when the first one fails`() throws {
    let result = try text { encoder in
      var container = encoder.singleValueContainer()
      do {
        try container.encode([Double.nan])
      } catch {
        try container.encode("instead")
      }
    }
    #expect(result == "\"instead\"")
  }

  @Test func `a value that writes nothing is an empty object inside and an error outside`() throws {
    #expect(try JSONBytesEncoder().encodeString([Written { _ in }]) == "[{}]")
    #expect(throws: EncodingError.self) { try text { _ in } }
  }

  @Test func `all members of the containers write`() throws {
    let result = try text { encoder in
      var list = encoder.unkeyedContainer()
      try list.encodeNil()
      try list.encode(true)
      try list.encode("s")
      try list.encode(1.5)
      try list.encode(Float(2.5))
      try list.encode(Int8(-8))
      try list.encode(UInt64.max)
      try list.encode(Int128(7))
      #expect(list.count == 8)
      var keyed = list.nestedContainer(keyedBy: AnyName.self)
      try keyed.encodeNil(forKey: .named("n"))
      try keyed.encodeIfPresent(Int?.none, forKey: .named("absent"))
      try keyed.encodeIfPresent(Int16(16), forKey: .named("i"))
      try keyed.encode(false, forKey: .named("b"))
      var above = list.superEncoder().unkeyedContainer()
      try above.encode(1)
      _ = list.nestedUnkeyedContainer()
      _ = list.superEncoder()
    }
    #expect(result == #"[null,true,"s",1.5,2.5,-8,18446744073709551615,7,{"n":null,"i":16,"b":false},[1],[],{}]"#)
  }

  @Test func `nested containers inside nested containers come together`() throws {
    let result = try text { encoder in
      var outer = encoder.container(keyedBy: AnyName.self)
      var middle = outer.nestedContainer(keyedBy: AnyName.self, forKey: .named("m"))
      var inner = middle.nestedUnkeyedContainer(forKey: .named("i"))
      try middle.encode(["x": 1], forKey: .named("after"))
      try inner.encode([1, 2])
      try outer.encode("end", forKey: .named("e"))
      var deepest = inner.nestedContainer(keyedBy: AnyName.self)
      try inner.encode(3)
      try deepest.encode(4, forKey: .named("d"))
    }
    #expect(result == #"{"m":{"i":[[1,2],{"d":4},3],"after":{"x":1}},"e":"end"}"#)
  }

  @Test func `types find the user's info and their path`() throws {
    let key = try #require(CodingUserInfoKey(rawValue: "marker"))
    var encoder = JSONBytesEncoder()
    encoder.userInfo[key] = "here"
    let probe = Written { encoder in
      var container = encoder.singleValueContainer()
      try container.encode(encoder.codingPath.map(\.stringValue) + [encoder.userInfo[key] as? String ?? "absent"])
    }
    #expect(
      try encoder.encodeString(["a \"b\"": [1: [probe]]]) == #"{"a \"b\"":{"1":[["a \"b\"","1","Index 0","here"]]}}"#)
    let nested = Written { encoder in
      var outer = encoder.container(keyedBy: AnyName.self)
      var inner = outer.nestedUnkeyedContainer(forKey: .named("k"))
      try inner.encode(probe)
    }
    #expect(try encoder.encodeString([nested]) == #"[{"k":[["Index 0","k","Index 0","here"]]}]"#)
  }

  private final class Cycle: Encodable {
    var next: Cycle?
    let isKeyed: Bool
    init(isKeyed: Bool) { self.isKeyed = isKeyed }
    func encode(to encoder: any Encoder) throws {
      if isKeyed {
        var container = encoder.container(keyedBy: AnyName.self)
        try container.encode(next, forKey: .named("next"))
      } else {
        var container = encoder.singleValueContainer()
        try container.encode(next)
      }
    }
  }

  @Test("a value that holds itself meets the depth limit", arguments: [true, false])
  func cycles(_ isKeyed: Bool) throws {
    let cycle = Cycle(isKeyed: isKeyed)
    cycle.next = cycle
    defer { cycle.next = nil }
    let error = try #require(throws: EncodingError.self) { try JSONBytesEncoder().encode(cycle) }
    #expect((context(error)?.underlyingError as? JSONError)?.code == .tooDeep)
  }

  @Test func `nesting is written up to the limit and refused beyond it`() throws {
    var encoder = JSONBytesEncoder()
    encoder.maximumDepth = 3
    #expect(try encoder.encodeString([["a": [1]]]) == #"[{"a":[1]}]"#)
    #expect(try encoder.encodeString([["a": JSONValue.array([1])]]) == #"[{"a":[1]}]"#)
    #expect(throws: EncodingError.self) { try encoder.encode([["a": [[1]]]]) }
    #expect(throws: EncodingError.self) { try encoder.encode([["a": [[Int]()]]]) }
    #expect(throws: EncodingError.self) { try encoder.encode([["a": JSONValue.array([[]])]]) }
  }

  @Test func `what the encoder writes at its limit the decoder reads at its own`() throws {
    let value = (1..<JSONLimits.maximumDepth).reduce(JSONValue.array([])) { value, _ in .array([value]) }
    #expect(try JSONBytesDecoder().decode(JSONValue.self, from: JSONBytesEncoder().encode(value)) == value)
  }
}
