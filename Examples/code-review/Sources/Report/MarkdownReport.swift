import FlockCore
import FlockKernel

/// The review as Markdown (CommonMark with tables).
struct MarkdownReport {
  /// Rows of the table; more are counted, and stand in the JSON.
  static let maximumRows = 1000

  private let document: ReviewDocument
  private var report: ReviewReport { document.report }
  private var summary: RunSummary { document.summary }

  init(_ document: ReviewDocument) { self.document = document }

  func text() -> String {
    ([heading, findings, commits, run].joined(separator: "\n\n")) + "\n"
  }

  private var heading: String {
    var lines = ["# Code review of \(escape(document.name))", "", escape(document.scope), ""]
    lines.append(
      table(
        ["Severity", "Findings"],
        Finding.Severity.allCases.reversed().map { [$0.rawValue, HumanText.grouped(report.findings($0))] }))
    if report.findingsLeftOut > 0 {
      lines += ["", "\(HumanText.count(report.findingsLeftOut, "more finding")) over the limit of one kind and commit."]
    }
    if !report.missing.isEmpty {
      lines += [
        "", "**Not reviewed:** \(report.missing.map { "`\(HumanText.short($0))`" }.joined(separator: ", ")); see the dead letters.",
      ]
    }
    return lines.joined(separator: "\n")
  }

  private var findings: String {
    let all = document.findings
    guard !all.isEmpty else { return "## Findings\n\nNone." }
    let rows = all.prefix(MarkdownReport.maximumRows).map { commit, finding in
      [
        finding.severity.rawValue, "`\(finding.rule)`", "`\(HumanText.short(commit.id))`", escape(finding.place),
        escape(finding.message + (finding.hint.map { " (\($0))" } ?? "")),
      ]
    }
    let more = all.count > rows.count ? "\n\n\(HumanText.count(all.count - rows.count, "more finding")) in the JSON report." : ""
    return "## Findings\n\n" + table(["Severity", "Rule", "Commit", "Place", "What"], rows) + more
  }

  private var commits: String {
    guard !report.reviews.isEmpty else { return "## Commits\n\nNone." }
    let rows = report.reviews.map { review in
      [
        "`\(HumanText.short(review.commit.id))`\(review.commit.isMerge ? " (merge)" : "")", escape(review.commit.subject),
        escape(review.commit.author.name), String(review.commit.authoredAt.description.prefix(10)),
        "+\(review.figure("addedLines")) -\(review.figure("deletedLines"))", String(review.figure("files")),
        String(review.findings.count + review.findingsLeftOut),
      ]
    }
    return "## Commits\n\n" + table(["Commit", "Subject", "Author", "Date", "Lines", "Files", "Findings"], rows)
  }

  private var run: String {
    var parts = ["## The run"]
    parts.append(
      "\(HumanText.count(summary.runs.count + summary.runsLeftOut, "run")) in \(HumanText.duration(summary.elapsed)),"
        + " \(HumanText.count(summary.totalArtifacts, "artifact")), \(HumanText.count(summary.deadLetters.count, "dead letter")).")
    parts.append(table(["Artifacts", "Number"], summary.artifacts.map { ["`\($0.type)`", HumanText.grouped($0.count)] }))
    parts.append(
      table(
        ["Agent", "Runs", "Not successful", "Busy", "Longest"],
        summary.byAgent.map { agent in
          [agent.name, String(agent.runs), String(agent.failures), HumanText.duration(agent.busy), HumanText.duration(agent.longest)]
        }))
    if !summary.deadLetters.isEmpty {
      parts.append(
        table(
          ["Dead letter of", "Cause", "Message"],
          summary.deadLetters.map { [$0.agent, $0.failure.cause.word, escape($0.failure.message)] }))
    }
    return parts.joined(separator: "\n\n")
  }

  private func table(_ head: [String], _ rows: [[String]]) -> String {
    ([head, head.map { _ in "---" }] + rows).map { "| " + $0.joined(separator: " | ") + " |" }.joined(separator: "\n")
  }

  /// Nothing in the text is markup.
  private func escape(_ text: String) -> String {
    var result = ""
    for character in Visible.text(text) {
      if "\\`*_[]<>|~&".contains(character) { result += "\\" }
      result.append(character)
    }
    return result
  }
}

extension CommitReview {
  /// A figure of the analysis of size, 0 where there is none.
  func figure(_ name: String) -> Int {
    analyses.lazy.flatMap(\.figures).first { $0.name == name }?.value ?? 0
  }
}

extension RunSummary {
  struct AgentFigures {
    var name: String
    var runs = 0
    var failures = 0
    var busy: Duration = .zero
    var longest: Duration = .zero
  }

  /// In the agents' order; those without a run have zeros.
  var byAgent: [AgentFigures] {
    var figures = agents.map { AgentFigures(name: $0) }
    for run in runs {
      guard let index = agents.firstIndex(of: run.agent) else { continue }
      let time = run.finishedAt - run.startedAt
      figures[index].runs += 1
      figures[index].failures += run.kind == .success ? 0 : 1
      figures[index].busy += time
      figures[index].longest = max(figures[index].longest, time)
    }
    return figures
  }
}
