import FlockCore
import FlockKernel
import Foundation
import Testing

@testable import CodeReview

struct ReportTests {
  private static func document() -> ReviewDocument {
    var commit = Commit.sample(id: String(repeating: "c", count: 40))
    commit.subject = "<script>alert('x')</script> | `code` \u{202E}"
    func finding(_ severity: Finding.Severity, _ path: String?, _ message: String) -> Finding {
      Finding(commit: commit.id, kind: .size, rule: "size/x", severity: severity, path: path, line: path == nil ? nil : 7, message: message)
    }
    let review = CommitReview(
      commit: commit,
      analyses: AnalysisKind.allCases.map { kind in
        Analysis(
          commit: commit.id, kind: kind,
          figures: kind == .size ? [.init(name: "files", value: 2), .init(name: "addedLines", value: 12345)] : [],
          findings: kind == .size ? 2 : 0, findingsLeftOut: kind == .size ? 1 : 0)
      }, findings: [finding(.problem, "a|b\n<i>.c", "x & \"y\""), finding(.note, nil, "plain")], findingsLeftOut: 1)
    let report = ReviewReport(
      repository: "/home/ada/<repo>", range: "A..B", tip: String(repeating: "c", count: 40), base: String(repeating: "b", count: 40),
      isCut: true, reviews: [review], missing: [String(repeating: "d", count: 40)])
    func run(_ agent: String, _ start: Int64, _ end: Int64, _ kind: Outcome.Kind = .success) -> RunSummary.Run {
      .init(
        agent: agent, startedAt: Timestamp(nanoseconds: start), finishedAt: Timestamp(nanoseconds: end), kind: kind, attempts: 2,
        outputs: 1, commit: commit.id)
    }
    let summary = RunSummary(
      agents: ["one", "two"], artifacts: [(type: "commit", count: 1), (type: "report", count: 2)],
      runs: [run("one", 1000, 5000), run("one", 2000, 3000), run("one", 5000, 6000), run("two", 6000, 11_000, .deadLetter)],
      runsLeftOut: 0, deadLetters: [])
    return ReviewDocument(.init(report: report, summary: summary))
  }

  @Test
  func `a timeline stacks runs of one agent that overlap`() {
    let layout = TimelineLayout(ReportTests.document().summary)
    #expect(layout.lanes.map(\.agent) == ["one", "two"])
    #expect(layout.lanes.map(\.rows) == [2, 1])
    #expect(layout.lanes[0].bars.map(\.row) == [0, 1, 0])
    #expect(layout.lanes[0].bars.map(\.start) == [0, 1000, 4000])
    #expect(layout.lanes[0].bars.map(\.length) == [4000, 1000, 1000])
    #expect(layout.span == 10_000)
    // Five marks of 2 000 ns; ten of 1 000 would be too many.
    #expect(layout.step == 2000)
  }

  @Test
  func `a timeline of more runs than it draws says how many`() {
    var summary = ReportTests.document().summary
    summary.runs = (0..<(TimelineLayout.maximumBars + 5)).map { number in
      .init(
        agent: "one", startedAt: Timestamp(nanoseconds: Int64(number)), finishedAt: Timestamp(nanoseconds: 1_000_000), kind: .success,
        attempts: 1, outputs: 0, commit: nil)
    }
    let layout = TimelineLayout(summary)
    #expect(layout.barsLeftOut == 5)
    #expect(layout.lanes[0].rows == TimelineLayout.maximumRows)
    #expect(TimelineLayout(RunSummary(agents: [], artifacts: [], runs: [], runsLeftOut: 0, deadLetters: [])).step == 1)
  }

