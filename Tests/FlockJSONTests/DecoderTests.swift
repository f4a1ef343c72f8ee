import FlockJSON
import Testing

@Suite struct DecoderTests {
  private struct Line: Codable, Equatable {
    var item: String
    var count: Int
    var note: String?
  }
  private struct Order: Codable, Equatable {
    var id: Int
    var lines: [Line]
    var tags: [String: [Int]]
  }

  private func path(_ error: DecodingError) -> [String] {
    switch error {
    case .keyNotFound(_, let context), .typeMismatch(_, let context), .valueNotFound(_, let context),
      .dataCorrupted(let context):
      context.codingPath.map(\.stringValue)
    @unknown default: []
    }
  }

  private func failure<T: Decodable>(_ type: T.Type, _ text: String) throws -> DecodingError {
    try #require(throws: DecodingError.self) { _ = try JSONBytesDecoder().decode(type, from: text) }
  }

  @Test func `keys are found in any order, and unknown ones are passed over`() throws {
    let text =
      #"{"x":{"id":[1,{"id":2}]},"tags":{"b":[2],"a":[]},"lines":[{"count":2,"extra":[[]],"item":"i"}],"id":7}"#
    let order = try JSONBytesDecoder().decode(Order.self, from: text)
    #expect(order == Order(id: 7, lines: [Line(item: "i", count: 2, note: nil)], tags: ["a": [], "b": [2]]))
  }

