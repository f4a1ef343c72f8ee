import FlockCommandLine
import Testing

struct CommandContextTests {
  private static let command = Command("show", summary: "Show") { _, context in
    context.out.writeLine(context.styled("a", .green, for: .out))
    context.progress("one")
    context.progress("twelve letters")
    context.note("done")
    context.progress("three")
    return 0
  }

  private func outcome(
    _ words: [String] = [], _ environment: [String: String] = ["TERM": "xterm"], columns: Int = 80,
    terminal: Bool = true
  ) async -> Outcome {
    await sampleTool(extra: [Self.command])
      .outcome(["show"] + words, columns: columns, environment: environment, terminal: terminal)
  }

  @Test func `A terminal gets colour`() async {
    #expect(await outcome().out == "\u{1B}[32ma\u{1B}[0m\n")
    #expect(await outcome([], ["TERM": "xterm", "NO_COLOR": ""]).out == "\u{1B}[32ma\u{1B}[0m\n")
  }

  @Test(
    arguments: [
      (["--no-color"], ["TERM": "xterm"], true), ([], ["TERM": "xterm", "NO_COLOR": "1"], true),
      ([], ["TERM": "xterm", "NO_COLOR": "0"], true), ([], ["TERM": "dumb"], true), ([], [:], true),
      ([], ["TERM": "xterm"], false),
    ] as [([String], [String: String], Bool)])
  func `Whoever does not want colour gets none`(words: [String], environment: [String: String], terminal: Bool) async {
    let outcome = await outcome(words, environment, terminal: terminal)
    #expect(outcome.out == "a\n")
    #expect(!outcome.err.contains("\u{1B}[3"))
  }

  @Test func `A progress line is replaced and taken away at last`() async {
    let erase = "\r\u{1B}[K"
    #expect(await outcome().err == "one\(erase)twelve letters\(erase)done\nthree\(erase)")
    #expect(await outcome(columns: 7).err == "one\(erase)twelve\(erase)done\nthree\(erase)")
  }

  @Test(
    arguments: [
      ([], ["TERM": "xterm"], false, "done\n"), ([], ["TERM": "dumb"], true, "done\n"),
      (["--quiet"], ["TERM": "xterm"], true, ""), (["--json"], ["TERM": "xterm"], true, "done\n"),
    ] as [([String], [String: String], Bool, String)])
  func `Progress is for terminals and people`(
    words: [String], environment: [String: String], terminal: Bool, expected: String
  ) async {
    #expect(await outcome(words, environment, terminal: terminal).err == expected)
  }

  @Test func `An error is marked in colour on a terminal`() async {
    let outcome = await sampleTool().outcome(["x"], environment: ["TERM": "xterm"], terminal: true)
    #expect(outcome.err.hasPrefix("\u{1B}[1m\u{1B}[31mflk:\u{1B}[0m\u{1B}[0m unknown command 'x'"))
    let plain = await sampleTool().outcome(["x", "--no-color"], environment: ["TERM": "xterm"], terminal: true)
    #expect(plain.err.hasPrefix("flk: unknown command 'x'"))
  }

  @Test func `The process's context has its environment`() {
    let context = CommandContext.process()
    #expect(context.environment["PATH"]?.isEmpty == false)
    #expect(context.columns > 0)
    #expect(context.tool == nil)
  }
}
