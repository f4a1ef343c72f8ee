import FlockCommandLine
import Foundation
import Testing

struct RunTests {
  private struct Unknown: Error, CustomStringConvertible { let description: String }
  private struct Busy: ExitCodeProviding, CustomStringConvertible {
    let exitCode = ExitCode.temporary
    let description = "the store is busy"
  }

  private func tool(throwing error: any Error) -> CommandLineTool {
    sampleTool(extra: [Command("fail", summary: "Fail") { _, _ in throw error }])
  }

  @Test func `An error decides the status and is told on standard error`() async {
    let busy = await tool(throwing: Busy()).outcome("fail")
    #expect(busy == Outcome(status: 75, out: "", err: "flk: the store is busy\n"))
    let failure = CommandFailure(.noInput, "no file 'a'")
    #expect(await tool(throwing: failure).outcome("fail") == Outcome(status: 66, out: "", err: "flk: no file 'a'\n"))
    let unknown = Unknown(description: "out of luck")
    #expect(await tool(throwing: unknown).outcome("fail") == Outcome(status: 1, out: "", err: "flk: out of luck\n"))
    let cancelled = await tool(throwing: CancellationError()).outcome("fail")
    #expect(cancelled == Outcome(status: 130, out: "", err: "flk: interrupted\n"))
  }

  @Test(arguments: ExitCode.allCases) func `Each exit code has a meaning and can be ended with`(code: ExitCode) async {
    #expect(code.meaning.hasSuffix("."))
    #expect(await tool(throwing: CommandFailure(code, "x")).outcome("fail").status == code.rawValue)
  }

  @Test func `A command's own status is passed on`() async {
    let tool = sampleTool(extra: [Command("half", summary: "Do half") { _, _ in 2 }])
    #expect(await tool.outcome("half") == Outcome(status: 2, out: "", err: ""))
  }

  @Test func `With json, an error is one JSON object on one line of standard error`() async throws {
    let message = "bad \"name\"\\\n\u{1B}[2J\u{1F600}\u{7F}"
    let outcome = await tool(throwing: CommandFailure(.badInput, message)).outcome("--json fail")
    #expect(outcome.status == 65 && outcome.out.isEmpty)
    #expect(outcome.err.filter { $0 == "\n" }.count == 1)
    let object = try #require(try JSONSerialization.jsonObject(with: Data(outcome.err.utf8)) as? [String: Any])
    let error = try #require(object["error"] as? [String: Any])
    #expect(Set(error.keys) == ["status", "kind", "message"])
    #expect(error["status"] as? Int == 65)
    #expect(error["kind"] as? String == "badInput")
    #expect(error["message"] as? String == message)
  }

  @Test(arguments: ["run --json", "--json run", "run --bad --json"])
  func `With json anywhere, a usage error is JSON, too`(line: String) async throws {
    let outcome = await sampleTool().outcome(line)
    #expect(outcome.status == 64)
    let object = try #require(try JSONSerialization.jsonObject(with: Data(outcome.err.utf8)) as? [String: Any])
    let error = try #require(object["error"] as? [String: Any])
    #expect(error["kind"] as? String == "usage")
    #expect(error["help"] as? String == "flk help run")
  }

  @Test func `After two hyphens, json is an argument`() async {
    let outcome = await sampleTool().outcome("publish -- --json")
    #expect(outcome.err.hasPrefix("flk: <type> must be one of"))
  }

  @Test func `A message cannot drive the terminal`() async {
    let outcome = await tool(throwing: CommandFailure(.failure, "a\u{1B}]0;x\u{7}\u{9B}1m\n\tb")).outcome("fail")
    #expect(outcome.err == "flk: a\\u{1b}]0;x\\u{7}\\u{9b}1m\n\tb\n")
  }

  @Test func `A command knows its tool and what was asked for`() async {
    let command = Command("who", summary: "Who") { _, context in
      context.out.write("\(context.tool?.name ?? "none") \(context.global.quiet)")
      context.note("not shown with --quiet")
      return 0
    }
    let tool = sampleTool(extra: [command])
    #expect(await tool.outcome("who -q") == Outcome(status: 0, out: "flk true", err: ""))
    #expect(await tool.outcome("who") == Outcome(status: 0, out: "flk false", err: "not shown with --quiet\n"))
  }

  @Test func `A table's own command takes the place of a standard one`() async {
    let tool = sampleTool(extra: [Command("man", summary: "Send a man") { _, _ in 3 }])
    #expect(await tool.outcome("man").status == 3)
    #expect(tool.commands.filter { $0.name == "man" }.count == 1)
  }
}
