import Testing

@testable import FlockHTTP

/// Expectations are worked out by hand from WHATWG HTML section 9.2, whose examples are among the cases.
@Suite struct ServerSentEventTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let text: String
    let events: [ServerSentEvent]
    var testDescription: String { name }
  }

  static func event(_ data: String, _ type: String = "message", id: String = "") -> ServerSentEvent {
    ServerSentEvent(type: type, data: data, id: id)
  }

  static let cases: [Case] = [
    Case(name: "nothing", text: "", events: []),
    Case(name: "three lines of data", text: "data: YHOO\ndata: +2\ndata: 10\n\n", events: [event("YHOO\n+2\n10")]),
    Case(
      name: "comment, ids and a block without colon",
      text: ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
      events: [event("first event", id: "1"), event("second event"), event(" third event")]),
    Case(name: "empty data", text: "data\n\ndata\ndata\n\ndata:", events: [event(""), event("\n")]),
    Case(
      name: "one blank after the colon", text: "data:test\n\ndata: test\n\n", events: [event("test"), event("test")]),
    Case(
      name: "named events", text: "event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\ndata: x\n\n",
      events: [event("73857293", "add"), event("2153", "remove"), event("x")]),
    Case(name: "CR", text: "data: a\rdata: b\r\rdata: c\r\r", events: [event("a\nb"), event("c")]),
    Case(name: "CRLF", text: "data: a\r\ndata: b\r\n\r\ndata: c\r\n\r\n", events: [event("a\nb"), event("c")]),
    Case(
      name: "mixed line ends", text: "data: a\r\ndata: b\rdata: c\n\r\ndata: d\n\r",
      events: [event("a\nb\nc"), event("d")]),
    Case(name: "LF and CR are two line ends", text: "data: a\n\rdata: b\n\n", events: [event("a"), event("b")]),
    Case(name: "a mark at the start", text: "\u{FEFF}data: a\n\n", events: [event("a")]),
    Case(name: "two marks", text: "\u{FEFF}\u{FEFF}data: a\n\ndata: b\n\n", events: [event("b")]),
    Case(name: "a mark elsewhere", text: "data: a\n\n\u{FEFF}data: b\n\n", events: [event("a")]),
    Case(name: "a mark before an empty line", text: "\u{FEFF}\n\ndata: b\n\n", events: [event("b")]),
    Case(
      name: "an id stays", text: "id: 5\ndata: a\n\ndata: b\n\nid\ndata: c\n\n",
      events: [event("a", id: "5"), event("b", id: "5"), event("c")]),
    Case(name: "an id without data counts", text: "id: 5\n\ndata: b\n\n", events: [event("b", id: "5")]),
    Case(name: "an id with NUL is ignored", text: "id: 5\nid: 6\0\ndata: a\n\n", events: [event("a", id: "5")]),
    Case(name: "a type without data is forgotten", text: "event: x\n\ndata: a\n\n", events: [event("a")]),
    Case(name: "the last type counts", text: "event: x\nevent: y\ndata: a\n\n", events: [event("a", "y")]),
    Case(name: "an empty type is a message", text: "event: x\nevent\ndata: a\n\n", events: [event("a")]),
    Case(name: "names are exact", text: "Data: a\n data: b\ndata : c\ndat: d\ndatas: e\n\n", events: []),
    Case(name: "colons in a value", text: "data: a: b::\n\n", events: [event("a: b::")]),
    Case(name: "a NUL in data", text: "data: a\0b\n\n", events: [event("a\0b")]),
    Case(name: "an unfinished event is dropped", text: "data: a\n\ndata: b\n", events: [event("a")]),
    Case(name: "beyond ASCII", text: "data: grüße 🐦\n\n", events: [event("grüße 🐦")]),
  ]

  @Test(arguments: cases)
  func `a document in one piece`(_ sample: Case) throws {
    var parser = ServerSentEventParser()
    #expect(try parser.feed(Array(sample.text.utf8)) == sample.events)
  }

  @Test(arguments: cases)
  func `a document cut at each place, and byte by byte`(_ sample: Case) throws {
    let bytes = Array(sample.text.utf8)
    for cut in 0...bytes.count {
      var parser = ServerSentEventParser()
      let events = try parser.feed(Array(bytes[..<cut])) + parser.feed([]) + parser.feed(Array(bytes[cut...]))
      #expect(events == sample.events, "cut at \(cut)")
    }
    var parser = ServerSentEventParser()
    #expect(try bytes.flatMap { try parser.feed([$0]) } == sample.events)
  }

  @Test func `an event is there as soon as its empty line ends, even with CR`() throws {
    var parser = ServerSentEventParser()
    #expect(try parser.feed(Array("data: a\r\r".utf8)) == [Self.event("a")])
    #expect(try parser.feed(Array("\ndata: b\n\n".utf8)) == [Self.event("b")])
  }

  @Test func `invalid UTF-8 is repaired`() throws {
    var parser = ServerSentEventParser()
    let bytes = Array("data: a".utf8) + [0xFF] + Array("b\n\n".utf8)
    #expect(try parser.feed(bytes) == [Self.event("a\u{FFFD}b")])
  }

  @Test(
    arguments: [
      ("retry: 1500\n", 1500), ("retry:0\n", 0), ("retry: 10\nretry: x\n", 10), ("retry: -1\n", nil),
      ("retry: 1.5\n", nil),
      ("retry\n", nil), ("retry: +5\n", nil), ("retry: ٣\n", nil), ("retry: 99999999999999999999\n", nil),
    ] as [(String, Int?)])
  func `a reconnection time is digits only`(text: String, milliseconds: Int?) throws {
    var parser = ServerSentEventParser()
    #expect(try parser.feed(Array(text.utf8)) == [])
    #expect(parser.reconnectionTime == milliseconds.map { .milliseconds($0) })
  }

  @Test func `the last event's id is that of finished blocks`() throws {
    var parser = ServerSentEventParser()
    _ = try parser.feed(Array("id: 1\n\nid: 2\n".utf8))
    #expect(parser.lastEventID == "1")
    _ = try parser.feed([0x0A])
    #expect(parser.lastEventID == "2")
  }

  @Test func `a line has a limit, in one piece or many`() throws {
    var limits = ServerSentEventLimits()
    limits.maximumLineBytes = 10
    var parser = ServerSentEventParser(limits: limits)
    #expect(try parser.feed(Array("\u{FEFF}data: 1234\n\n".utf8)) == [Self.event("1234")])
    let whole = #expect(throws: HTTPError.self) { try parser.feed(Array("data: 12345\n\n".utf8)) }
    #expect(whole?.code == .tooLarge)
    var other = ServerSentEventParser(limits: limits)
    #expect(try other.feed(Array(": 3456789".utf8)) == [])
    let pieces = #expect(throws: HTTPError.self) { try other.feed(Array("01".utf8)) }
    #expect(pieces?.code == .tooLarge)
  }

  @Test func `an event has a limit over its lines`() throws {
    var limits = ServerSentEventLimits()
    limits.maximumEventBytes = 6
    var parser = ServerSentEventParser(limits: limits)
    #expect(try parser.feed(Array("data:1\ndata:2\ndata:3\n\n".utf8)) == [Self.event("1\n2\n3")])
    #expect(try parser.feed(Array("data:1\ndata:2\nevent:ab\n\n".utf8)) == [Self.event("1\n2", "ab")])
    let error = #expect(throws: HTTPError.self) { try parser.feed(Array("data:1\ndata:2\nevent:abc\n".utf8)) }
    #expect(error?.code == .tooLarge)
  }

  /// Random documents from an alphabet of what matters, against a second implementation that reads the whole text.
  @Test func `random documents read as a plain reading of the standard does`() throws {
    var generator = SplitMix(state: 20_240_229)
    let alphabet = [
      "data", "event", "id", "retry", ":", " ", "\n", "\r", "\r\n", "\n\n", "x", "7", "\0", "ü", "\u{FEFF}",
    ]
    var dispatched = 0
    for round in 0..<3000 {
      let text = (0..<Int.random(in: 0...30, using: &generator)).map { _ in alphabet.randomElement(using: &generator)! }
        .joined()
      var parser = ServerSentEventParser()
      var events: [ServerSentEvent] = []
      var rest = Array(text.utf8)[...]
      while !rest.isEmpty {
        let piece = rest.prefix(Int.random(in: 1...9, using: &generator))
        events += try parser.feed(Array(piece))
        rest = rest.dropFirst(piece.count)
      }
      let expected = Self.plainReading(text)
      #expect(events == expected, "round \(round): \(text.debugDescription)")
      dispatched += expected.count
    }
    #expect(dispatched > 100)
  }

  /// Splits the whole text into lines first, then follows the steps of section 9.2.6.
  static func plainReading(_ text: String) -> [ServerSentEvent] {
    var scalars = Array(text.unicodeScalars)
    if scalars.first == "\u{FEFF}" { scalars.removeFirst() }
    var lines: [String] = []
    var line = String.UnicodeScalarView()
    var index = 0
    while index < scalars.count {
      let isPair = scalars[index] == "\r" && index + 1 < scalars.count && scalars[index + 1] == "\n"
      if scalars[index] == "\r" || scalars[index] == "\n" {
        lines.append(String(line))
        line = String.UnicodeScalarView()
      } else {
        line.append(scalars[index])
      }
      index += isPair ? 2 : 1
    }
    var (events, data, type, id) = ([ServerSentEvent](), [String](), "", "")
    for line in lines {
      if line.unicodeScalars.isEmpty {
        if !data.isEmpty {
          events.append(
            ServerSentEvent(type: type.isEmpty ? "message" : type, data: data.joined(separator: "\n"), id: id))
        }
        (data, type) = ([], "")
        continue
      }
      let parts = line.unicodeScalars.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      var value = parts.count == 2 ? parts[1] : Substring.UnicodeScalarView()
      if value.first == " " { value.removeFirst() }
      switch String(parts[0]) {
      case "data": data.append(String(value))
      case "event": type = String(value)
      case "id" where !value.contains("\0"): id = String(value)
      default: break
      }
    }
    return events
  }
}
