import FlockJSON
import Foundation
import Testing

/// Foundation's coders are the second implementation: each side reads what the other one wrote.
@Suite struct CoderRoundTripTests {
  private func crossCheck<T: Codable & Equatable>(_ value: T) throws {
    let ours = try JSONBytesEncoder().encode(value)
    let theirs = try JSONEncoder().encode(value)
    #expect(try JSONBytesDecoder().decode(T.self, from: ours) == value)
    #expect(try JSONDecoder().decode(T.self, from: Data(ours)) == value)
    #expect(try JSONBytesDecoder().decode(T.self, from: Array(theirs)) == value)
    #expect(try JSONParser().parse(ours) == JSONParser().parse(Array(theirs)))
  }

  private struct Empty: Codable, Equatable {}

  @Test func `every shape of type is written and read as Foundation does`() throws {
    try crossCheckEverything(Everything())
    var other = Everything()
    other.nothing = 4
    other.something = nil
    other.shapes = []
    other.byName = [:]
    other.text = ""
    try crossCheckEverything(other)
    try crossCheck(Interleaved())
    try crossCheck([Interleaved(), Interleaved()])
    try crossCheck(Empty())
    try crossCheck(["k": Empty()])
  }

  /// Foundation's coders write `Data` in their own way by default; told to use the type's own, they agree.
  private func crossCheckEverything(_ value: Everything) throws {
    let encoder = JSONEncoder()
    encoder.dataEncodingStrategy = .deferredToData
    let decoder = JSONDecoder()
    decoder.dataDecodingStrategy = .deferredToData
    let ours = try JSONBytesEncoder().encode(value)
    let theirs = try encoder.encode(value)
    #expect(try JSONBytesDecoder().decode(Everything.self, from: ours) == value)
    #expect(try decoder.decode(Everything.self, from: Data(ours)) == value)
    #expect(try JSONBytesDecoder().decode(Everything.self, from: Array(theirs)) == value)
    #expect(try JSONParser().parse(ours) == JSONParser().parse(Array(theirs)))
  }

  @Test func `fragments are texts`() throws {
    try crossCheck(1)
    try crossCheck("text")
    try crossCheck(true)
    try crossCheck(2.5)
    try crossCheck([Int]())
    try crossCheck([String: Int]())
    try crossCheck([nil, "a"] as [String?])
    try crossCheck(Everything.Kind.small)
    #expect(try JSONBytesEncoder().encodeString(Int?.none) == "null")
    #expect(try JSONBytesDecoder().decode(Int?.self, from: "null") == nil)
    #expect(try JSONBytesDecoder().decode(Int?.self, from: "7") == 7)
  }

  @Test func `a subclass shares its object or nests its super class`() throws {
    let dog = Dog(name: "Rex", tricks: ["sit", "roll"])
    let dogText = try JSONBytesEncoder().encode(dog)
    #expect(String(decoding: dogText, as: UTF8.self) == #"{"tricks":["sit","roll"],"name":"Rex"}"#)
    let sameDog = try JSONBytesDecoder().decode(Dog.self, from: dogText)
    #expect(sameDog.name == "Rex")
    #expect(sameDog.tricks == ["sit", "roll"])

    let cat = Cat(name: "Tom", lives: 9)
    let catText = try JSONBytesEncoder().encode(cat)
    #expect(String(decoding: catText, as: UTF8.self) == #"{"super":{"name":"Tom"},"lives":9}"#)
    #expect(try JSONParser().parse(catText) == JSONParser().parse(Array(JSONEncoder().encode(cat))))
    let sameCat = try JSONBytesDecoder().decode(Cat.self, from: catText)
    #expect(sameCat.name == "Tom")
    #expect(sameCat.lives == 9)
  }

  @Test func `nested containers that are filled in turns stand where they were asked for`() throws {
    let text = try JSONBytesEncoder().encodeString(Interleaved())
    #expect(
      text
        == #"{"0":"first","left":{"k1":1,"k2":2,"k3":3},"right":["a","b","c"],"between 1":1,"between 2":2,"between 3":3,"#
        + #""rows":[[1],[2,3],null],"last":"from a super encoder","end":true}"#)
  }

  @Test func `generic values are written directly and keep the order of their keys`() throws {
    struct Holder: Codable, Equatable {
      var before: Int
      var value: JSONValue
      var object: JSONObject
      var list: [JSONValue]
      var maybe: JSONValue?
    }
    let holder = Holder(
      before: 1, value: ["z": 1, "a": [nil, 2.5]], object: ["y": "t", "b": [:]], list: [1, "x", nil], maybe: nil)
    let text = try JSONBytesEncoder().encodeString(holder)
    #expect(text == #"{"before":1,"value":{"z":1,"a":[null,2.5]},"object":{"y":"t","b":{}},"list":[1,"x",null]}"#)
    let read = try JSONBytesDecoder().decode(Holder.self, from: text)
    #expect(read == holder)
    #expect(read.value.asObject?.keys == ["z", "a"])
    #expect(read.object.keys == ["y", "b"])
    // Through another implementation's coders, by the conformances themselves.
    #expect(try JSONDecoder().decode(Holder.self, from: Data(text.utf8)) == holder)
    #expect(try JSONParser().parse(Array(JSONEncoder().encode(holder))) == JSONParser().parse(text))
  }

  @Test("random trees of generic values survive both coders", arguments: 0..<40 as Range<UInt64>)
  func randomTrees(_ seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let value = JSONValue.random(depth: 5, using: &generator)
    let bytes = try JSONBytesEncoder().encode(value)
    #expect(bytes == (try JSONWriter().bytes(of: value)))
    #expect(try JSONBytesDecoder().decode(JSONValue.self, from: bytes) == value)
    let foundation = try JSONDecoder().decode(JSONValue.self, from: Data(bytes))
    #expect(foundation == value)
    let theirs = try JSONEncoder().encode(value)
    #expect(try JSONParser().parse(Array(theirs)) == value)
  }
}

extension JSONValue {
  /// A tree whose keys are of plain letters: Foundation keeps canonically equivalent keys for one.
  static func random(depth: Int, using generator: inout SeededGenerator) -> JSONValue {
    switch Int.random(in: 0..<(depth > 0 ? 8 : 5), using: &generator) {
    case 0: return .null
    case 1: return .bool(Bool.random(using: &generator))
    case 2: return .integer(Int64(bitPattern: generator.next()) >> Int64.random(in: 0..<64, using: &generator))
    case 3: return .number(Double.random(in: -1e6...1e6, using: &generator))
    case 4: return .string(String.random(using: &generator))
    case 5:
      return .array(
        (0..<Int.random(in: 0..<6, using: &generator)).map { _ in random(depth: depth - 1, using: &generator) })
    default:
      return .object(
        JSONObject(
          (0..<Int.random(in: 0..<25, using: &generator)).map { number in
            ("key\(generator.next() % 100)-\(number)", random(depth: depth - 1, using: &generator))
          }))
    }
  }
}

extension String {
  static func random(using generator: inout SeededGenerator) -> String {
    var text = ""
    for _ in 0..<Int.random(in: 0..<20, using: &generator) {
      let range: ClosedRange<UInt32> =
        [0x20...0x7E, 0x20...0x7E, 0x0...0x1F, 0xA0...0x2FF, 0x3040...0x30FF, 0x1F600...0x1F64F]
        .randomElement(using: &generator) ?? 0x20...0x7E
      if let scalar = Unicode.Scalar(UInt32.random(in: range, using: &generator)) { text.unicodeScalars.append(scalar) }
    }
    return text
  }
}
