extension CommandLineTool {
  /// The help page of the command at the path (see ``path(of:)``), or of the tool itself for an empty path.
  ///
  /// - Parameter columns: The width to lay the text out for; widths under 40 and over 100 count as these.
  public func helpPage(for path: [Command], columns: Int) -> String {
    let width = min(max(columns, TextLayout.widths.lowerBound), TextLayout.widths.upperBound)
    let command = path.last ?? root
    var page = TextLayout.wrap(command.summary, width: width)
    page += [""] + usageLines(for: path, width)
    for paragraph in TextLayout.paragraphs(command.discussion) {
      switch paragraph {
      case .flowing(let text): page += [""] + TextLayout.wrap(text, width: width)
      case .verbatim(let text): page += ["", text]
      }
    }
    func section(_ title: String, _ rows: [(label: String, text: String)]) {
      if !rows.isEmpty { page += ["", "\(title):"] + TextLayout.table(rows, width: width) }
    }
    section("Commands", command.visibleSubcommands.map { ($0.name, $0.summary) })
    section("Arguments", command.arguments.map { ($0.label, $0.fullHelp) })
    section("Options", switchRows(for: path))
    section("Options of every command", Self.globalRows)
    if !command.examples.isEmpty { page += ["", "Examples:"] }
    for example in command.examples {
      page += ["  " + example.line] + TextLayout.wrap(example.help, width: width, indent: 6)
    }
    if command.subcommands.isEmpty {
      section("Exit status", exitCodes(of: command).map { ("\($0.rawValue)", $0.meaning) })
    } else {
      let words = ([name, "help"] + path.map(\.name) + ["<command>"]).joined(separator: " ")
      page += [""] + TextLayout.wrap("Run '\(words)' to read about a command.", width: width)
    }
    return page.joined(separator: "\n") + "\n"
  }

  private func usageLines(for path: [Command], _ width: Int) -> [String] {
    let start = "Usage: "
    let lines = TextLayout.wrap(usageLine(for: path), width: width, indent: start.count)
    guard let first = lines.first else { return [] }
    return [start + first.dropFirst(start.count)] + lines.dropFirst()
  }
}
