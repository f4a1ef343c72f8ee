/// Lays text out in lines of a given width.
enum TextLayout {
  /// Narrower or wider terminals are treated as if they had these widths: longer lines are hard to read.
  static let widths = 40...100

  /// Words, in lines of at most `width` characters, each after `indent` blanks. A longer word gets a line of its own.
  static func wrap(_ text: String, width: Int, indent: Int = 0) -> [String] {
    let margin = String(repeating: " ", count: indent)
    var lines: [String] = []
    var line = ""
    for word in text.split(whereSeparator: \.isWhitespace) {
      if !line.isEmpty && indent + line.count + 1 + word.count > width {
        lines.append(margin + line)
        line = ""
      }
      line += line.isEmpty ? String(word) : " " + word
    }
    return line.isEmpty ? lines : lines + [margin + line]
  }

  /// The paragraphs of a discussion; those that start with two blanks are kept as they are.
  static func paragraphs(_ text: String) -> [Paragraph] {
    var result: [Paragraph] = []
    var lines: [Substring] = []
    func finish() {
      guard let first = lines.first else { return }
      let body = lines.joined(separator: "\n")
      result.append(first.hasPrefix("  ") ? .verbatim(body) : .flowing(body))
      lines = []
    }
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.allSatisfy(\.isWhitespace) { finish() } else { lines.append(line) }
    }
    finish()
    return result
  }

  enum Paragraph: Equatable {
    case flowing(String)
    case verbatim(String)
  }

  /// A list of labels and texts, the texts in one column. A label that is too long stands on a line of its own.
  static func table(_ rows: [(label: String, text: String)], width: Int) -> [String] {
    let most = width / 3
    let column = 2 + (rows.map(\.label.count).filter { $0 <= most }.max() ?? 4) + 2
    return rows.flatMap { row -> [String] in
      let label = "  " + row.label
      let texts = wrap(row.text, width: width, indent: column)
      guard label.count + 2 <= column, let first = texts.first else { return [label] + texts }
      return [label + first.dropFirst(label.count)] + texts.dropFirst()
    }
  }
}
