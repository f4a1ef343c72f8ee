/// One command of a tool. A command either has `subcommands` or does something itself (`run`), never both.
public struct Command: Sendable {
  public typealias Body = @Sendable (ParsedArguments, CommandContext) async throws -> Int32

  public let name: String
  /// One line, without a full stop.
  public let summary: String
  /// Paragraphs, separated by an empty line. A paragraph that starts with two spaces is printed as it is.
  public let discussion: String
  public let arguments: [Argument]
  public let options: [Option]
  public let flags: [Flag]
  public let examples: [Example]
  public let subcommands: [Command]
  /// The codes that this command can end with, beside 0 and 64, which hold everywhere.
  public let exitCodes: [ExitCode]
  /// Left out of help and completions; it still runs.
  public let isHidden: Bool
  public let run: Body?

  public init(
    _ name: String,
    summary: String,
    discussion: String = "",
    arguments: [Argument] = [],
    options: [Option] = [],
    flags: [Flag] = [],
    examples: [Example] = [],
    subcommands: [Command] = [],
    exitCodes: [ExitCode] = [],
    isHidden: Bool = false,
    run: Body? = nil
  ) {
    self.name = name
    self.summary = summary
    self.discussion = discussion
    self.arguments = arguments
    self.options = options
    self.flags = flags
    self.examples = examples
    self.subcommands = subcommands
    self.exitCodes = exitCodes
    self.isHidden = isHidden
    self.run = run
  }

  var visibleSubcommands: [Command] { subcommands.filter { !$0.isHidden } }
}
