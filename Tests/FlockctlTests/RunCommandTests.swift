import Flock
import FlockCore
import FlockJSON
import FlockProcess
import FlockSQLite
import Foundation
import Glibc
import Testing

@testable import flockctl

struct RunCommandTests {
  @Test(arguments: [false, true])
  func `a review writes its three reports and tells what it did`(hasStore: Bool) async throws {
    let place = try Workplace()
    let repository = try await place.makeRepository("repository", commits: 3)
    let (out, store) = (place.path("made/for/it"), place.path("b.db"))
    let result = await Workplace.run(
      ["run", "code-review", "--repo", repository, "--out", out, "--json"] + (hasStore ? ["--store", store, "--shards", "2"] : []))
    #expect(result.status == 0)
    let value = try #require(try result.json().first)
    #expect(value["commits"]?.asInt == 3)
    // One file for each commit, no finding: 1 + 1 + 3 * (1 + 1 + 1 + 5 + 1) + 1 artifacts.
    #expect(value["artifacts"]?.asObject?.values.compactMap(\.asInt).reduce(0, +) == 30)
    #expect(value["runs"]?.asInt == 23)
    #expect(value["deadLetters"]?.asInt == 0)
    for name in ["review.md", "review.json", "review.html"] {
      #expect(FileManager.default.fileExists(atPath: "\(out)/\(name)"))
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: out).count == 3)
    if hasStore {
      let commit = try #require(try await place.run("query", "--store", store, "--type", "commit", "--limit", "1", "--json").json().first)
      let id = try #require(commit["id"]?.asString)
      let known = try await place.run("explain", id, "--store", store, "--program", "code-review", "--json").json()
      #expect(known.filter { $0["verdict"] == "fired" }.map { $0["agent"] } == ["splitter", "reviewer"])
      let recorded = try await place.run("explain", id, "--store", store, "--json").json()
      #expect(Set(recorded.compactMap { $0["agent"]?.asString }) == ["splitter", "reviewer"])
      #expect(await place.run("show", id, "--store", store, "--lineage", "down").out.contains("commit-review"))
    }
  }

  @Test
  func `findings of the asked severity end with 1`() async throws {
    let place = try Workplace()
    let repository = try await place.makeRepository("repository", commits: 1)
    try Data(Array(repeating: UInt8(0), count: 8)).write(to: URL(fileURLWithPath: repository + "/zero.bin"))
    let person = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    try await place.git(["add", "zero.bin"], in: repository)
    try await place.git(person + ["commit", "-q", "--no-gpg-sign", "-m", "zero", "--", "zero.bin"], in: repository)
    let arguments = ["run", "code-review", "--repo", repository, "--out", place.path("o")]
    #expect(await Workplace.run(arguments).status == 0)
    #expect(await Workplace.run(arguments + ["--fail-on", "note"]).status == 1)
    #expect(await Workplace.run(arguments + ["--fail-on", "warning"]).status == 0)
  }

  @Test(
    arguments: [
      (["--repo", "/nothing/here"], 66), (["--repo", "REPO", "--range", "nothing"], 66), (["--repo", "REPO", "--range", "a b"], 64),
      (["--repo", "REPO", "--commits", "0"], 64), (["--repo", "FOLDER"], 66), (["--repo", "REPO", "--out", "/proc/nothing"], 73),
    ] as [([String], Int32)])
  func `a review that cannot begin ends with its own code`(words: [String], status: Int32) async throws {
    let place = try Workplace()
    let repository = try await place.makeRepository("repository", commits: 1)
    let arguments = words.map { $0 == "REPO" ? repository : $0 == "FOLDER" ? place.folder.path : $0 }
    let out = words.contains("--out") ? [] : ["--out", place.path("o")]
    let result = await Workplace.run(["run", "code-review"] + out + arguments)
    #expect(result.status == status)
    #expect(result.out == "")
  }

  @Test
  func `a dead letter is listed, replayed and dropped through the store`() async throws {
    let place = try Workplace()
    let repository = try await place.makeRepository("repository", commits: 1)
    let store = place.path("b.db")
    await place.run("store", "init", "--store", store, "--shards", "3")
    await place.run(
      "publish", "--store", store, "--type", "review-request",
      #"{"repository":"/nothing/here","maximumCommits":3,"expectsLicenceHeaders":false}"#)
    func work() async { _ = await place.run("run", "code-review", "--repo", repository, "--out", place.path("o"), "--store", store) }
    func letters() async throws -> [JSONValue] { try await place.run("dlq", "list", "--store", store, "--json").json() }
    await work()
    let letter = try #require(try await letters().first)
    #expect(letter["agent"] == "history")
    #expect(letter["replayNumber"] == 0)
    let run = try #require(letter["run"]?.asString)
    let shown = try #require(try await place.run("dlq", "show", run, "--store", store, "--json").json().first)
    #expect(shown["inputs"]?[0]?["payload"]?["repository"] == "/nothing/here")
    #expect(await place.run("dlq", "replay", run, "--store", store).lines == [run])
    await work()
    #expect(try await letters().map { $0["replayNumber"] } == [1])
    #expect(await place.run("dlq", "drop", "--all", "--store", store).lines == [run])
    await work()
    #expect(try await letters().isEmpty)
  }

  // MARK: Signals

  @Test(.timeLimit(.minutes(2)), arguments: [SIGINT, SIGTERM])
  func `a signal ends a review in order, and the same command goes on`(signal: Int32) async throws {
    let place = try Workplace()
    let repository = try await place.makeRepository("repository", commits: 30)
    // Stands before git and holds every difference back as long as the gate is there.
    let gate = place.path("gate")
    let bin = place.path("bin")
    try FileManager.default.createDirectory(atPath: bin, withIntermediateDirectories: true)
    let search = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    let script = """
      #!/bin/sh
      case "$*" in *diff-tree*) while [ -e '\(gate)' ]; do sleep 0.02; done ;; esac
      PATH='\(search)' exec git "$@"

      """
    try Data(script.utf8).write(to: URL(fileURLWithPath: bin + "/git"))
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: bin + "/git")
    FileManager.default.createFile(atPath: gate, contents: nil)

    let store = place.path("b.db")
    var configuration = ChildProcessConfiguration(
      executable: try RunCommandTests.program(),
      arguments: ["run", "code-review", "--repo", repository, "--commits", "30", "--store", store, "--out", place.path("o")])
    configuration.environment["PATH"] = "\(bin):\(search)"
    let child = try await ChildProcess.spawn(configuration)
    try await RunCommandTests.waitForCommits(30, in: store)
    #expect(kill(child.pid, signal) == 0)
    try FileManager.default.removeItem(atPath: gate)
    while try await child.nextBytes() != nil {}
    #expect(await child.waitForExit() == .exited(code: 130))
    #expect(String(decoding: child.standardErrorTail, as: UTF8.self).contains("goes on from here"))
    #expect(!FileManager.default.fileExists(atPath: place.path("o/review.md")))
    let info = try #require(try await place.run("store", "info", "--store", store, "--json").json().first)
    #expect(info["owners"]?.asArray?.isEmpty == true)

    let again = try await ChildProcess.run(configuration)
    #expect(again.exit == .exited(code: 0))
    let counts = try #require(try await place.run("query", "--store", store, "--count", "--json").json().first)
    #expect(counts["byType"]?["review-request"] == 1)
    #expect(counts["byType"]?["commit-review"] == 30)
    #expect(counts["byType"]?["analysis"] == 150)
    #expect(counts["byType"]?["report"] == 1)
    #expect(await place.run("store", "check", "--store", store).status == 0)
  }

  /// The program beside the tests that run.
  private static func program() throws -> String {
    let bundle = CommandLine.arguments.first { $0.contains(".xctest") } ?? CommandLine.arguments[0]
    let root = String(bundle[..<(bundle.range(of: ".xctest")?.upperBound ?? bundle.endIndex)])
    let path = URL(fileURLWithPath: root).deletingLastPathComponent().appendingPathComponent("flockctl").path
    try #require(FileManager.default.isExecutableFile(atPath: path), "there is no program at \(path)")
    return path
  }

  private static func waitForCommits(_ count: Int, in path: String) async throws {
    while true {
      if let store = try? await SQLiteStore.open(path: path, readOnly: true) {
        var filter = ArtifactFilter()
        filter.types = ["commit"]
        let found = try? await store.summary(filter).total
        await store.close()
        if found == count { return }
      }
      await SystemClock().sleep(until: SystemClock().now() + .milliseconds(5))
    }
  }
}
