extension Command {
  /// Commands that every tool has. They read the table of the tool that runs them, from the context.
  static func standard(for tool: String) -> [Command] {
    [completions(for: tool), manual(for: tool), help(for: tool)]
  }

  private static func completions(for tool: String) -> Command {
    Command(
      "completions",
      summary: "Print a completion script for a shell",
      discussion: "The script holds the whole table and never calls back into \(tool).",
      arguments: [.init("shell", .choice(of: Shell.self), help: "The shell to write for.")],
      examples: [
        .init("source <(\(tool) completions bash)", help: "Complete in this bash."),
        .init("\(tool) completions zsh > ~/.zfunc/_\(tool)", help: "Complete in zsh, with ~/.zfunc in fpath."),
        .init("\(tool) completions fish > ~/.config/fish/completions/\(tool).fish", help: "Complete in fish."),
      ]
    ) { arguments, context in
      guard let tool = context.tool else { return ExitCode.failure.rawValue }
      context.out.write(tool.completionScript(for: arguments.choice("shell", of: Shell.self)))
      return ExitCode.success.rawValue
    }
  }

  private static func manual(for tool: String) -> Command {
    Command(
      "man",
      summary: "Print the manual page, in roff",
      examples: [.init("\(tool) man | man -l -", help: "Read it.")]
    ) { _, context in
      guard let tool = context.tool else { return ExitCode.failure.rawValue }
      context.out.write(tool.manualPage())
      return ExitCode.success.rawValue
    }
  }

  private static func help(for tool: String) -> Command {
    Command(
      "help",
      summary: "Show help for a command",
      arguments: [.init("command", isRequired: false, isRepeated: true, help: "The command, word by word.")]
    ) { arguments, context in
      guard let tool = context.tool else { return ExitCode.failure.rawValue }
      let path = try tool.path(of: arguments.strings("command"))
      context.out.write(tool.helpPage(for: path, columns: context.columns))
      return ExitCode.success.rawValue
    }
  }
}
