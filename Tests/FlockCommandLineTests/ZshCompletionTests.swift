import FlockCommandLine
import Testing

private let hasZsh = Program.path(of: "zsh") != nil

@Suite(.enabled(if: hasZsh, "zsh is not installed"))
struct ZshCompletionTests {
  /// Types a line into an interactive zsh and presses tab. What would be inserted is printed by a `compadd` that stands
  /// before the real one: its `-O` gives the matches.
  private static let driver = #"""
    zmodload zsh/zpty || exit 9
    zpty shell "PS1= TERM=dumb zsh -f -i"
    zpty -w shell 'stty -echo; unsetopt zle_bracketed_paste 2>/dev/null; PS1= PS2= RPS1=; source ./setup'
    zpty -r shell output '*READY*' || exit 8
    zpty -n -w shell "$1"$'\t'
    zpty -r shell output '*FINISHED*' || exit 7
    print -r -- "$output"
    zpty -d shell

    """#

  private static let setup = #"""
    autoload -Uz compinit
    compinit -u -D
    source ./script
    compadd() {
      if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then
        builtin compadd "$@"
        return
      fi
      local -a hits
      builtin compadd -O hits "$@"
      (( $#hits )) && printf '\n<%s>\n' "${hits[@]}"
      builtin compadd "$@"
    }
    finished() { print FINISHED }
    comppostfuncs=(finished)
    bindkey '^I' complete-word
    print READY

    """#

  private func folder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write(sampleTool().completionScript(for: .zsh), to: "script")
    try folder.write(Self.driver, to: "driver")
    try folder.write(Self.setup, to: "setup")
    try folder.makeFolder("data")
    try folder.write("", to: "data.json")
    return folder
  }

  private func offers(_ line: String) throws -> Set<String> {
    let folder = try folder()
    let result = try Program.run("zsh", ["-f", "driver", line], in: folder, environment: ["HOME": folder.path])
    #expect(result.status == 0)
    let lines = result.out.split(whereSeparator: \.isNewline)
    return Set(lines.filter { $0.hasPrefix("<") && $0.hasSuffix(">") }.map { String($0.dropFirst().dropLast()) })
  }

  @Test func `zsh finds no mistake in the script`() throws {
    let result = try Program.run("zsh", ["-f", "-n", "script"], in: try folder())
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
      ("flk run --mode=p", ["priority"]),
      ("flk run --limit ", []),
      ("flk run --store da", ["data", "data.json"]),
      ("flk publish ", ["a:b", "bug", "fix", "text/plain"]),
      ("flk publish bug 1 x y z data.", ["data.json"]),
      ("flk publish bug --into da", ["data"]),
      ("flk completions ", ["bash", "fish", "zsh"]),
      ("flk help ", ["completions", "dlq", "help", "man", "publish", "run"]),
      ("flk help dlq ", ["list", "replay"]),
      ("flk help publish ", []),
    ] as [(String, Set<String>)])
  func `zsh offers what may follow`(line: String, expected: Set<String>) throws {
    #expect(try offers(line) == expected)
  }
}
