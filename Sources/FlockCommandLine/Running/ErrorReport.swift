/// An error as the user sees it: a status and a text.
struct ErrorReport: Equatable {
  let exitCode: ExitCode
  let message: String
  /// What to type for help, for mistakes in the command line.
  let help: String?

  init(_ error: any Error) {
    switch error {
    case let error as UsageError: self.init(.usage, error.message, help: error.help)
    case let error as any ExitCodeProviding: self.init(error.exitCode, String(describing: error))
    case is CancellationError: self.init(.interrupted, "interrupted")
    default: self.init(.failure, String(describing: error))
    }
  }

  init(_ exitCode: ExitCode, _ message: String, help: String? = nil) {
    self.exitCode = exitCode
    self.message = message
    self.help = help
  }

  /// `TOOL: message`, and where to read more.
  func text(label: String) -> String {
    let hint = help.map { "\nSee '\($0)'." } ?? ""
    return "\(label) \(Quoted.printable(message, keepingLines: true))\(hint)\n"
  }

  /// `{"error":{"status":64,"kind":"usage","message":"...","help":"..."}}` and a line end; `help` only where there is
  /// one.
  var json: String {
    let hint = help.map { #","help":\#(JSONString.encode($0))"# } ?? ""
    let start = #"{"error":{"status":\#(exitCode.rawValue),"kind":"\#(exitCode)","message":"#
    return "\(start)\(JSONString.encode(message))\(hint)}}\n"
  }
}
