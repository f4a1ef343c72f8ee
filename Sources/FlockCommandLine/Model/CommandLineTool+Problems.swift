extension CommandLineTool {
  /// Mistakes in the table itself, each as a sentence. A tool's tests should assert that there are none.
  public func problems() -> [String] {
    var found: [String] = []
    if !isPlain(name) { found.append("\(name): '\(name)' is not a plain name") }
    if let twice = firstRepeated(commands.map(\.name)) {
      found.append("\(name): the command '\(twice)' is there twice")
    }
    for command in commands { check(command, path: [name], inherited: [], into: &found) }
    return found
  }

  private func check(_ command: Command, path: [String], inherited: [String], into found: inout [String]) {
    let path = path + [command.name]
    let place = path.joined(separator: " ")
    func report(_ text: String) { found.append("\(place): \(text)") }

    if command.subcommands.isEmpty == (command.run == nil) {
      report("it must have either subcommands or a body, not both and not neither")
    }
    if !command.subcommands.isEmpty && !command.arguments.isEmpty {
      report("a command with subcommands takes no arguments")
    }
    let names = inherited + names(of: command)
    if let twice = firstRepeated(names + GlobalOptions.flags.map { "--" + $0.name } + ["-q", "-h"]) {
      report("'\(twice)' is there twice")
    }
    if let twice = firstRepeated(command.subcommands.map(\.name)) { report("the command '\(twice)' is there twice") }
    for word in [command.name] + names where !isPlain(word) { report("'\(word)' is not a plain name") }
    checkArguments(of: command, report: report)
    for option in command.options {
      if let text = option.defaultValue { checkDefault(text, option.kind, "--\(option.name)", report: report) }
    }
    for subcommand in command.subcommands { check(subcommand, path: path, inherited: names, into: &found) }
  }

  private func checkArguments(of command: Command, report: (String) -> Void) {
    if let early = command.arguments.dropLast().first(where: \.isRepeated) {
      report("<\(early.name)> takes all that is left, so it must be the last")
    }
    if let optional = command.arguments.firstIndex(where: { !$0.isRequired }),
      let late = command.arguments[optional...].first(where: \.isRequired)
    {
      report("<\(late.name)> is required but follows one that is not")
    }
    for argument in command.arguments {
      if let text = argument.defaultValue { checkDefault(text, argument.kind, "<\(argument.name)>", report: report) }
    }
  }

  private func checkDefault(_ text: String, _ kind: ValueKind, _ subject: String, report: (String) -> Void) {
    guard case .failure(let fault) = ParsedValue.parse(text, as: kind) else { return }
    report("the default of \(subject) \(fault.text)")
  }

  /// Options, flags and arguments share one name space, because `ParsedArguments` is asked by name.
  private func names(of command: Command) -> [String] {
    command.arguments.map { "--" + $0.name }
      + command.options.flatMap { ["--" + $0.name] + ($0.short.map { ["-\($0)"] } ?? []) }
      + command.flags.flatMap { ["--" + $0.name] + ($0.short.map { ["-\($0)"] } ?? []) }
  }

  private func firstRepeated(_ names: [String]) -> String? {
    var seen: Set<String> = []
    return names.first { !seen.insert($0).inserted }
  }

  /// Names go unquoted into completion scripts, so only letters, digits and hyphens will do.
  private func isPlain(_ word: String) -> Bool {
    word.utf8.count > 0
      && word.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
        default: false
        }
      }
  }
}
