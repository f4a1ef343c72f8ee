import FlockCommandLine
import Testing

struct ProblemsTests {
  private func problems(_ command: Command) -> [String] {
    CommandLineTool(name: "t", summary: "T", version: "1", commands: [command]).problems()
  }

  @Test func `A good table has no problems`() {
    #expect(sampleTool().problems().isEmpty)
  }

  @Test func `A command does something or has commands`() {
    let neither = Command("a", summary: "A")
    #expect(problems(neither) == ["t a: it must have either subcommands or a body, not both and not neither"])
    let both = Command("a", summary: "A", subcommands: [Command("b", summary: "B") { _, _ in 0 }]) { _, _ in 0 }
    #expect(problems(both) == ["t a: it must have either subcommands or a body, not both and not neither"])
    let withArguments = Command(
      "a", summary: "A", arguments: [.init("x", help: "X.")], subcommands: [Command("b", summary: "B") { _, _ in 0 }])
    #expect(problems(withArguments) == ["t a: a command with subcommands takes no arguments"])
  }

  @Test(
    arguments: [
      ([Command.Option("x", help: "X."), .init("x", help: "X.")], [], "'--x' is there twice"),
      ([.init("x", short: "q", help: "X.")], [], "'-q' is there twice"),
      ([.init("json", help: "X.")], [], "'--json' is there twice"),
      ([.init("x", help: "X.")], [Command.Flag("x", help: "X.")], "'--x' is there twice"),
      ([.init("a b", help: "X.")], [], "'--a b' is not a plain name"),
      ([.init("x", short: "$", help: "X.")], [], "'-$' is not a plain name"),
      ([.init("x", .integer(1...5), default: "9", help: "X.")], [], "the default of --x must be 1 to 5, not 9"),
      (
        [.init("x", .choice(of: Mode.self), default: "fife", help: "X.")], [],
        "the default of --x must be one of fifo, priority, deadline, not 'fife'; did you mean 'fifo'?"
      ),
    ] as [([Command.Option], [Command.Flag], String)])
  func `Bad options are found`(options: [Command.Option], flags: [Command.Flag], problem: String) {
    let command = Command("a", summary: "A", options: options, flags: flags) { _, _ in 0 }
    #expect(problems(command) == ["t a: \(problem)"])
  }

  @Test(
    arguments: [
      (
        [Command.Argument("x", isRepeated: true, help: "X."), .init("y", help: "Y.")],
        "<x> takes all that is left, so it must be the last"
      ),
      (
        [.init("x", isRequired: false, help: "X."), .init("y", help: "Y.")],
        "<y> is required but follows one that is not"
      ),
      (
        [.init("x", .duration(), default: "5", help: "X.")],
        "the default of <x> needs a unit (ms, s, m, h or d) after 5"
      ),
    ] as [([Command.Argument], String)])
  func `Bad arguments are found`(arguments: [Command.Argument], problem: String) {
    let command = Command("a", summary: "A", arguments: arguments) { _, _ in 0 }
    #expect(problems(command) == ["t a: \(problem)"])
  }

  @Test func `Repeated and inherited names are found`() {
    let leaf = Command("b", summary: "B", flags: [.init("x", help: "X.")]) { _, _ in 0 }
    let group = Command("a", summary: "A", options: [.init("x", help: "X.")], subcommands: [leaf, leaf])
    let twice = "t a b: '--x' is there twice"
    #expect(problems(group) == ["t a: the command 'b' is there twice", twice, twice])
    let tool = CommandLineTool(name: "t", summary: "T", version: "1", commands: [leaf, leaf])
    #expect(tool.problems() == ["t: the command 'b' is there twice"])
    let odd = CommandLineTool(name: "t;x", summary: "T", version: "1", commands: [])
    #expect(odd.problems() == ["t;x: 't;x' is not a plain name"])
  }
}
