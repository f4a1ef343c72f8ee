import FlockJSON
import Foundation
import Testing

/// Documents are mutated byte by byte; Foundation's parser says whether each is still JSON.
@Suite struct FuzzTests {
  private static let seeds: [String] = [
    #"{"id":7,"name":"caf\u00e9","tags":["a","b"],"ratio":0.25,"nested":{"deep":[1,[2,[3]]],"ok":true,"none":null}}"#,
    #"[0,-1,1.5,1e3,-2.5E-3,"\"\\\/\b\f\n\r\t",{},[],false]"#,
    "  {\n\t\"k\" : [ \"\u{E9}\u{20AC}\u{1F600}\" , 12345678901234567890 ] }\r\n",
    #""just \ud83d\ude00 text""#,
    "-120.5e+10",
  ]
  private static let interesting =
    Array("{}[],:\"\\/ \n\t0123456789-+.eEutrfalsn".utf8) + [0x00, 0x1F, 0x7F, 0x80, 0xC3, 0xED, 0xFF]

  private static func mutate(_ bytes: inout [UInt8], using generator: inout SeededGenerator) {
    for _ in 0..<Int.random(in: 1...3, using: &generator) {
      let place = Int.random(in: 0...bytes.count, using: &generator)
      let byte = interesting.randomElement(using: &generator) ?? 0
      switch Int.random(in: 0..<5, using: &generator) {
      case 0 where place < bytes.count: bytes.remove(at: place)
      case 1: bytes.insert(byte, at: place)
      case 2 where place < bytes.count: bytes[place] = byte
      case 3: bytes.removeLast(min(bytes.count, Int.random(in: 0...3, using: &generator)))
      default:
        let end = min(bytes.count, place + Int.random(in: 0...6, using: &generator))
        bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0...bytes.count, using: &generator))
      }
    }
  }

  /// Whether the two parsers follow the same rules here. They do not for byte order marks and zero bytes (Foundation detects UTF-16 and
  /// UTF-32), for numbers beyond a double's range, and for a comma before a closing bracket, which Foundation forgives.
  private static func isComparable(_ bytes: [UInt8], _ verdict: Result<JSONValue, JSONError>) -> Bool {
    if bytes.prefix(4).contains(0) || bytes.prefix(2).contains(0xFF) || bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
      return false
    }
    guard case .failure(let error) = verdict else { return true }
    if error.code == .numberOutOfRange { return false }
    guard let offset = error.offset, offset < bytes.count, "]}".utf8.contains(bytes[offset]) else { return true }
    return bytes[..<offset].last { !" \t\r\n".utf8.contains($0) } != UInt8(ascii: ",")
  }

  @Test("both parsers judge mutated documents alike", arguments: 0..<8 as Range<UInt64>)
  func verdicts(_ seed: UInt64) throws {
    var generator = SeededGenerator(seed: 0xF00D + seed)
    var options = JSONParser.Options()
    options.allowsDuplicateKeys = true  // Foundation keeps one of them
    var accepted = 0
    var refused = 0
    var disagreements: [String] = []
    for _ in 0..<4_000 {
      var bytes = Array((Self.seeds.randomElement(using: &generator) ?? "").utf8)
      Self.mutate(&bytes, using: &generator)
      let verdict = Result { () throws(JSONError) in try JSONParser(options: options).parse(bytes) }
      guard Self.isComparable(bytes, verdict) else { continue }
      let theirs = (try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)) != nil
      switch verdict {
      case .success(let value):
        accepted += 1
        if !theirs { disagreements.append("accepted: \(bytes.debugText)") }
        // What was read is written and read again unchanged.
        let written = try JSONWriter().bytes(of: value)
        if try JSONParser().parse(written) != value { disagreements.append("changed: \(bytes.debugText)") }
      case .failure(let error):
        refused += 1
        if theirs { disagreements.append("refused: \(bytes.debugText) with \(error)") }
        if let offset = error.offset, !(0...bytes.count).contains(offset) {
          disagreements.append("offset: \(bytes.debugText)")
        }
      }
    }
    #expect(disagreements == [])
    #expect(accepted > 300)
    #expect(refused > 1_000)
  }

  @Test("typed decoding of mutated documents ends in a value or an error", arguments: 0..<4 as Range<UInt64>)
  func typed(_ seed: UInt64) {
    struct Document: Codable, Equatable {
      struct Nested: Codable, Equatable {
        var deep: JSONValue
        var ok: Bool
        var none: Int?
      }
      var id: Int
      var name: String
      var tags: [String]
      var ratio: Double
      var nested: Nested
    }
    var generator = SeededGenerator(seed: 0xBEEF + seed)
    var decoded = 0
    var disagreements: [String] = []
    for _ in 0..<3_000 {
      var bytes = Array(Self.seeds[0].utf8)
      Self.mutate(&bytes, using: &generator)
      let ours = try? JSONBytesDecoder().decode(Document.self, from: bytes)
      guard let ours else { continue }
      decoded += 1
      if let theirs = try? JSONDecoder().decode(Document.self, from: Data(bytes)), theirs == ours { continue }
      disagreements.append(bytes.debugText)
    }
    #expect(disagreements == [])
    #expect(decoded > 100)
  }
}

extension [UInt8] {
  fileprivate var debugText: String { String(decoding: self, as: UTF8.self).debugDescription }
}
