import FlockCommandLine
import FlockJSON
import FlockProcess
import Foundation
import Testing

@testable import flockctl

/// A folder for one test, and the tool run in it.
final class Workplace {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("flockctl-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  struct Result {
    let status: Int32
    let out: String
    let err: String

    var lines: [String] { out.split(separator: "\n").map(String.init) }

    func json() throws -> [JSONValue] { try lines.map { try JSONParser().parse($0) } }
  }

  @discardableResult
  func run(_ arguments: String...) async -> Result { await Workplace.run(arguments) }

  /// Runs a command in this process.
  static func run(_ arguments: [String]) async -> Result {
    let out = TextWriter.memory()
    let err = TextWriter.memory()
    let context = CommandContext(out: out, err: err, environment: ["USER": "ada"])
    let status = await Flockctl.tool.run(arguments: arguments, context: context)
    return Result(status: status, out: out.collectedText, err: err.collectedText)
  }

  /// A repository of so many commits, each of one file.
  func makeRepository(_ name: String, commits: Int) async throws -> String {
    let path = path(name)
    var stream = ""
    for number in 1...commits {
      let text = "line \(number)\n"
      stream += "commit refs/heads/main\ncommitter Ada <ada@example.org> \(1_700_000_000 + number) +0000\ndata 1\nm\n"
      stream += "M 100644 inline file\(number).txt\ndata \(text.utf8.count)\n\(text)\n"
    }
    try await git(["init", "-q", "-b", "main", path], in: folder.path)
    try await git(["fast-import", "--quiet"], in: path, input: stream)
    return path
  }

  func git(_ arguments: [String], in directory: String, input: String = "") async throws {
    var configuration = ChildProcessConfiguration(executable: "git", arguments: arguments)
    configuration.workingDirectory = directory
    let completion = try await ChildProcess.run(configuration, input: Array(input.utf8))
    try #require(completion.exit.isSuccess, "\(String(decoding: completion.standardErrorTail, as: UTF8.self))")
  }
}
