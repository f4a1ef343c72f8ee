/// Whether tests changed with the source.
struct TestsAnalyzer: Analyzer {
  /// Source lines that may come without a test.
  static let untestedLines = 20

  let kind = AnalysisKind.tests
  let summary = "Tells whether tests changed with the source."

  func analyze(_ change: ChangeSet, _ files: [ChangedFile]) -> AnalysisResult {
    var result = AnalysisResult()
    let sources = files.filter { SourceLanguage.of(path: $0.path) != nil }
    let tests = sources.filter { PathName($0.path).isTest }
    let tested = sources.filter { !PathName($0.path).isTest }
    let lines = tested.reduce(0) { $0 + $1.addedCount }
    result.figure("sourceFiles", tested.count)
    result.figure("testFiles", tests.count)
    result.figure("sourceLinesAdded", lines)
    result.figure("testLinesAdded", tests.reduce(0) { $0 + $1.addedCount })
    // A merge brings what was reviewed with its commits.
    if tests.isEmpty, lines >= TestsAnalyzer.untestedLines, !change.commit.isMerge {
      result.add("tests/none", .note, "\(lines) lines of source were added and no test changed")
    }
    for file in tests where file.status == .deleted {
      result.add("tests/deleted", .warning, in: file.path, "a test file was deleted")
    }
    return result
  }
}
