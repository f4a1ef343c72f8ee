import FlockCommandLine
import Testing

struct ParsingTests {
  private static let base =
    "store=x mode=fifo limit=none timeout=1m30s labels= verbose=0 dry=false json=false quiet=false\n"

  @Test(
    arguments: [
      ("run --store x", base),
      ("run --store=x", base),
      ("run -s x", base),
      ("run -sx", base),
      ("run --store=a=b", base.replacing("store=x", with: "store=a=b")),
      ("run -s - --", base.replacing("store=x", with: "store=-")),
      ("run -s x --mode priority", base.replacing("fifo", with: "priority")),
      ("run -s x -n 5", base.replacing("none", with: "5")),
      ("run -s x --timeout 250ms", base.replacing("1m30s", with: "250ms")),
      ("run -s x -v -v --verbose", base.replacing("verbose=0", with: "verbose=3")),
      ("run -vvs x", base.replacing("verbose=0", with: "verbose=2")),
      ("run -vsx", base.replacing("verbose=0", with: "verbose=1")),
      ("run -vqs x", base.replacing("verbose=0", with: "verbose=1").replacing("quiet=false", with: "quiet=true")),
      ("run -s x -l b --label a -l=c", base.replacing("labels=", with: "labels=b,a,=c")),
      ("run -s x --label=--json", base.replacing("labels=", with: "labels=--json")),
      ("run -s x --label --unheard", base.replacing("labels=", with: "labels=--unheard")),
      ("run -s x --label=", base),
      ("--json run -s x", base.replacing("json=false", with: "json=true")),
      ("run -s x --dry", base.replacing("dry=false", with: "dry=true")),
      ("run --json -s x", base.replacing("json=false", with: "json=true")),
      ("-q run -s x", base.replacing("quiet=false", with: "quiet=true")),
      ("publish bug", "type=bug count=1 files=\n"),
      ("publish bug 2 a b", "type=bug count=2 files=a,b\n"),
      ("publish bug -3 a", "type=bug count=-3 files=a\n"),
      ("publish bug 2 -- -a --json --", "type=bug count=2 files=-a,--json,--\n"),
      ("publish bug --into d 2 - a", "type=bug count=2 files=-,a\n"),
      ("dlq list", "list topic=any all=false\n"),
      ("dlq -t red list", "list topic=red all=false\n"),
      ("dlq list --topic=red -a", "list topic=red all=true\n"),
      ("dlq -- replay -x", "replay id=-x topic=any\n"),
      ("secret", "found\n"),
      ("--version", "flk 1.2.3\n"),
      ("run --version", "flk 1.2.3\n"),
      ("--version --json", "{\"name\":\"flk\",\"version\":\"1.2.3\"}\n"),
    ])
  func `A good line gives the command its values`(line: String, expected: String) async {
    #expect(await sampleTool().outcome(line) == Outcome(status: 0, out: expected, err: ""))
  }

  @Test(
    arguments: [
      ("", "a command is needed: run, publish, dlq, completions, man, help", "flk help"),
      ("--json=1 run", "--json takes no value; write it without '='", "flk help"),
      ("pubish", "unknown command 'pubish'; did you mean 'publish'?", "flk help"),
      ("secre", "unknown command 'secre'", "flk help"),
      ("help dlq lst", "unknown command 'lst' of 'dlq'; did you mean 'list'?", "flk help dlq"),
      ("help run it", "'run' has no commands of its own", "flk help run"),
      ("dlq", "'dlq' needs a command: list, replay", "flk help dlq"),
      ("dlq rplay", "unknown command 'rplay' of 'dlq'; did you mean 'replay'?", "flk help dlq"),
      ("dlq list -t green", "-t must be one of red, blue, not 'green'", "flk help dlq list"),
      ("run", "missing --store <file>", "flk help run"),
      ("publish", "missing <type>", "flk help publish"),
      ("dlq replay", "missing <id>", "flk help dlq replay"),
      ("dlq list x", "unexpected 'x': 'dlq list' takes no arguments", "flk help dlq list"),
      ("dlq replay x y", "unexpected 'y': 'dlq replay' takes one argument", "flk help dlq replay"),
      ("run -s x --stroe y", "unknown option '--stroe'; did you mean '--store'?", "flk help run"),
      ("run -s x --jsn", "unknown option '--jsn'; did you mean '--json'?", "flk help run"),
      ("--store x run", "unknown option '--store' here; it belongs after the command: 'run --store'", "flk help"),
      ("run -vx", "unknown option '-x' in '-vx'", "flk help run"),
      (
        "publish bug -x", "unknown option '-x'; write '--' before an argument that starts with '-'",
        "flk help publish"
      ),
      ("run --store", "--store needs a value: --store <file>", "flk help run"),
      (
        "run --store --dry", "--store needs a value: --store <file>; if '--dry' is meant, write --store=VALUE",
        "flk help run"
      ),
      ("run -s -- x", "-s needs a value: -s <file>", "flk help run"),
      ("run --store= -v", "--store must not be empty", "flk help run"),
      ("run -s x -s y", "--store is given twice; it takes one value", "flk help run"),
      ("run --dry=yes -s x", "--dry takes no value; write it without '='", "flk help run"),
      ("run -s x -n 0", "-n must be 1 to 100, not 0", "flk help run"),
      ("publish bug two", "<count> must be a whole number, not 'two'", "flk help publish"),
      ("run -s x --timeout 2h", "--timeout must be at most 1h, not 2h", "flk help run"),
      (
        "completions csh", "<shell> must be one of bash, zsh, fish, not 'csh'; did you mean 'zsh'?",
        "flk help completions"
      ),
    ])
  func `A bad line ends with 64 and says how to mend it`(line: String, message: String, help: String) async {
    let expected = Outcome(status: 64, out: "", err: "flk: \(message)\nSee '\(help)'.\n")
    #expect(await sampleTool().outcome(line) == expected)
  }

