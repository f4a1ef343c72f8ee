/// A command-line program as a table: parsing, help pages, completion scripts and the manual page all come from it.
public struct CommandLineTool: Sendable {
  public let name: String
  /// One line, without a full stop.
  public let summary: String
  /// Paragraphs, separated by an empty line; shown on the first help page and in the manual.
  public let discussion: String
  public let version: String
  /// The given commands, then `completions`, `man` and `help` where the table has no command of that name.
  public let commands: [Command]
  /// Whether `help` is the standard command, whose arguments are names of commands.
  let hasStandardHelp: Bool

  public init(name: String, summary: String, discussion: String = "", version: String, commands: [Command]) {
    self.name = name
    self.summary = summary
    self.discussion = discussion
    self.version = version
    let taken = Set(commands.map(\.name))
    let standard = Command.standard(for: name).filter { !taken.contains($0.name) }
    self.commands = commands + standard
    self.hasStandardHelp = !taken.contains("help")
  }

  /// The program itself as a command without a name, so that all pages are made the same way.
  var root: Command {
    Command(name, summary: summary, discussion: discussion, subcommands: commands)
  }
}
