/// A visible command as completion sees it: what may follow it.
struct CompletionNode {
  /// The names of the commands that lead here; none for the tool itself.
  let names: [String]
  let command: Command
  /// Own, those of the groups around it, and for every command: the flags.
  let options: [Command.Option]
  let flags: [Command.Flag]

  /// `/` for the tool, `/dlq/replay/` for a command. Names are plain, so that no two places are alike.
  var place: String { "/" + names.map { $0 + "/" }.joined() }

  var subcommands: [Command] { command.visibleSubcommands }

  /// The index of the argument that takes all that is left.
  var repeatedIndex: Int? { command.arguments.firstIndex(where: \.isRepeated) }

  /// The spellings of the options, which take a value.
  var valuedSpellings: [String] { options.flatMap(\.spellings) }
  var allSpellings: [String] { valuedSpellings + flags.flatMap(\.spellings) }
}

extension Command.Option {
  var spellings: [String] { ["--" + name] + (short.map { ["-\($0)"] } ?? []) }
}

extension Command.Flag {
  var spellings: [String] { ["--" + name] + (short.map { ["-\($0)"] } ?? []) }
}

extension CommandLineTool {
  /// The script that teaches a shell this tool's commands, options and values. It holds the table and needs neither the
  /// tool nor other completion packages when it runs. Hidden commands are left out.
  public func completionScript(for shell: Shell) -> String {
    switch shell {
    case .bash: BashCompletion(tool: self).script
    case .zsh: ZshCompletion(tool: self).script
    case .fish: FishCompletion(tool: self).script
    }
  }

  /// The tool itself, then all visible commands, each before those below it.
  var completionNodes: [CompletionNode] {
    func nodes(_ path: [Command]) -> [CompletionNode] {
      let command = path.last ?? root
      let node = CompletionNode(
        names: path.map(\.name), command: command, options: path.flatMap(\.options),
        flags: path.flatMap(\.flags) + GlobalOptions.flags)
      return [node] + command.visibleSubcommands.flatMap { nodes(path + [$0]) }
    }
    return nodes([])
  }

  /// The name as part of a shell function's name.
  var shellIdentifier: String { name.split(separator: "-", omittingEmptySubsequences: false).joined(separator: "_") }
}

/// Literals that the three shells read alike.
enum ShellText {
  /// In single quotes, for bash and zsh.
  static func quoted(_ text: String) -> String {
    "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }

  /// In single quotes, for fish, where a backslash escapes within them.
  static func fishQuoted(_ text: String) -> String {
    var result = "'"
    for character in text {
      if character == "'" || character == "\\" { result += "\\" }
      result.append(character)
    }
    return result + "'"
  }
}
