/// Reads one command line, word by word.
///
/// Options may stand before, between and after arguments; `--` ends them. A group's options hold for its commands, from
/// the group's name on. A word is not taken as an option's value if it is `--` or a switch that is known there; such a
/// value is written `--name=value`. `-` alone and negative numbers are arguments.
struct CommandLineParser {
  let tool: CommandLineTool
  private var words: ArraySlice<String>
  private(set) var path: [Command] = []
  private var switches = Switches()
  private var global = GlobalOptions()
  private var wantsHelp = false
  private var wantsVersion = false
  private var positional: [String] = []
  private var values: [String: [ParsedValue]] = [:]
  private var counts: [String: Int] = [:]

  init(_ tool: CommandLineTool, _ words: [String]) {
    self.tool = tool
    self.words = words[...]
  }

  /// - Throws: ``UsageError``; not when help was asked for before the mistake.
  mutating func parse() throws(UsageError) -> Invocation {
    do {
      try checkLimits()
      try readWords()
    } catch {
      if wantsHelp { return .help(path, global) }
      throw error
    }
    if wantsHelp { return .help(path, global) }
    if wantsVersion { return .version(global) }
    guard let body = current.run else { throw commandNeeded() }
    try bindArguments()
    return .run(body, ParsedArguments(global: global, values: values, counts: counts))
  }

  private func checkLimits() throws(UsageError) {
    if words.count > CommandLineTool.maximumWords {
      throw usage("more than \(CommandLineTool.maximumWords) words; pass files that hold the rest")
    }
    if let long = words.first(where: { $0.utf8.count > CommandLineTool.maximumWordBytes }) {
      throw usage("\(Quoted.text(long)) is longer than \(CommandLineTool.maximumWordBytes) bytes; pass it in a file")
    }
  }

  private mutating func readWords() throws(UsageError) {
    var optionsEnded = false
    while let word = words.popFirst() {
      if optionsEnded || !isSwitch(word) {
        try take(word)
      } else if word == "--" {
        optionsEnded = true
      } else if word.hasPrefix("--") {
        try takeLong(word)
      } else {
        try takeShort(word)
      }
    }
  }

  private func isSwitch(_ word: String) -> Bool {
    guard word.hasPrefix("-"), word != "-" else { return false }
    guard let second = word.dropFirst().first, second.isASCII, second.isNumber else { return true }
    return switches["-\(second)"] != nil
  }

  // MARK: Commands and arguments

  private var current: Command { path.last ?? tool.root }

  private mutating func take(_ word: String) throws(UsageError) {
    if current.subcommands.isEmpty {
      positional.append(word)
      return
    }
    enter(try tool.command(word, in: path))
  }

  private mutating func enter(_ command: Command) {
    path.append(command)
    switches.add(command)
    for option in command.options { values[option.name] = [] }
    for argument in command.arguments { values[argument.name] = [] }
    for flag in command.flags { counts[flag.name] = 0 }
  }

  private mutating func bindArguments() throws(UsageError) {
    var rest = positional[...]
    var missing: [String] = []
    for argument in current.arguments {
      let texts = argument.isRepeated ? rest : rest.prefix(1)
      rest = rest.dropFirst(texts.count)
      for text in texts { try add(text, argument.name, argument.kind, "<\(argument.name)>") }
      guard texts.isEmpty else { continue }
      if let text = argument.defaultValue {
        addDefault(text, argument.name, argument.kind)
      } else if argument.isRequired {
        missing.append("<\(argument.name)>")
      }
    }
    for option in path.flatMap(\.options) where values[option.name, default: []].isEmpty {
      if let text = option.defaultValue {
        addDefault(text, option.name, option.kind)
      } else if option.isRequired {
        missing.append("--\(option.name) <\(option.valueName)>")
      }
    }
    if let extra = rest.first { throw unexpected(extra) }
    if !missing.isEmpty { throw usage("missing \(missing.joined(separator: " and "))") }
  }

  // MARK: Options and flags

  private mutating func takeLong(_ word: String) throws(UsageError) {
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let name = parts[0]
    switch switches[name] {
    case .option(let option): try take(option, spelling: name, attached: parts.count == 2 ? parts[1] : nil)
    case .flag, .global:
      if parts.count == 2 { throw usage("\(name) takes no value; write it without '='") }
      count(name)
    case nil: throw unknownSwitch(name)
    }
  }

