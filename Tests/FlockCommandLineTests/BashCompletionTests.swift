import FlockCommandLine
import Testing

private let hasBash = Program.path(of: "bash") != nil

@Suite(.enabled(if: hasBash, "bash is not installed"))
struct BashCompletionTests {
  /// Sources the script in a new bash and asks it as readline would, with words cut as `COMP_WORDBREAKS` says.
  private static let driver = """
    set -u
    source ./script
    [[ -n ${BREAKS+x} ]] && COMP_WORDBREAKS=$BREAKS
    COMP_WORDS=("$@")
    COMP_CWORD=$(($# - 1))
    COMP_LINE=$LINE
    COMP_POINT=${#COMP_LINE}
    _flk flk "${COMP_WORDS[COMP_CWORD]}" ""
    ((${#COMPREPLY[@]} > 0)) && printf '%s\\n' "${COMPREPLY[@]}"
    exit 0

    """

  private func folder(_ tool: CommandLineTool = sampleTool()) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write(tool.completionScript(for: .bash), to: "script")
    try folder.write(Self.driver, to: "driver")
    try folder.makeFolder("data")
    try folder.write("", to: "data.json")
    try folder.write("", to: "two words.json")
    return folder
  }

  /// What bash offers after `line`, sorted. `|` in the line marks where readline cuts without a blank.
  private func offers(_ line: String, in folder: TemporaryFolder, breaks: String? = nil) throws -> [String] {
    let words = line.split(separator: " ", omittingEmptySubsequences: false)
      .flatMap { $0.split(separator: "|", omittingEmptySubsequences: false) }.map(String.init)
    var environment = ["LINE": line.replacing("|", with: "")]
    environment["BREAKS"] = breaks
    let result = try Program.run("bash", ["--norc", "driver"] + words, in: folder, environment: environment)
    #expect(result.status == 0)
    #expect(result.err.isEmpty)
    return result.out.split(separator: "\n").map(String.init).sorted()
  }

  private static let globals = ["--help", "--json", "--no-color", "--quiet", "--version", "-h", "-q"]

  @Test func `bash finds no mistake in the script`() throws {
    let result = try Program.run("bash", ["-n", "script"], in: try folder())
    #expect(result.status == 0)
    #expect(result.out.isEmpty && result.err.isEmpty)
  }

  @Test func `The script binds its function to the tool's name`() throws {
    let result = try Program.run("bash", ["--norc", "-c", "source ./script; complete -p flk"], in: try folder())
    #expect(result.out == "complete -F _flk flk\n")
  }

  @Test(
    arguments: [
      ("flk ", ["completions", "dlq", "help", "man", "publish", "run"]),
      ("flk p", ["publish"]),
      ("flk -", globals),
      ("flk --json ru", ["run"]),
      ("flk nothing ", []),
      ("flk secret", []),
      ("flk dlq ", ["list", "replay"]),
      ("flk dlq -t red li", ["list"]),
      ("flk dlq -", (globals + ["--all", "--topic", "-a", "-t"]).sorted()),
      ("flk dlq list --t", ["--topic"]),
      ("flk dlq list -t ", ["blue", "red"]),
      ("flk dlq -at ", ["blue", "red"]),
      ("flk dlq -tred ", ["list", "replay"]),
      ("flk dlq list ", []),
      ("flk run --mode ", ["deadline", "fifo", "priority"]),
      ("flk run -s x -m d", ["deadline"]),
      ("flk run --mode|=", ["deadline", "fifo", "priority"]),
      ("flk run --mode|=|p", ["priority"]),
      ("flk run --mode|=|fifo --d", ["--dry"]),
      ("flk run --limit ", []),
      ("flk run --store da", ["data", "data.json"]),
      ("flk run --store|=|data.", ["data.json"]),
      ("flk run --label -- --v", ["--verbose", "--version"]),
      ("flk run two", []),
      ("flk publish ", ["a:b", "bug", "fix", "text/plain"]),
      ("flk publish a|:", ["b"]),
      ("flk publish a|:|b 1 data.", ["data.json"]),
      ("flk publish bug ", []),
      ("flk publish bug 1 tw", ["two words.json"]),
      ("flk publish bug 1 x y z data.", ["data.json"]),
      ("flk publish bug --into da", ["data"]),
      ("flk publish bug 1 -- --js", []),
      ("flk completions ", ["bash", "fish", "zsh"]),
      ("flk help ", ["completions", "dlq", "help", "man", "publish", "run"]),
      ("flk help dlq ", ["list", "replay"]),
      ("flk help dlq list ", []),
      ("flk help publish ", []),
      ("flk help --", []),
    ])
  func `bash offers what may follow`(line: String, expected: [String]) throws {
    #expect(try offers(line, in: try folder()) == expected)
  }

  @Test(
    arguments: [
      ("flk run --mode=p", ["--mode=priority"]), ("flk run --store=data.", ["--store=data.json"]),
      ("flk publish a:", ["a:b"]), ("flk publish a:b 1 data.", ["data.json"]),
    ])
  func `Where bash does not cut words, it gets whole ones`(line: String, expected: [String]) throws {
    #expect(try offers(line, in: try folder(), breaks: " \t\n") == expected)
  }

  @Test func `Words that mean something to a shell are only words`() throws {
    let words = ["it's", "$(touch hacked)", "`touch hacked`", "a b", "*", "\\", "\"x\""]
    let command = Command(
      "odd", summary: "It's `odd` $(x)", arguments: [.init("w", .enumeration(words), help: "'")]
    ) { _, _ in 0 }
    let folder = try folder(sampleTool(extra: [command]))
    let expected = [
      #"it\'s"#, #"\$\(touch\ hacked\)"#, #"\`touch\ hacked\`"#, #"a\ b"#, #"\*"#, #"\\"#, #"\"x\""#,
    ]
    #expect(try offers("flk odd ", in: folder) == expected.sorted())
    #expect(try Program.run("ls", ["hacked"], in: folder).status != 0)
  }

  @Test func `A tool's name may have hyphens`() throws {
    let tool = CommandLineTool(name: "my-tool", summary: "Mine", version: "1", commands: [])
    let folder = try TemporaryFolder()
    try folder.write(tool.completionScript(for: .bash), to: "script")
    let line = "source ./script; complete -p my-tool; type -t _my_tool"
    let result = try Program.run("bash", ["--norc", "-c", line], in: folder)
    #expect(result.out == "complete -F _my_tool my-tool\nfunction\n")
  }

  @Test func `The command prints the script`() async {
    let tool = sampleTool()
    for shell in Shell.allCases {
      let expected = Outcome(status: 0, out: tool.completionScript(for: shell), err: "")
      #expect(await tool.outcome("completions \(shell.rawValue)") == expected)
    }
  }
}
