extension Command.Argument {
  /// `<name>`, `[<name>]`, `<name>...`, `[<name>...]`.
  var usage: String {
    let word = "<\(name)>\(isRepeated ? "..." : "")"
    return isRequired ? word : "[\(word)]"
  }

  var label: String { "<\(name)>" }

  /// The help text with what a reader must know of the value.
  var fullHelp: String { help + Command.notes(kind, words: true, defaultValue, isRequired: false, isRepeated: false) }
}

extension Command.Option {
  var usage: String { "--\(name) <\(valueName)>" }
  var label: String { (short.map { "-\($0), " } ?? "    ") + usage }

  var fullHelp: String {
    let hidesWords = valueName != kind.word
    return help + Command.notes(kind, words: hidesWords, defaultValue, isRequired: isRequired, isRepeated: isRepeated)
  }
}

extension Command.Flag {
  var label: String { (short.map { "-\($0), " } ?? "    ") + "--\(name)" }
}

extension Command {
  fileprivate static func notes(
    _ kind: ValueKind, words showsWords: Bool, _ defaultValue: String?, isRequired: Bool, isRepeated: Bool
  ) -> String {
    var notes: [String] = []
    if showsWords, case .enumeration(let words) = kind { notes.append("one of \(words.joined(separator: ", "))") }
    if let bounds = kind.bounds { notes.append(bounds) }
    if let defaultValue { notes.append("default: \(defaultValue.isEmpty ? "empty" : defaultValue)") }
    if isRequired { notes.append("required") }
    if isRepeated { notes.append("may be repeated") }
    return notes.isEmpty ? "" : " (\(notes.joined(separator: "; ")))"
  }
}

extension CommandLineTool {
  /// `flockctl dlq replay [options] <id>...`
  func usageLine(for path: [Command]) -> String {
    let command = path.last ?? root
    var words = [name] + path.map(\.name)
    let options = path.flatMap(\.options)
    if !command.subcommands.isEmpty { return (words + ["<command>"]).joined(separator: " ") }
    words += options.filter(\.isRequired).map(\.usage)
    let hasMore = options.contains { !$0.isRequired } || path.contains { !$0.flags.isEmpty }
    if hasMore { words.append("[options]") }
    return (words + command.arguments.map(\.usage)).joined(separator: " ")
  }

  /// The options and flags of a command, its own first, then those of the groups that it is in.
  func switchRows(for path: [Command]) -> [(label: String, text: String)] {
    path.reversed().flatMap { command in
      command.options.map { ($0.label, $0.fullHelp) } + command.flags.map { ($0.label, $0.help) }
    }
  }

  static var globalRows: [(label: String, text: String)] { GlobalOptions.flags.map { ($0.label, $0.help) } }

  /// Codes that hold everywhere, and the command's own.
  func exitCodes(of command: Command) -> [ExitCode] {
    let all = Set([.success, .failure, .usage] + command.exitCodes)
    return ExitCode.allCases.filter(all.contains)
  }
}
