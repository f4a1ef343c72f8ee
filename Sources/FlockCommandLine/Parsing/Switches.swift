/// Something that starts with a hyphen.
enum Switch: Sendable {
  case option(Command.Option)
  case flag(Command.Flag)
  case global(Command.Flag)

  var takesValue: Bool {
    if case .option = self { true } else { false }
  }
}

/// The switches that are known at one place of the command line, by spelling: `--name` and `-n`.
struct Switches: Sendable {
  private var table: [String: Switch] = [:]
  /// The long spellings in the order of the table; these are suggested.
  private(set) var longNames: [String] = []

  init() {
    for flag in GlobalOptions.flags { add(.global(flag), flag.name, flag.short) }
  }

  mutating func add(_ command: Command) {
    for option in command.options { add(.option(option), option.name, option.short) }
    for flag in command.flags { add(.flag(flag), flag.name, flag.short) }
  }

  private mutating func add(_ item: Switch, _ name: String, _ short: Character?) {
    table["--" + name] = item
    longNames.append("--" + name)
    if let short { table["-\(short)"] = item }
  }

  subscript(spelling: String) -> Switch? { table[spelling] }
}
