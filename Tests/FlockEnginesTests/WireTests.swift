import FlockCore
import Testing

@testable import FlockEngines

struct RawJSONTests {
  private func member(_ name: String, _ text: String) -> String? {
    RawJSON.member(name, of: Array(text.utf8)[...]).map { String(decoding: $0, as: UTF8.self) }
  }

  @Test(arguments: [
    (#"{"a":1,"payload":18446744073709551615}"#, "18446744073709551615"),
    (#" { "payload" : 1.10 } "#, "1.10"),
    (#"{"x":{"payload":1},"payload":{"b":"}],\"","c":[1,[2]]},"z":0}"#, #"{"b":"}],\"","c":[1,[2]]}"#),
    (#"{"x":"\\","payload":"\\"}"#, #""\\""#),
    (#"{"pay\u006Coad":null}"#, "null"),
    (#"{"payload":[]}"#, "[]"),
    (#"{"payload":-1e-7 ,"z":true}"#, "-1e-7"),
  ])
  func `a member is cut out as it was written`(text: String, value: String) {
    #expect(member("payload", text) == value)
  }

  @Test(arguments: ["{}", #"{"x":{"payload":1}}"#, #"{"x":"payload"}"#])
  func `a member that is not there is not found`(text: String) {
    #expect(member("payload", text) == nil)
  }

  @Test
  func `elements are cut out as they were written`() {
    let text = Array(#" [ {"a":[1,2]} , "x,]", 1.0,[],null ] "#.utf8)
    let elements = RawJSON.elements(of: text[...]).map { String(decoding: $0, as: UTF8.self) }
    #expect(elements == [#"{"a":[1,2]}"#, #""x,]""#, "1.0", "[]", "null"])
    #expect(RawJSON.elements(of: Array("[]".utf8)[...]).isEmpty)
  }

  @Test
  func `blanks go, but not those inside of strings`() {
    let text = Array("{ \"a b\" :\r\n\t[ 1 , \" \\\" x \" ] }".utf8)
    #expect(String(decoding: RawJSON.compact(text[...]), as: UTF8.self) == #"{"a b":[1," \" x "]}"#)
  }
}

struct ChildMessageTests {
  private func parse(_ text: String) throws -> ChildMessage { try ChildMessage.parse(Array(text.utf8)) }

  @Test
  func `each line has its meaning`() throws {
    #expect(try parse(#"{"ready":{}}"#) == .ready)
    #expect(try parse(#"{"done": {}}"#) == .done)
    #expect(try parse(#"{"stream":"a\nb"}"#) == .stream("a\nb"))
    #expect(try parse(#"{"log": {"a": [1, 2.50]}}"#) == .log(#"{"a":[1,2.50]}"#))
    #expect(
      try parse(#"{"step":{"name":"n","input":{"b":1,"a":[true]},"idempotency":"idempotent"}}"#)
        == .step(.init(name: "n", input: #"{"a":[true],"b":1}"#, isIdempotent: true)))
    #expect(try parse(#"{"step":{"name":"n"}}"#) == .step(.init(name: "n", input: "null", isIdempotent: false)))
    #expect(
      try parse(#"{"stepResult":{"name":"n","ok": {"id": 12345678901234567890}}}"#)
        == .stepResult(.init(name: "n", result: .ok(#"{"id":12345678901234567890}"#))))
    #expect(try parse(#"{"stepResult":{"name":"n","ok":null}}"#) == .stepResult(.init(name: "n", result: .ok("null"))))
    #expect(try parse(#"{"stepResult":{"name":"n","error":"e"}}"#) == .stepResult(.init(name: "n", result: .error("e"))))
    #expect(
      try parse(#"{"stepResult":{"name":"n","unknown":"u"}}"#) == .stepResult(.init(name: "n", result: .unknown("u"))))
  }

  @Test
  func `a publication keeps the digits of its numbers`() throws {
    let line = #"{"publish":{"type":"t","version":3,"payload":{"n": 1.10, "m": 98765432109876543210},"tags":["b","a"],"partitionKey":"k"}}"#
    guard case .publish(let publication) = try parse(line) else {
      Issue.record("no publication")
      return
    }
    #expect(publication.type == "t")
    #expect(publication.version == 3)
    #expect(String(decoding: publication.payload, as: UTF8.self) == #"{"n":1.10,"m":98765432109876543210}"#)
    #expect(publication.tags == ["a", "b"])
    #expect(publication.partitionKey == "k")
    #expect(publication.visibility == nil)
  }

  @Test(arguments: [
    ("", "json.unexpectedEnd"), ("{", "json.unexpectedEnd"), ("hello", "no JSON"), ("[]", "an object is expected"),
    ("{}", "with 0"), (#"{"done":{},"stream":"x"}"#, "with 2"), (#"{"finished":{}}"#, "unknown key 'finished'"),
    (#"{"done":{},"done":{}}"#, "json.duplicateKey"), (#"{"done":1}"#, "'done' is an object, not integer"),
    (#"{"done":{"x":1}}"#, "unknown field 'x'"), (#"{"stream":1}"#, "'stream' is a string"),
    (#"{"log":"text"}"#, "'log' is an object"), (#"{"publish":{"type":"t"}}"#, "lacks 'payload'"),
    (#"{"publish":{"payload":1}}"#, "lacks 'type'"), (#"{"publish":{"type":"t","payload":1,"tag":[]}}"#, "unknown field 'tag'"),
    (#"{"publish":{"type":"t","payload":1,"tags":[1]}}"#, "'publish.tags' is an array of strings, not integer"),
    (#"{"publish":{"type":"t","payload":1,"visibility":null}}"#, "'visibility'"),
    (#"{"publish":{"type":"t","payload":1e999}}"#, "json.numberOutOfRange"),
    (#"{"step":{}}"#, "lacks 'name'"), (#"{"step":{"name":""}}"#, "1 to 200 bytes"),
    (#"{"step":{"name":"n","idempotency":"twice"}}"#, "'step.idempotency'"),
    (#"{"stepResult":{"name":"n"}}"#, "exactly one"), (#"{"stepResult":{"name":"n","ok":1,"error":"e"}}"#, "exactly one"),
    (#"{"fail":{}}"#, "lacks 'message'"), (#"{"fail":{"message":"m","permanent":"yes"}}"#, "is a boolean"),
  ])
  func `a line that is not as the protocol has it is refused`(line: String, reason: String) {
    let fault = #expect(throws: WireFault.self) { try ChildMessage.parse(Array(line.utf8)) }
    #expect(fault?.description.contains(reason) == true, "\(fault?.description ?? "")")
  }

  @Test
  func `a line that nests deeper than 128 is refused`() {
    let deep = #"{"log":{"a":"# + String(repeating: "[", count: 127) + String(repeating: "]", count: 127) + "}}"
    let fault = #expect(throws: WireFault.self) { try ChildMessage.parse(Array(deep.utf8)) }
    #expect(fault?.description.contains("json.tooDeep") == true)
  }
}

struct WireVisibilityTests {
  private func parse(_ rule: String) throws -> Visibility? {
    guard
      case .publish(let publication) = try ChildMessage.parse(
        Array(#"{"publish":{"type":"t","payload":1,"visibility":\#(rule)}}"#.utf8))
    else { return nil }
    return publication.visibility
  }

  @Test
  func `each rule has a form`() throws {
    #expect(try parse(#""public""#) == .public)
    #expect(try parse(#"{"agents":["a","b"]}"#) == .agents("a", "b"))
    #expect(try parse(#"{"labels":["x"],"otherwise":{"tenant":"t"}}"#) == .labels(["x"], otherwise: .tenant("t")))
    #expect(try parse(#"{"afterMilliseconds":1500}"#) == .after(.milliseconds(1500)))
    #expect(try parse(#"{"afterMilliseconds":1,"then":{"agents":[]}}"#) == .after(.milliseconds(1), then: .agents()))
  }

  /// A mistake must never make something public.
  @Test(arguments: [
    "null", "{}", #""private""#, "1", #"{"agents":null}"#, #"{"tenant":null}"#, #"{"agents":["a"],"labels":["b"]}"#,
    #"{"agents":["a"],"then":"public"}"#, #"{"afterMilliseconds":1,"otherwise":"public"}"#, #"{"afterMilliseconds":0}"#,
    #"{"afterMilliseconds":1.5}"#, #"{"agent":["a"]}"#,
  ])
  func `anything else is refused`(rule: String) {
    #expect(throws: WireFault.self) { try parse(rule) }
  }

  @Test
  func `rules nest eight deep and no deeper`() throws {
    func nested(_ depth: Int) -> String {
      depth == 1 ? #""public""# : #"{"tenant":"t","otherwise":\#(nested(depth - 1))}"#
    }
    #expect(try parse(nested(8)) != nil)
    #expect(throws: WireFault.self) { try parse(nested(9)) }
  }
}

struct RedactionTests {
  @Test
  func `secrets go as a whole and word by word, the longest first`() {
    let redaction = Redaction(["Bearer hunter2hunter2", "hunter2hunter2-and-more", ""])
    #expect(redaction.apply("token hunter2hunter2!") == "token [redacted]!")
    #expect(redaction.apply("Bearer hunter2hunter2") == "[redacted]")
    #expect(redaction.apply("hunter2hunter2-and-more") == "[redacted]")
    // A combining mark after it hides a secret from a search by characters.
    #expect(redaction.apply("hunter2hunter2\u{301}") == "[redacted]\u{301}")
    #expect(redaction.apply("Bearer of news") == "Bearer of news")
  }

  @Test
  func `long texts are cut after the secrets are out`() {
    let text = String(repeating: "a", count: 4090) + "hunter2hunter2" + String(repeating: "b", count: 100)
    let result = Redaction(["hunter2hunter2"]).apply(text)
    #expect(result.utf8.count == 4096)
    #expect(!result.contains("hunt"))
  }
}