  /// `-v`, `-vvq`, `-n5`, `-vn 5`.
  private mutating func takeShort(_ word: String) throws(UsageError) {
    var letters = word.dropFirst()
    while let letter = letters.popFirst() {
      let spelling = "-\(letter)"
      switch switches[spelling] {
      case .option(let option):
        try take(option, spelling: spelling, attached: letters.isEmpty ? nil : String(letters))
        return
      case .flag, .global: count(spelling)
      case nil: throw unknownSwitch(spelling, in: word)
      }
    }
  }

  private mutating func take(
    _ option: Command.Option, spelling: String, attached: String?
  ) throws(UsageError) {
    if !option.isRepeated && !values[option.name, default: []].isEmpty {
      throw usage("--\(option.name) is given twice; it takes one value")
    }
    var value = attached
    if value == nil, let next = words.first, next != "--", !isKnownSwitch(next) { value = words.popFirst() }
    guard let value else {
      let hint = words.first.map { $0 == "--" ? "" : "; if \(Quoted.text($0)) is meant, write --\(option.name)=VALUE" }
      throw usage("\(spelling) needs a value: \(spelling) <\(option.valueName)>\(hint ?? "")")
    }
    try add(value, option.name, option.kind, spelling)
  }

  private func isKnownSwitch(_ word: String) -> Bool {
    guard word.hasPrefix("-"), word != "-" else { return false }
    if word.hasPrefix("--") { return switches[String(word.prefix { $0 != "=" })] != nil }
    return switches[String(word.prefix(2))] != nil
  }

  private mutating func count(_ spelling: String) {
    switch switches[spelling] {
    case .flag(let flag): counts[flag.name, default: 0] += 1
    case .global(let flag):
      switch flag.name {
      case "json": global.json = true
      case "quiet": global.quiet = true
      case "no-color": global.noColor = true
      case "help": wantsHelp = true
      case "version": wantsVersion = true
      default: preconditionFailure("the global flag '\(flag.name)' does nothing")
      }
    case .option, nil: preconditionFailure("\(spelling) is no flag")
    }
  }

  private mutating func add(
    _ text: String, _ name: String, _ kind: ValueKind, _ subject: String
  ) throws(UsageError) {
    switch ParsedValue.parse(text, as: kind) {
    case .success(let value): values[name, default: []].append(value)
    case .failure(let fault): throw usage("\(subject) \(fault.text)")
    }
  }

  private mutating func addDefault(_ text: String, _ name: String, _ kind: ValueKind) {
    switch ParsedValue.parse(text, as: kind) {
    case .success(let value): values[name, default: []].append(value)
    case .failure(let fault): preconditionFailure("the default of '\(name)' \(fault.text)")
    }
  }

  // MARK: Mistakes

  private func usage(_ message: String) -> UsageError { tool.usage(message, for: path) }

  private func commandNeeded() -> UsageError {
    let subject = path.isEmpty ? "a command is needed" : "'\(path.map(\.name).joined(separator: " "))' needs a command"
    return usage("\(subject): \(current.visibleSubcommands.map(\.name).joined(separator: ", "))")
  }

  private func unexpected(_ word: String) -> UsageError {
    let count = current.arguments.count
    let taken = count == 0 ? "no arguments" : count == 1 ? "one argument" : "\(count) arguments"
    return usage("unexpected \(Quoted.text(word)): '\(path.map(\.name).joined(separator: " "))' takes \(taken)")
  }

  private func unknownSwitch(_ spelling: String, in word: String? = nil) -> UsageError {
    let place = word.map { $0 == spelling ? "" : " in \(Quoted.text($0))" } ?? ""
    let start = "unknown option \(Quoted.text(spelling))\(place)"
    // Known further down: the word stands too early.
    let later = current.visibleSubcommands.first { command in
      var below = Switches()
      below.add(command)
      return below[spelling] != nil
    }
    if let later { return usage("\(start) here; it belongs after the command: '\(later.name) \(spelling)'") }
    if word != nil && spelling != word { return usage(start) }
    if spelling.hasPrefix("--") {
      return usage(start + Suggestion.phrase(for: spelling, among: switches.longNames))
    }
    return usage("\(start); write '--' before an argument that starts with '-'")
  }
}
