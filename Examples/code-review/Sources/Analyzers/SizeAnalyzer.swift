/// How large the change is, and what was not looked into because of its size or kind.
struct SizeAnalyzer: Analyzer {
  /// Changed lines of a commit.
  static let notedLines = 400
  static let warnedLines = 1000
  /// Files of a commit.
  static let warnedFiles = 50
  /// Added lines of one file.
  static let notedFileLines = 600
  /// Bytes of a binary file.
  static let warnedBinaryBytes = 1 << 20

  let kind = AnalysisKind.size
  let summary = "Measures the change and tells what was not looked into."

  func analyze(_ change: ChangeSet, _ files: [ChangedFile]) -> AnalysisResult {
    var result = AnalysisResult()
    let lines = change.addedLines + change.deletedLines
    let fileCount = change.files + change.filesLeftOut
    result.figure("files", fileCount)
    result.figure("addedLines", change.addedLines)
    result.figure("deletedLines", change.deletedLines)
    result.figure("binaryFiles", files.count { $0.content == .binary })
    result.figure("notLookedInto", files.count { [.cut, .tooLarge, .commitTooLarge].contains($0.content) } + change.filesLeftOut)
    if change.commit.isBoundary {
      result.add("size/boundary", .note, "the shallow clone ends here: what the commit changed is not known")
    }
    if lines > SizeAnalyzer.warnedLines {
      result.add("size/large-commit", .warning, "\(lines) lines changed; up to \(SizeAnalyzer.warnedLines) can be reviewed well")
    } else if lines > SizeAnalyzer.notedLines {
      result.add("size/large-commit", .note, "\(lines) lines changed")
    }
    if fileCount > SizeAnalyzer.warnedFiles {
      result.add("size/many-files", .warning, "\(fileCount) files changed; up to \(SizeAnalyzer.warnedFiles) can be reviewed well")
    }
    if change.filesLeftOut > 0 {
      result.add(
        "size/files-left-out", .warning, "\(change.filesLeftOut) of \(fileCount) files were not looked at: the commit has too many")
    }
    for file in files { add(file, to: &result) }
    return result
  }

  private func add(_ file: ChangedFile, to result: inout AnalysisResult) {
    let size = file.bytes.map { " of \($0) bytes" } ?? ""
    switch file.content {
    case .binary where file.status == .deleted: return
    case .binary:
      let isLarge = (file.bytes ?? 0) >= SizeAnalyzer.warnedBinaryBytes
      result.add("size/binary", isLarge ? .warning : .note, in: file.path, "a binary file\(size), not looked into")
    case .tooLarge where file.status == .deleted: return
    case .tooLarge: result.add("size/too-large", .warning, in: file.path, "a file\(size), too large to be looked into")
    case .commitTooLarge:
      result.add("size/commit-too-large", .warning, in: file.path, "not looked into: the commit as a whole is too large")
    case .cut:
      result.add("size/cut", .note, in: file.path, "only its first changed lines, and the beginnings of long ones, were looked at")
    case .submodule: result.add("size/submodule", .note, in: file.path, "another repository's commit, not looked into")
    case .complete: break
    }
    if file.addedCount > SizeAnalyzer.notedFileLines {
      result.add("size/large-file", .note, in: file.path, "\(file.addedCount) lines added to one file")
    }
  }
}
