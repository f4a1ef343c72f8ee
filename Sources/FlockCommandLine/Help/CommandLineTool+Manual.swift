extension CommandLineTool {
  /// The manual page, section 1, in roff with the `man` macros. Holds no date, so that equal tables give equal pages.
  public func manualPage() -> String {
    var page = [
      ".TH \(Roff.quoted(name.uppercased())) 1 \"\" \(Roff.quoted("\(name) \(version)")) \"User Commands\"",
      // Neither hyphenation nor filled margins: names are copied from here.
      ".nh", ".ad l",
      ".SH NAME", "\(Roff.escape(name)) \\- \(Roff.escape(summary))",
      ".SH SYNOPSIS", Roff.bold(name) + Roff.escape(" <command> [options] [<argument>...]"),
    ]
    let description = discussionLines(discussion)
    if !description.isEmpty { page += [".SH DESCRIPTION"] + description }
    page += [".SH COMMANDS"]
    for command in root.visibleSubcommands { page += section(for: [command]) }
    page += [".SH OPTIONS", "These hold for every command, before or after its name."] + rows(Self.globalRows)
    page += [".SH ENVIRONMENT"] + rows(Self.environmentRows)
    page += [".SH EXIT STATUS"] + rows(ExitCode.allCases.map { ("\($0.rawValue)", $0.meaning) })
    return page.joined(separator: "\n") + "\n"
  }

  private static var environmentRows: [(label: String, text: String)] {
    [
      ("NO_COLOR", "If it is not empty, nothing is coloured."),
      ("TERM", "If it is empty or dumb, nothing is coloured and no progress is shown."),
      ("COLUMNS", "The width of help pages, instead of the terminal's."),
    ]
  }

  private func section(for path: [Command]) -> [String] {
    guard let command = path.last else { return [] }
    var lines = [".SS \(Roff.quoted(usageLine(for: path)))", Roff.escape(command.summary) + "."]
    lines += discussionLines(command.discussion)
    lines += rows(command.arguments.map { ($0.label, $0.fullHelp) })
    lines += rows(command.options.map { ($0.label, $0.fullHelp) } + command.flags.map { ($0.label, $0.help) })
    for example in command.examples {
      lines += [".PP", "Example:", Roff.escape(example.help)]
      lines += [".PP", ".RS 4", ".nf", Roff.escape(example.line), ".fi", ".RE"]
    }
    if !command.exitCodes.isEmpty {
      lines += [".PP", "Exit status, beside 0, 1 and 64:"]
      lines += rows(command.exitCodes.map { ("\($0.rawValue)", $0.meaning) })
    }
    for subcommand in command.visibleSubcommands { lines += section(for: path + [subcommand]) }
    return lines
  }

  private func rows(_ rows: [(label: String, text: String)]) -> [String] {
    rows.flatMap { row in
      [".TP", Roff.bold(String(row.label.drop { $0 == " " })), Roff.escape(row.text)]
    }
  }

  private func discussionLines(_ text: String) -> [String] {
    TextLayout.paragraphs(text).flatMap { paragraph in
      switch paragraph {
      // A blank at the start of a line would break it.
      case .flowing(let text): [".PP", Roff.escape(TextLayout.wrap(text, width: 80).joined(separator: "\n"))]
      case .verbatim(let text): [".PP", ".nf", Roff.escape(text), ".fi"]
      }
    }
  }
}
