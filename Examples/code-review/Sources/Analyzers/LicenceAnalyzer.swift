/// Licence headers: new source files without one, and headers that went or changed.
struct LicenceAnalyzer: Analyzer {
  /// A header stands within these first lines.
  static let headerLines = 30

  let kind = AnalysisKind.licence
  let summary = "Looks at the licence headers of new and changed source files."

  func analyze(_ change: ChangeSet, _ files: [ChangedFile]) -> AnalysisResult {
    var result = AnalysisResult()
    var bare: [String] = []
    var newFiles = 0
    for file in files where SourceLanguage.of(path: file.path) != nil {
      let added = Header(file.added)
      if file.status == .added, file.content == .complete || file.content == .cut, file.addedCount > 0 {
        newFiles += 1
        if !added.exists { bare.append(file.path) }
      } else {
        compare(Header(file.removed), added, file.path, &result)
      }
    }
    if change.commit.expectsLicenceHeaders {
      for path in bare { result.add("licence/missing", .warning, in: path, line: 1, "a new source file without a licence header") }
    } else if let first = bare.first {
      let others = bare.count > 1 ? " and \(bare.count - 1) more" : ""
      result.add("licence/missing", .note, in: first, line: 1, "new source files without a licence header: this one\(others)")
    }
    result.figure("newSourceFiles", newFiles)
    result.figure("withoutHeader", bare.count)
    return result
  }

  private func compare(_ old: Header, _ new: Header, _ path: String, _ result: inout AnalysisResult) {
    guard old.exists else { return }
    if !new.exists {
      result.add("licence/removed", .warning, in: path, line: old.line, "a licence header was removed")
    } else if let before = old.licence, let after = new.licence, before != after {
      result.add("licence/changed", .warning, in: path, line: new.line, "the licence changed from \(before) to \(after)")
    }
  }

  /// What the first lines say about a licence.
  private struct Header {
    /// The first line that says it.
    var line: Int?
    /// The SPDX identifier.
    var licence: String?

    var exists: Bool { line != nil }

    private static let marks = ["spdx-license-identifier:", "copyright", "licensed under", "all rights reserved"].map { Array($0.utf8) }

    init(_ runs: [ChangedFile.LineRun]) {
      runs.forEachLine { number, text in
        guard number <= LicenceAnalyzer.headerLines else { return }
        let bytes = Array(text.utf8.prefix(300))
        let lower = bytes.map { (65...90).contains($0) ? $0 + 32 : $0 }
        guard Header.marks.contains(where: { lower.holds($0) }) else { return }
        line = line ?? number
        if licence == nil, let mark = lower.place(of: Header.marks[0]) {
          let rest = bytes[mark.upperBound...].drop { $0 == 0x20 }
          let name = rest.prefix { SecretShape.Alphabet.dotted.contains($0) || $0 == UInt8(ascii: "+") }
          if !name.isEmpty { licence = String(decoding: name.prefix(60), as: UTF8.self) }
        }
      }
    }
  }
}
