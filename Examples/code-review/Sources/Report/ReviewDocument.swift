import FlockKernel

/// A report and what it cost, ready to be written in each of the formats.
///
/// The same review gives the same documents, but for the times of its runs.
public struct ReviewDocument: Sendable {
  public let report: ReviewReport
  public let summary: RunSummary

  public init(_ result: ReviewSession.Result) {
    report = result.report
    summary = result.summary
  }

  public enum Format: String, Sendable, CaseIterable {
    case markdown, json, html

    /// Where the command line writes it.
    public var fileName: String {
      switch self {
      case .markdown: "review.md"
      case .json: "review.json"
      case .html: "review.html"
      }
    }
  }

  /// - Throws: what the JSON writer throws for text that has no JSON; never for a report of this module.
  public func text(_ format: Format) throws -> String {
    switch format {
    case .markdown: MarkdownReport(self).text()
    case .json: try JSONReport(self).text()
    case .html: HTMLReport(self).text()
    }
  }

  // MARK: What all formats tell

  /// The last part of the repository's path.
  var name: String { Visible.text(report.repository.split(separator: "/").last.map(String.init) ?? "/") }

  /// What was looked at, in one sentence.
  var scope: String {
    let count = HumanText.count(report.reviews.count + report.missing.count, "commit")
    guard let tip = report.tip else { return "The repository has no commit yet." }
    let range = report.range.map(Visible.text) ?? "HEAD"
    let cut = report.isCut ? ", the newest of more" : ""
    return "\(count)\(cut), of \(range) at \(HumanText.short(tip))."
  }

  /// All findings with their commits, the newest commit first.
  var findings: [(commit: Commit, finding: Finding)] {
    report.reviews.flatMap { review in review.findings.map { (commit: review.commit, finding: $0) } }
  }

  var failedRuns: Int { summary.runs.count { $0.kind != .success } }
}

extension Finding {
  /// The path and line, or what stands for them.
  var place: String {
    let path = path.map(Visible.text) ?? "the commit"
    return line.map { "\(path):\($0)" } ?? path
  }
}
