import FlockCommandLine
import Testing

private let hasFish = Program.path(of: "fish") != nil

@Suite(.enabled(if: hasFish, "fish is not installed"))
struct FishCompletionTests {
  private func folder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write(sampleTool().completionScript(for: .fish), to: "script")
    try folder.makeFolder("data")
    try folder.write("", to: "data.json")
    return folder
  }

  /// Names without their descriptions, sorted.
  private func offers(_ line: String) throws -> [String] {
    let folder = try folder()
    let result = try Program.run(
      "fish", ["--no-config", "-c", "source ./script; complete -C $argv[1]", line], in: folder,
      environment: ["HOME": folder.path])
    #expect(result.status == 0)
    #expect(result.err.isEmpty)
    return result.out.split(separator: "\n").map { String($0.prefix { $0 != "\t" }) }.sorted()
  }

  @Test func `fish finds no mistake in the script`() throws {
    let result = try Program.run("fish", ["--no-config", "--no-execute", "script"], in: try folder())
    #expect(result.status == 0 && result.err.isEmpty)
  }

  @Test(
    arguments: [
      ("flk ", ["completions", "dlq", "help", "man", "publish", "run"]),
      ("flk p", ["publish"]),
      ("flk --json ru", ["run"]),
      ("flk dlq ", ["list", "replay"]),
      ("flk dlq -t red li", ["list"]),
      ("flk dlq list --t", ["--topic"]),
      ("flk dlq list -t ", ["blue", "red"]),
      ("flk run --mode ", ["deadline", "fifo", "priority"]),
      ("flk run --mode=p", ["--mode=priority"]),
      ("flk run --limit ", []),
      ("flk run --store da", ["data.json", "data/"]),
      ("flk publish ", ["a:b", "bug", "fix", "text/plain"]),
      ("flk publish bug ", []),
      ("flk publish bug 1 da", ["data.json", "data/"]),
      ("flk publish bug 1 x y z data.", ["data.json"]),
      ("flk publish bug --into da", ["data/"]),
      ("flk completions ", ["bash", "fish", "zsh"]),
      ("flk help ", ["completions", "dlq", "help", "man", "publish", "run"]),
      ("flk help dlq ", ["list", "replay"]),
      ("flk help publish ", []),
    ])
  func `fish offers what may follow`(line: String, expected: [String]) throws {
    #expect(try offers(line) == expected)
  }
}