  @Test func `All that is missing is named at once`() async {
    let command = Command(
      "go", summary: "Go", arguments: [.init("from", help: "A."), .init("to", help: "B.")],
      options: [.init("by", isRequired: true, help: "C.")]
    ) { _, _ in 0 }
    let outcome = await sampleTool(extra: [command]).outcome("go")
    #expect(outcome.err == "flk: missing <from> and <to> and --by <text>\nSee 'flk help go'.\n")
  }

  @Test(arguments: ["run --help", "--help run", "run -h --stroe", "help run", "--json help run", "run -vh"])
  func `Help is shown before and instead of complaints`(line: String) async {
    let tool = sampleTool()
    let outcome = await tool.outcome(line)
    #expect(outcome.status == 0 && outcome.err.isEmpty)
    #expect(outcome.out.hasPrefix("Run agents until they are idle\n\nUsage: flk run"))
  }

  @Test func `Too many words and too long words are refused`() async {
    let tool = sampleTool()
    let many = await tool.outcome(["publish"] + Array(repeating: "a", count: CommandLineTool.maximumWords))
    #expect(many.status == 64)
    #expect(many.err.hasPrefix("flk: more than 100000 words"))
    let long = String(repeating: "b", count: CommandLineTool.maximumWordBytes + 1)
    let outcome = await tool.outcome(["publish", "bug", "1", long])
    #expect(outcome.status == 64)
    #expect(outcome.err.contains("is longer than 131072 bytes") && outcome.err.utf8.count < 300)
  }

  @Test func `A path of names leads to the commands`() throws {
    let tool = sampleTool()
    #expect(try tool.path(of: []).isEmpty)
    let found = try tool.path(of: ["dlq", "replay"]).map(\.summary)
    #expect(found == ["Look after dead letters", "Publish dead letters again"])
    let fault = UsageError("unknown command 'x' of 'dlq'", help: "flk help dlq")
    #expect(throws: fault) { try tool.path(of: ["dlq", "x"]) }
  }

  /// Whatever comes, the answer is a status and a text, never a stop of the process.
  @Test func `Random lines are answered`() async {
    let pieces = [
      "run", "publish", "dlq", "list", "-", "--", "---", "-s", "-vvv", "--store", "--store=", "=", "--=x", "-1",
      "bug", "", "\u{301}", "-\u{301}", "--json", "😀", "--label", "-l", "x", "help", "-t", "red", "\0",
    ]
    var generator = Linear(state: 42)
    let tool = sampleTool()
    var statuses: Set<Int32> = []
    for _ in 0..<3000 {
      let count = Int.random(in: 0...6, using: &generator)
      let words = (0..<count).map { _ in pieces.randomElement(using: &generator) ?? "" }
      let outcome = await tool.outcome(words)
      statuses.insert(outcome.status)
      let isTold = outcome.err.hasSuffix("}\n") || outcome.err.hasSuffix("'.\n")
      #expect(outcome.status == 0 ? outcome.err.isEmpty : isTold)
    }
    #expect(statuses == [0, 64])
  }
}

/// Knuth's 64-bit linear congruence, for repeatable tests.
private struct Linear: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state ^ state >> 33
  }
}