  @Test
  func `the page is well formed, refers to nothing outside and holds no markup from the repository`() throws {
    let html = try ReportTests.document().text(.html)
    for forbidden in ["<script>alert", "<i>", "http:", "https:", "src=", "@import", "url(", "<link", "\u{202E}"] {
      #expect(!html.contains(forbidden), "\(forbidden)")
    }
    #expect(html.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"))
    #expect(html.contains("default-src 'none'"))
    #expect(html.contains("a|b\\n&lt;i&gt;.c:7"))
    // Read by an XML parser: void elements are closed and the doctype and script go first.
    var xml = html.replacingOccurrences(of: "<!doctype html>", with: "")
    for name in ["meta", "input", "wbr"] {
      xml = xml.replacingOccurrences(of: "<\(name)([^>]*)>", with: "<\(name)$1/>", options: .regularExpression)
    }
    xml = xml.replacingOccurrences(of: "(?s)<script>.*?</script>", with: "", options: .regularExpression)
    xml = xml.replacingOccurrences(of: " (checked|hidden)([ />])", with: " $1=\"\"$2", options: .regularExpression)
    xml = xml.replacingOccurrences(of: "&nbsp;", with: " ")
    let checker = XMLChecker()
    #expect(checker.check(xml) == nil)
    #expect(checker.counts["tr", default: 0] >= 3)
    #expect(checker.counts["rect", default: 0] == 5)
    #expect(checker.counts["details"] == 1)
    // Every link leads to an element of the page, and no id is there twice.
    #expect(checker.targets.isSubset(of: checker.ids))
    #expect(checker.repeatedIDs.isEmpty)
  }

  @Test
  func `Markdown keeps its tables whatever the text`() throws {
    let text = try ReportTests.document().text(.markdown)
    let rows = text.split(separator: "\n").filter { $0.hasPrefix("| ") }
    #expect(text.contains("| problem | `size/x` | `cccccccccc` | a\\|b\\\\n\\<i\\>.c:7 | x \\& \"y\" |"))
    #expect(rows.allSatisfy { $0.hasSuffix(" |") })
    #expect(text.contains("# Code review of \\<repo\\>"))
    #expect(text.contains("**Not reviewed:** `dddddddddd`"))
    #expect(text.contains("1 more finding over the limit"))
  }

  @Test
  func `the JSON is read by another parser and holds every figure`() throws {
    let data = Data(try ReportTests.document().text(.json).utf8)
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(object["format"] as? String == "flock-code-review")
    #expect(object["formatVersion"] as? Int == 1)
    #expect(object["findings"] as? [String: Int] == ["note": 1, "warning": 0, "problem": 1])
    let commit = try #require((object["commits"] as? [[String: Any]])?.first)
    #expect((commit["findings"] as? [[String: Any]])?.first?["path"] as? String == "a|b\n<i>.c")
    let run = try #require(object["run"] as? [String: Any])
    #expect((run["runs"] as? [[String: Any]])?.count == 4)
    #expect(run["elapsedMilliseconds"] as? Double == 0.01)
    #expect(run["artifacts"] as? [String: Int] == ["commit": 1, "report": 2])
  }

  @Test(
    arguments: [
      (0, "0 ns"), (999, "999 ns"), (1500, "1.50 \u{B5}s"), (12_340_000, "12.3 ms"), (999_600_000, "1000 ms"), (1_420_000_000, "1.42 s"),
      (200_000_000_000, "3 min 20 s"),
    ] as [(Int64, String)])
  func `durations have three digits and a unit`(nanoseconds: Int64, text: String) {
    #expect(HumanText.duration(.nanoseconds(nanoseconds)) == text)
  }

  @Test(arguments: [(0, "0"), (9999, "9999"), (12345, "12\u{202F}345"), (-1_234_567, "-1\u{202F}234\u{202F}567")])
  func `long numbers are grouped`(number: Int, text: String) {
    #expect(HumanText.grouped(number) == text)
  }

  @Test(arguments: [
    ("a\nb", "a\\nb"), ("\u{1B}[31m", "\\u{1b}[31m"), ("x\u{202E}y", "x\\u{202e}y"), ("größe", "größe"), ("\u{2028}", "\\u{2028}"),
  ])
  func `text from a repository drives no terminal`(text: String, visible: String) {
    #expect(Visible.text(text) == visible)
  }
}
