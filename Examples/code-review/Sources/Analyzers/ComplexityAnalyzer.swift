/// Branches that were added, and how deep they stand, from the added lines alone.
///
/// Depth is that of the indentation, so that a language needs no parser; only lines that branch count, because
/// continued lines are indented too.
struct ComplexityAnalyzer: Analyzer {
  /// Branches that one file gains.
  static let notedBranches = 40
  static let warnedBranches = 100
  /// Levels of indentation of a branch.
  static let warnedDepth = 6

  let kind = AnalysisKind.complexity
  let summary = "Counts added branches and how deep they stand."

  func analyze(_ change: ChangeSet, _ files: [ChangedFile]) -> AnalysisResult {
    var result = AnalysisResult()
    var total = 0
    var deepest = 0
    for file in files {
      guard let language = SourceLanguage.of(path: file.path) else { continue }
      let measure = Measure(file.added, language)
      total += measure.branches
      deepest = max(deepest, measure.depth)
      if measure.branches >= ComplexityAnalyzer.notedBranches {
        let severity: Finding.Severity = measure.branches >= ComplexityAnalyzer.warnedBranches ? .warning : .note
        result.add("complexity/branches", severity, in: file.path, "\(measure.branches) branches added in \(file.addedCount) lines")
      }
      if measure.depth >= ComplexityAnalyzer.warnedDepth {
        result.add("complexity/nesting", .warning, in: file.path, line: measure.line, "a branch \(measure.depth) levels deep was added")
      }
    }
    result.figure("branches", total)
    result.figure("deepestBranch", deepest)
    return result
  }

  /// The figures of one file.
  struct Measure {
    var branches = 0
    var depth = 0
    /// The first line of the deepest branch.
    var line: Int?

    init(_ runs: [ChangedFile.LineRun], _ language: SourceLanguage) {
      let unit = Measure.indentation(of: runs) ?? language.indentation
      runs.forEachLine { number, text in
        let bytes = Array(text.utf8)
        let count = Measure.branches(in: bytes, language)
        guard count > 0 else { return }
        branches += count
        let level = Measure.columns(bytes, tab: unit) / unit
        if level > depth {
          depth = level
          line = number
        }
      }
    }

    /// Columns of blanks before the text.
    private static func columns(_ bytes: [UInt8], tab: Int) -> Int {
      var columns = 0
      for byte in bytes {
        switch byte {
        case 0x20: columns += 1
        case 0x09: columns += tab
        default: return columns
        }
      }
      return columns
    }

    /// The most frequent step to the right from a line to the next; `nil` where there is none.
    private static func indentation(of runs: [ChangedFile.LineRun]) -> Int? {
      var counts = [Int](repeating: 0, count: 9)
      for run in runs {
        var before: Int?
        for text in run.lines where text.utf8.contains(where: { $0 != 0x20 && $0 != 0x09 }) {
          let columns = columns(Array(text.utf8.prefix(400)), tab: 0)
          if let before, (2...8).contains(columns - before) { counts[columns - before] += 1 }
          before = columns
        }
      }
      guard let most = counts.max(), most > 0 else { return nil }
      return counts.firstIndex(of: most)
    }

    /// Words and operators that branch, outside of strings and comments of one line.
    static func branches(in bytes: [UInt8], _ language: SourceLanguage) -> Int {
      var count = 0
      var position = 0
      var quote: UInt8?
      var word: [UInt8] = []
      func endWord() {
        if !word.isEmpty, language.branches.contains(String(decoding: word, as: UTF8.self)) { count += 1 }
        word.removeAll(keepingCapacity: true)
      }
      while position < bytes.count {
        let byte = bytes[position]
        if let open = quote {
          if byte == UInt8(ascii: "\\") { position += 1 } else if byte == open { quote = nil }
        } else if SecretShape.Alphabet.word.contains(byte) || byte >= 0x80 {
          word.append(byte)
        } else {
          endWord()
          let rest = bytes[position...]
          if rest.starts(with: language.comment) { break }
          if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") || byte == UInt8(ascii: "`") {
            quote = byte
          } else if let found = language.operators.first(where: { rest.starts(with: $0) }) {
            count += 1
            position += found.count - 1
          }
        }
        position += 1
      }
      endWord()
      return count
    }
  }
}
