/// The command line is wrong. Says what to change and where to read more; ends the program with 64.
public struct UsageError: ExitCodeProviding, Hashable, CustomStringConvertible {
  public let message: String
  /// What to type to read about it, such as `flockctl help run`.
  public let help: String

  public init(_ message: String, help: String) {
    self.message = message
    self.help = help
  }

  public var exitCode: ExitCode { .usage }
  public var description: String { "\(message)\nSee '\(help)'." }
}
