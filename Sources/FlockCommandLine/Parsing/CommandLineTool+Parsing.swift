extension CommandLineTool {
  /// More words than this are refused.
  public static let maximumWords = 100_000
  /// A longer word is refused; Linux itself passes no longer one (`MAX_ARG_STRLEN`).
  public static let maximumWordBytes = 131_072

  /// Reads the words after the program's name.
  func parse(_ words: [String]) throws(UsageError) -> Invocation {
    var parser = CommandLineParser(self, words)
    return try parser.parse()
  }

  /// The commands that the words name, from the outermost on; none for no words.
  ///
  /// - Throws: ``UsageError`` with the closest names, if a word names no command.
  public func path(of words: [String]) throws(UsageError) -> [Command] {
    var path: [Command] = []
    for word in words {
      if let last = path.last, last.subcommands.isEmpty {
        throw usage("'\(path.map(\.name).joined(separator: " "))' has no commands of its own", for: path)
      }
      path.append(try command(word, in: path))
    }
    return path
  }

  /// The command with this name at the path.
  func command(_ word: String, in path: [Command]) throws(UsageError) -> Command {
    let group = path.last ?? root
    if let found = group.subcommands.first(where: { $0.name == word }) { return found }
    let visible = group.visibleSubcommands.map(\.name)
    let hint = Suggestion.phrase(for: word, among: visible)
    let place = path.isEmpty ? "" : " of '\(path.map(\.name).joined(separator: " "))'"
    throw usage("unknown command \(Quoted.text(word))\(place)\(hint)", for: path)
  }

  func usage(_ message: String, for path: [Command]) -> UsageError {
    UsageError(message, help: ([name, "help"] + path.map(\.name)).joined(separator: " "))
  }
}
