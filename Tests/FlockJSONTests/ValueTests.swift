import FlockJSON
import Testing

@Suite struct ValueTests {
  @Test func `numbers are equal and hash alike when their values are equal`() {
    #expect(JSONValue.integer(1) == .number(1))
    #expect(JSONValue.integer(1).hashValue == JSONValue.number(1).hashValue)
    #expect(JSONValue.number(0.0) == .number(-0.0))
    #expect(JSONValue.number(0.0).hashValue == JSONValue.number(-0.0).hashValue)
    #expect(JSONValue.integer(9_007_199_254_740_993) != .number(9_007_199_254_740_992))
    #expect(JSONValue.bool(true) != .integer(1))
    #expect(JSONValue.null != .bool(false))
  }

  @Test func `objects are equal in any order, arrays only in the same one`() {
    let one: JSONValue = ["a": 1, "b": [1, 2]]
    let other: JSONValue = ["b": [1, 2], "a": 1.0]
    #expect(one == other)
    #expect(one.hashValue == other.hashValue)
    #expect(JSONValue.array([1, 2]) != .array([2, 1]))
    #expect(one != ["a": 1])
    #expect(one != ["a": 1, "c": [1, 2]])
  }

  @Test func `strings are equal by code points`() {
    #expect(JSONValue.string("\u{E9}") != .string("e\u{301}"))
    #expect(JSONValue.string("\u{E9}") == .string("\u{E9}"))
  }

  @Test("an object keeps insertion order through changes, small and indexed", arguments: [3, 16, 17, 18, 100])
  func objectOperations(_ count: Int) {
    var object = JSONObject()
    var model: [(String, Int)] = []
    for number in 0..<count {
      object["key\(number)"] = .integer(Int64(number))
      model.append(("key\(number)", number))
    }
    #expect(object.keys == model.map(\.0))
    let copy = object
    #expect(object.updateValue("new", forKey: "key1") == 1)
    #expect(copy["key1"] == 1)
    #expect(object.removeValue(forKey: "key0") == 0)
    #expect(object.removeValue(forKey: "key0") == nil)
    #expect(object["key0"] == nil)
    object["key0"] = nil
    object["key0"] = "back"
    #expect(object.keys == model.dropFirst().map(\.0) + ["key0"])
    #expect(object["key1"] == "new")
    #expect(object["key\(count - 1)"] == .integer(Int64(count - 1)))
    #expect(object.count == count)
    #expect(copy.count == count)
    #expect(copy.map(\.key) == model.map(\.0))
  }

  @Test func `a copy that grows does not disturb the index of the other`() {
    var one = JSONObject((0..<20).map { ("k\($0)", .integer(Int64($0))) })
    #expect(one["k19"] == 19)
    var other = one
    one["x"] = 1
    other["y"] = 2
    #expect(one["x"] == 1)
    #expect(one["y"] == nil)
    #expect(other["y"] == 2)
    #expect(other["x"] == nil)
    #expect(one["k0"] == 0)
  }

  @Test func `of repeated pairs the last value is kept at the first place`() {
    let object = JSONObject([("a", 1), ("b", 2), ("a", 3)])
    #expect(object.keys == ["a", "b"])
    #expect(object["a"] == 3)
  }

  @Test func `accessors answer only for their kind`() {
    let value: JSONValue = ["i": 3, "d": 2.5, "w": 4.0, "s": "t", "b": true, "n": nil, "a": [1]]
    #expect(value["i"]?.asInt == 3)
    #expect(value["w"]?.asInt == 4)
    #expect(value["d"]?.asInt == nil)
    #expect(value["i"]?.asDouble == 3)
    #expect(value["s"]?.asString == "t")
    #expect(value["s"]?.asInt == nil)
    #expect(value["b"]?.asBool == true)
    #expect(value["i"]?.asBool == nil)
    #expect(value["n"]?.isNull == true)
    #expect(value["missing"] == nil)
    #expect(value["a"]?[0] == 1)
    #expect(value["a"]?[1] == nil)
    #expect(value["a"]?[-1] == nil)
    #expect(value["a"]?["k"] == nil)
    #expect(JSONValue.number(1e30).asInt64 == nil)
    #expect(
      [nil, true, 1, 1.5, "", [], [:]].map { (one: JSONValue) in one.kindName }
        == ["null", "boolean", "integer", "number", "string", "array", "object"])
  }

  @Test func `setting a key works on objects and on null`() {
    var value = JSONValue.null
    value["a"] = 1
    value["b"] = ["x": 1]
    value["b"]?["x"] = 2
    value["a"] = nil
    #expect(value == ["b": ["x": 2]])
  }
}
