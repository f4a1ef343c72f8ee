/// What a command line asks for.
enum Invocation: Sendable {
  case run(Command.Body, ParsedArguments)
  /// The page of the command at the path; the path is empty for the tool's own page.
  case help([Command], GlobalOptions)
  case version(GlobalOptions)

  var global: GlobalOptions {
    switch self {
    case .run(_, let arguments): arguments.global
    case .help(_, let global), .version(let global): global
    }
  }
}