  @Test func `a value of the wrong kind is a mismatch with its path`() throws {
    let error = try failure(
      Order.self, #"{"id":1,"lines":[{"item":"a","count":1},{"item":"b","count":"2"}],"tags":{}}"#)
    guard case .typeMismatch(let type, _) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(ObjectIdentifier(type) == ObjectIdentifier(Int.self))
    #expect(path(error) == ["lines", "Index 1", "count"])
  }

  @Test func `a missing key is named, with the path of its object`() throws {
    let error = try failure(Order.self, #"{"id":1,"lines":[{"count":1}],"tags":{}}"#)
    guard case .keyNotFound(let key, _) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(key.stringValue == "item")
    #expect(path(error) == ["lines", "Index 0"])
  }

  @Test func `null where a value is needed is a value not found`() throws {
    let error = try failure(Order.self, #"{"id":null,"lines":[],"tags":{}}"#)
    guard case .valueNotFound = error else {
      Issue.record("\(error)")
      return
    }
    #expect(path(error) == ["id"])
  }

  @Test func `a number that does not fit is corrupt data with its path`() throws {
    let error = try failure([String: [UInt8]].self, #"{"k":[1,256]}"#)
    guard case .dataCorrupted(let context) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(context.debugDescription.contains("256"))
    #expect(path(error) == ["k", "Index 1"])
  }

  @Test func `a malformed text is corrupt data with the JSON error underneath`() throws {
    let error = try failure(Order.self, "{\"id\":1,}")
    guard case .dataCorrupted(let context) = error else {
      Issue.record("\(error)")
      return
    }
    let underlying = try #require(context.underlyingError as? JSONError)
    #expect(underlying.code == .unexpectedByte)
    #expect(underlying.offset == 8)
    #expect(context.codingPath.isEmpty)
  }

  @Test func `the parser's options hold for decoding`() throws {
    var options = JSONParser.Options()
    options.maximumDepth = 2
    options.maximumBytes = 20
    let decoder = JSONBytesDecoder(options: options)
    #expect(try decoder.decode([[Int]].self, from: "[[1]]") == [[1]])
    #expect(throws: DecodingError.self) { try decoder.decode([[[Int]]].self, from: "[[[1]]]") }
    #expect(throws: DecodingError.self) { try decoder.decode(String.self, from: "\"123456789012345678901\"") }
    #expect(throws: DecodingError.self) { try decoder.decode([String: Int].self, from: "{\"a\":1,\"a\":2}") }
  }

  @Test("kinds are not converted into each other", arguments: ["1", "0", "\"true\"", "null", "[]", "{}"])
  func noBool(_ text: String) {
    #expect(throws: DecodingError.self) { try JSONBytesDecoder().decode(Bool.self, from: text) }
  }

  @Test("a text is no number", arguments: ["\"1\"", "true", "[1]"])
  func noNumber(_ text: String) {
    #expect(throws: DecodingError.self) { try JSONBytesDecoder().decode(Int.self, from: text) }
    #expect(throws: DecodingError.self) { try JSONBytesDecoder().decode(Double.self, from: text) }
    #expect(throws: DecodingError.self) {
      try JSONBytesDecoder().decode(String.self, from: text == "\"1\"" ? "1" : text)
    }
  }

  private static let marker = CodingUserInfoKey(rawValue: "marker")

  private struct Probe: Decodable {
    var marker: String?
    var path: [String]
    var count: Int?
    var steps: [Int] = []

    init(from decoder: any Decoder) throws {
      marker = DecoderTests.marker.flatMap { decoder.userInfo[$0] as? String }
      path = decoder.codingPath.map(\.stringValue)
      var container = try decoder.unkeyedContainer()
      count = container.count
      while !container.isAtEnd {
        steps.append(container.currentIndex)
        // A failed read leaves the container where it was.
        if (try? container.decode(Int.self)) == nil { _ = try container.decode(String.self) }
      }
      #expect(throws: DecodingError.self) { try container.decode(Int.self) }
    }
  }

  @Test func `types find the user's info, their path, and the state of an array`() throws {
    var decoder = JSONBytesDecoder()
    decoder.userInfo[try #require(Self.marker)] = "here"
    let probe = try #require(try decoder.decode([String: [Probe]].self, from: #"{"k":[[1,"a",2]]}"#)["k"]?.first)
    #expect(probe.marker == "here")
    #expect(probe.path == ["k", "Index 0"])
    #expect(probe.count == 3)
    #expect(probe.steps == [0, 1, 2])
  }

  private struct Keys: Decodable {
    var all: [String]
    var hasA: Bool
    var isNull: Bool
    var absentThrows: Bool
    var superPath: [String]
    var superIsNull: Bool

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: AnyName.self)
      all = container.allKeys.map(\.stringValue)
      hasA = container.contains(.named("a"))
      isNull = try container.decodeNil(forKey: .named("n"))
      absentThrows = (try? container.decodeNil(forKey: .named("absent"))) == nil
      let above = try container.superDecoder()
      superPath = above.codingPath.map(\.stringValue)
      superIsNull = try above.singleValueContainer().decodeNil()
    }
  }

  @Test func `a keyed container lists its keys, and an absent super class reads null`() throws {
    let keys = try JSONBytesDecoder().decode([Keys].self, from: #"[{"z":1,"a":{"q":1},"n":null}]"#)[0]
    #expect(keys.all == ["z", "a", "n"])
    #expect(keys.hasA)
    #expect(keys.isNull)
    #expect(keys.absentThrows)
    #expect(keys.superPath == ["Index 0", "super"])
    #expect(keys.superIsNull)
  }

  @Test func `many keys are read in the text's order and against it`() throws {
    struct Backwards: Decodable {
      var sum = 0
      init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: AnyName.self)
        for key in container.allKeys.reversed() { sum += try container.decode(Int.self, forKey: key) }
      }
    }
    let text = "{" + (0..<500).map { "\"key \($0)\":\($0)" }.joined(separator: ",") + "}"
    #expect(try JSONBytesDecoder().decode(Backwards.self, from: text).sum == 124_750)
    #expect(try JSONBytesDecoder().decode([String: Int].self, from: text).count == 500)
  }

  @Test func `a value can be decoded from a tree`() throws {
    let tree: JSONValue = ["item": "a", "count": 3]
    #expect(try JSONBytesDecoder().decode(Line.self, from: tree) == Line(item: "a", count: 3, note: nil))
  }
}
