import Testing

@testable import CodeReview

struct AnalyzerTests {
  // MARK: Complexity

  @Test(arguments: [
    ("if a && b || c { return }", "swift", 3), ("guard let x else { return }", "swift", 1), ("let s = \"if for while\"", "swift", 0),
    ("x() // if for while", "swift", 0), ("notif(forever)", "swift", 0), ("case .a: for i in 0..<3 where i > 1 {}", "swift", 2),
    ("if x and not y:", "py", 2), ("# if for", "py", 0), ("for (;;) while (a) if (b) {}", "c", 3),
    ("let s = \"a \\\" if\" ; if (x) {}", "js", 1),
  ])
  func `branches are counted outside of strings and comments`(line: String, kind: String, count: Int) throws {
    let language = try #require(SourceLanguage.of(path: "a.\(kind)"))
    #expect(ComplexityAnalyzer.Measure.branches(in: Array(line.utf8), language) == count)
  }

  @Test
  func `the depth is that of the deepest branch by the file's own indentation`() {
    // Steps of 3 blanks: line 4 has 9 columns, 3 levels; the call on line 5 is deeper, and branches nowhere.
    let lines = ["func f() {", "   for a in b {", "      while c {", "         if d {", "            call()", "         }"]
    let result = ComplexityAnalyzer().analyze([.new("a.swift", lines)])
    #expect(result.figure("branches") == 3)
    #expect(result.figure("deepestBranch") == 3)
    #expect(result.found.isEmpty)
  }

  @Test
  func `a branch six levels deep is told with its line`() {
    let lines = (0..<7).map { String(repeating: "\t", count: $0) + "if a {" }
    let result = ComplexityAnalyzer().analyze([.new("a.go", lines)])
    #expect(result.found.map(\.rule) == ["complexity/nesting"])
    #expect(result.found.first?.line == 7)
  }

  @Test(arguments: [(39, nil), (40, Finding.Severity.note), (99, .note), (100, .warning)] as [(Int, Finding.Severity?)])
  func `many branches in one file are told`(count: Int, severity: Finding.Severity?) {
    let result = ComplexityAnalyzer().analyze([.new("a.c", Array(repeating: "if (a) {}", count: count))])
    #expect(result.found.first?.severity == severity)
  }

  // MARK: Licence

  @Test
  func `new source files without a header are one note, or a warning each where headers are required`() {
    let files: [ChangedFile] = [
      .new("a.swift", ["import A"]), .new("b.swift", ["// SPDX-License-Identifier: MIT", "import B"]), .new("c.py", ["x = 1"]),
      .new("notes.txt", ["no code"]),
    ]
    let note = LicenceAnalyzer().analyze(files)
    #expect(note.found.map(\.severity) == [.note])
    #expect(note.figure("newSourceFiles") == 3)
    #expect(note.figure("withoutHeader") == 2)
    var commit = Commit.sample()
    commit.expectsLicenceHeaders = true
    #expect(LicenceAnalyzer().analyze(files, commit).found.map(\.path) == ["a.swift", "c.py"])
  }

  @Test
  func `a removed and a changed header are told, a moved one is not`() {
    func file(_ old: [String], _ new: [String], start: Int = 1) -> ChangedFile {
      ChangedFile(
        path: "a.c", oldPath: nil, status: .modified, content: .complete, addedCount: new.count, deletedCount: old.count, bytes: nil,
        added: [.init(start: start, lines: new)], removed: [.init(start: 1, lines: old)])
    }
    let mit = "/* SPDX-License-Identifier: MIT */"
    let gpl = "/* SPDX-License-Identifier: GPL-3.0-only */"
    #expect(LicenceAnalyzer().analyze([file([mit], [])]).found.map(\.rule) == ["licence/removed"])
    #expect(LicenceAnalyzer().analyze([file([mit], [gpl])]).found.map(\.message) == ["the licence changed from MIT to GPL-3.0-only"])
    #expect(LicenceAnalyzer().analyze([file([mit], [mit], start: 3)]).found.isEmpty)
    // A header that begins after the first 30 lines is no header.
    #expect(LicenceAnalyzer().analyze([file([mit], [mit], start: 31)]).found.map(\.rule) == ["licence/removed"])
  }

  // MARK: Tests

  @Test(arguments: [
    ("Tests/A/ATests.swift", true), ("src/a_test.go", true), ("test_a.py", true), ("web/a.spec.ts", true), ("pkg/AppTests/a.swift", true),
    ("src/contest.go", false), ("Sources/Testing.swift", false), ("latest/a.py", false),
  ])
  func `tests are known by their names`(path: String, isTest: Bool) {
    #expect(PathName(path).isTest == isTest)
  }

  @Test
  func `twenty lines of source without a test are noted`() {
    let source = ChangedFile.new("a.swift", Array(repeating: "x", count: 20))
    #expect(TestsAnalyzer().analyze([source]).found.map(\.rule) == ["tests/none"])
    #expect(TestsAnalyzer().analyze([.new("a.swift", Array(repeating: "x", count: 19))]).found.isEmpty)
    #expect(TestsAnalyzer().analyze([source, .new("Tests/aTests.swift", ["x"])]).found.isEmpty)
    #expect(TestsAnalyzer().analyze([source], .sample(parents: ["a", "b"])).found.isEmpty)
    #expect(TestsAnalyzer().analyze([.new("Tests/a.swift", [], status: .deleted)]).found.map(\.rule) == ["tests/deleted"])
  }

  // MARK: Size

  @Test(arguments: [(400, []), (401, [Finding.Severity.note]), (1000, [.note]), (1001, [.warning])] as [(Int, [Finding.Severity])])
  func `a large commit is told`(lines: Int, severities: [Finding.Severity]) {
    let set = ChangeSet(commit: .sample(), files: 0, filesLeftOut: 0, addedLines: lines - 1, deletedLines: 1)
    #expect(SizeAnalyzer().analyze(set, []).found.map(\.severity) == severities)
  }

  @Test
  func `findings beyond the limit are counted`() {
    let lines = Array(repeating: Planted.aws, count: Analysis.maximumFindings + 3)
    let result = SecretsAnalyzer().analyze([.new("keys.txt", lines)])
    #expect(result.found.count == Analysis.maximumFindings)
    #expect(result.leftOut == 3)
    #expect(result.figure("matches") == Analysis.maximumFindings + 3)
  }

  @Test
  func `a file of checksums is scanned for tokens of known shape only`() {
    let lines = ["\"integrity\": \"\(Planted.random)\"", Planted.gitHub]
    #expect(SecretsAnalyzer().analyze([.new("web/package-lock.json", lines)]).found.map(\.line) == [2])
    #expect(SecretsAnalyzer().analyze([.new("web/other.json", lines)]).found.map(\.line) == [1, 2])
  }
}
