/// What every command understands, before or after its name.
public struct GlobalOptions: Sendable, Equatable {
  /// Data is printed as JSON, one value a line.
  public var json = false
  /// Nothing but data and errors.
  public var quiet = false
  /// No colour, whatever the terminal can do.
  public var noColor = false

  public init(json: Bool = false, quiet: Bool = false, noColor: Bool = false) {
    self.json = json
    self.quiet = quiet
    self.noColor = noColor
  }

  static let flags: [Command.Flag] = [
    .init("json", help: "Print data as JSON, one value a line."),
    .init("quiet", short: "q", help: "Print data and errors only."),
    .init("no-color", help: "Print without colour, as with NO_COLOR in the environment."),
    .init("help", short: "h", help: "Show help and stop."),
    .init("version", help: "Show the version and stop."),
  ]
}
