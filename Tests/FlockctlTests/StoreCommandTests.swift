import FlockJSON
import Foundation
import Testing

@testable import flockctl

struct StoreCommandTests {
  @Test
  func `the table of commands has no mistake`() {
    #expect(Flockctl.tool.problems() == [])
  }

  @Test
  func `a store is made once, with its shards`() async throws {
    let place = try Workplace()
    let store = place.path("b.db")
    #expect(await place.run("store", "init", "--store", store, "--shards", "3").status == 0)
    #expect(await place.run("store", "init", "--store", store).status == 73)
    let info = try #require(try await place.run("store", "info", "--store", store, "--json").json().first)
    #expect(info["shards"]?.asInt == 3)
    #expect(info["artifacts"]?.asInt == 0)
    #expect(info["owners"]?.asArray?.isEmpty == true)
    #expect(await place.run("store", "check", "--store", store).status == 0)
  }

  @Test
  func `what is published is found again, by every filter`() async throws {
    let place = try Workplace()
    let store = place.path("b.db")
    await place.run("store", "init", "--store", store)
    let one = await place.run(
      "publish", "--store", store, "--type", "bug", "--tag", "b", "--tag", "a", "--correlation", "case", #"{ "n" : 1 }"#)
    try Data(#"{"n":2}"#.utf8).write(to: URL(fileURLWithPath: place.path("two.json")))
    let two = await place.run("publish", "--store", store, "--type", "note", "@" + place.path("two.json"))
    #expect(one.status == 0 && two.status == 0)
    func ids(_ arguments: String...) async throws -> [String] {
      let result = await Workplace.run(["query", "--store", store, "--json"] + arguments)
      return try result.json().compactMap { $0["id"]?.asString }
    }
    let (first, second) = (one.lines[0], two.lines[0])
    #expect(try await ids() == [first, second])
    #expect(try await ids("--newest") == [second, first])
    #expect(try await ids("--type", "bug") == [first])
    #expect(try await ids("--tag", "a") == [first])
    #expect(try await ids("--correlation", "case") == [first])
    #expect(try await ids("--producer", "nobody") == [])
    #expect(try await ids("--until", "2020-01-01") == [])
    #expect(try await ids("--from", "2020-01-01", "--limit", "1") == [first])
    let shown = try #require(try await place.run("show", first, "--store", store, "--json").json().first)
    #expect(shown["payload"] == ["n": 1])
    #expect(shown["tags"] == ["a", "b"])
    let counts = try #require(try await place.run("query", "--store", store, "--count", "--json").json().first)
    #expect(counts["byType"] == ["bug": 1, "note": 1])
  }

  @Test
  func `pages follow each other by their cursors until there is none`() async throws {
    let place = try Workplace()
    let store = place.path("b.db")
    await place.run("store", "init", "--store", store, "--shards", "2")
    var published: [String] = []
    for number in 0..<5 { published += await place.run("publish", "--store", store, "--type", "n", "\(number)").lines }
    var found: [String] = []
    var cursor: String?
    var pages = 0
    repeat {
      var arguments = ["query", "--store", store, "--json", "--limit", "2"]
      if let cursor { arguments += ["--after", cursor] }
      let lines = try await Workplace.run(arguments).json()
      found += lines.compactMap { $0["id"]?.asString }
      cursor = lines.compactMap { $0["next"]?.asString }.first
      pages += 1
    } while cursor != nil && pages < 10
    #expect(pages == 3)
    #expect(found == published)
  }

  @Test
  func `an id that is published again is stored once`() async throws {
    let place = try Workplace()
    let store = place.path("b.db")
    await place.run("store", "init", "--store", store)
    let id = "0190a000-0000-7000-8000-000000000001"
    #expect(await place.run("publish", "--store", store, "--type", "n", "--id", id, "1").lines == [id])
    #expect(await place.run("publish", "--store", store, "--type", "n", "--id", id, "2").err.contains("there already"))
    #expect(try await place.run("query", "--store", store, "--json").json().map { $0["payload"] } == [1])
  }

  @Test
  func `a backup holds what the store held, and never replaces a file`() async throws {
    let place = try Workplace()
    let (store, copy) = (place.path("b.db"), place.path("copy.db"))
    await place.run("store", "init", "--store", store)
    await place.run("publish", "--store", store, "--type", "n", "1")
    #expect(await place.run("store", "backup", copy, "--store", store).status == 0)
    #expect(await place.run("store", "backup", copy, "--store", store).status == 73)
    #expect(try await place.run("query", "--store", copy, "--json").json().map { $0["payload"] } == [1])
    #expect(await place.run("store", "vacuum", "--store", copy).status == 0)
    #expect(await place.run("store", "retain", "--store", copy, "--before", "1s").status == 0)
    // Nobody has been shown it yet: it stays.
    #expect(try await place.run("query", "--store", copy, "--json").json().count == 1)
  }

  @Test(
    arguments: [
      (["publish", "--store", "STORE", "--type", "b d", "1"], 64), (["publish", "--store", "STORE", "--type", "n", "{"], 65),
      (["publish", "--store", "STORE", "--type", "n", "@/nothing/here"], 66),
      (["publish", "--store", "/nothing/here", "--type", "n", "1"], 66),
      (["publish", "--store", "STORE", "--type", "n", "--id", "x", "1"], 64), (["publish", "--store", "STORE", "1"], 64),
      (["query", "--store", "/nothing/here"], 66), (["query", "--store", "STORE", "--after", "x"], 64),
      (["query", "--store", "STORE", "--from", "soon"], 64), (["query", "--store", "STORE", "--limit", "0"], 64),
      (["show", "x", "--store", "STORE"], 64), (["show", "0190a000-0000-7000-8000-000000000001", "--store", "STORE"], 66),
      (["explain", "0190a000-0000-7000-8000-000000000001", "--store", "STORE"], 66), (["dlq", "replay", "--store", "STORE"], 64),
      (["dlq", "show", "0190a000-0000-7000-8000-000000000001", "--store", "STORE"], 66), (["query", "--store", "TEXT"], 65),
      (["store", "retain", "--store", "STORE", "--before", "0s"], 64), (["store", "nothing"], 64),
    ] as [([String], Int32)])
  func `mistakes end with their own codes, and write nothing to standard output`(words: [String], status: Int32) async throws {
    let place = try Workplace()
    let store = place.path("b.db")
    await place.run("store", "init", "--store", store)
    try Data(String(repeating: "no database", count: 100).utf8).write(to: URL(fileURLWithPath: place.path("text")))
    let arguments = words.map { $0 == "STORE" ? store : $0 == "TEXT" ? place.path("text") : $0 }
    for json in [[], ["--json"]] {
      let result = await Workplace.run(arguments + json)
      #expect(result.status == status)
      #expect(result.out == "")
      guard !json.isEmpty else {
        #expect(result.err.hasPrefix("flockctl: "))
        continue
      }
      #expect(try JSONParser().parse(result.err)["error"]?["status"]?.asInt == Int(status))
    }
    #expect(!FileManager.default.fileExists(atPath: "/nothing"))
  }

  @Test
  func `lines of input are read across the edges of what arrives`() throws {
    let ends = Pipe()
    let long = String(repeating: "x", count: 200_000)
    let writer = Thread {
      ends.fileHandleForWriting.write(Data("one\n\n\(long)\nlast".utf8))
      ends.fileHandleForWriting.closeFile()
    }
    writer.start()
    var input = LineInput(descriptor: ends.fileHandleForReading.fileDescriptor)
    var lines: [String] = []
    while let line = try input.next() { lines.append(String(decoding: line, as: UTF8.self)) }
    #expect(lines == ["one", "", long, "last"])
  }
}
