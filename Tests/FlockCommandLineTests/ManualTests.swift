import Testing

@testable import FlockCommandLine

struct ManualTests {
  private static let hasMan = Program.path(of: "man") != nil
  private static let hasGroff = Program.path(of: "groff") != nil

  @Test(.enabled(if: hasMan, "man is not installed"))
  func `man shows the page as the table says`() throws {
    let folder = try TemporaryFolder()
    try folder.write(sampleTool().manualPage(), to: "flk.1")
    let result = try Program.run(
      "man", ["--warnings", "-l", "flk.1"], in: folder,
      environment: ["MANWIDTH": "100", "MANPAGER": "cat", "PAGER": "cat", "LC_ALL": "C.UTF-8", "MANROFFOPT": "-c"])
    #expect(result.status == 0)
    #expect(result.err.isEmpty)
    let text = Self.withoutOverstrikes(result.out)
    for expected in [
      "NAME\n       flk - Try a table of commands\n",
      "SYNOPSIS\n       flk <command> [options] [<argument>...]\n",
      "DESCRIPTION\n       Publishes things and looks at them.\n",
      "\n         flk publish bug a.json\n",
      "   flk run --store <file> [options]\n       Run agents until they are idle.\n",
      "       -m, --mode <fifo|priority|deadline>\n              Who goes first. (default: fifo)\n",
      "   flk dlq replay [options] <id>\n",
      "           flk publish bug 2 a.json b.json\n",
      "       --json Print data as JSON, one value a line.\n",
      "       75     Another process holds it, or it is busy: try again later.\n",
      "       NO_COLOR\n",
    ] {
      #expect(text.contains(expected), "\(expected)")
    }
    #expect(!text.contains("secret"))
  }

  @Test(.enabled(if: hasGroff, "groff is not installed"))
  func `groff has no complaint, and shows awkward text as it is`() throws {
    let awkward = ".TH of it: back\\slash 'quote' \"double\" -dash `tick` ^hat ~tilde \\fB"
    let command = Command(
      "odd", summary: awkward, discussion: ".first\n'second\n\n  .kept \\n as it is",
      arguments: [.init("x", help: "'x \\e")], examples: [.init(".example \\", help: "'help'")]
    ) { _, _ in 0 }
    let tool = CommandLineTool(
      name: "odd-tool", summary: "It's \"odd\"", discussion: "\\", version: "1 \"2\"", commands: [command])
    let folder = try TemporaryFolder()
    try folder.write(tool.manualPage(), to: "odd.1")
    let result = try Program.run(
      "groff", ["-ww", "-man", "-Tascii", "-P-cbou", "-rLL=150n", "odd.1"], in: folder)
    #expect(result.status == 0)
    #expect(result.err.isEmpty)
    for expected in [
      awkward, "odd-tool - It's \"odd\"", ".first 'second", "  .kept \\n as it is", "'x \\e", ".example \\", "'help'",
      "odd-tool 1 \"2\"",
    ] {
      #expect(result.out.contains(expected), "\(expected)")
    }
  }

  @Test func `The command prints the page`() async {
    let tool = sampleTool()
    #expect(await tool.outcome("man") == Outcome(status: 0, out: tool.manualPage(), err: ""))
  }

  /// Bold is printed as a character, a backspace and the character again.
  private static func withoutOverstrikes(_ text: String) -> String {
    var result: [Unicode.Scalar] = []
    for scalar in text.unicodeScalars {
      if scalar == "\u{8}" { _ = result.popLast() } else { result.append(scalar) }
    }
    var text = String.UnicodeScalarView()
    text.append(contentsOf: result)
    return String(text)
  }
}
