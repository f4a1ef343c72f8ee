import FlockCore
import FlockJSON
import FlockKernel

/// The review as one JSON document.
struct JSONReport {
  /// Increases when a reader would misread the new form.
  static let formatVersion: Int64 = 1

  private let document: ReviewDocument

  init(_ document: ReviewDocument) { self.document = document }

  func text() throws -> String {
    var writer = JSONWriter()
    writer.options.isPretty = true
    return try writer.string(of: value) + "\n"
  }

  private var value: JSONValue {
    let report = document.report
    var severities = JSONObject()
    for severity in Finding.Severity.allCases { severities[severity.rawValue] = number(report.findings(severity)) }
    return [
      "format": "flock-code-review", "formatVersion": .integer(JSONReport.formatVersion),
      "repository": .string(report.repository), "range": text(report.range), "base": text(report.base), "tip": text(report.tip),
      "isCut": .bool(report.isCut), "missing": .array(report.missing.map { .string($0) }),
      "findings": .object(severities), "findingsLeftOut": number(report.findingsLeftOut),
      "commits": .array(report.reviews.map(commit)), "run": run,
    ]
  }

  private func commit(_ review: CommitReview) -> JSONValue {
    let commit = review.commit
    return [
      "id": .string(commit.id), "parents": .array(commit.parents.map { .string($0) }), "subject": .string(commit.subject),
      "author": ["name": .string(commit.author.name), "email": .string(commit.author.email)],
      "authoredAt": .string(commit.authoredAt.description), "committedAt": .string(commit.committedAt.description),
      "isBoundary": .bool(commit.isBoundary), "analyses": .array(review.analyses.map(analysis)),
      "findings": .array(review.findings.map(finding)), "findingsLeftOut": number(review.findingsLeftOut),
    ]
  }

  private func analysis(_ analysis: Analysis) -> JSONValue {
    [
      "kind": .string(analysis.kind.rawValue),
      "figures": .object(JSONObject(analysis.figures.map { ($0.name, number($0.value)) })),
      "findings": number(analysis.findings), "findingsLeftOut": number(analysis.findingsLeftOut),
    ]
  }

  private func finding(_ finding: Finding) -> JSONValue {
    [
      "kind": .string(finding.kind.rawValue), "rule": .string(finding.rule), "severity": .string(finding.severity.rawValue),
      "path": text(finding.path), "line": finding.line.map(number) ?? .null, "message": .string(finding.message),
      "hint": text(finding.hint),
    ]
  }

  private var run: JSONValue {
    let summary = document.summary
    return [
      "elapsedMilliseconds": .number(summary.elapsed.inSeconds * 1000),
      "artifacts": .object(JSONObject(summary.artifacts.map { ($0.type, number($0.count)) })),
      "runs": .array(summary.runs.map(run)), "runsLeftOut": number(summary.runsLeftOut),
      "deadLetters": .array(
        summary.deadLetters.map { letter in
          [
            "agent": .string(letter.agent), "run": .string(letter.run.description), "replayNumber": number(Int(letter.replayNumber)),
            "cause": .string(letter.failure.cause.word), "message": .string(letter.failure.message),
          ]
        }),
    ]
  }

  private func run(_ run: RunSummary.Run) -> JSONValue {
    [
      "agent": .string(run.agent), "commit": text(run.commit), "outcome": .string("\(run.kind)"), "attempts": number(run.attempts),
      "outputs": number(run.outputs), "startedAt": .string(run.startedAt.description),
      "milliseconds": .number((run.finishedAt - run.startedAt).inSeconds * 1000),
    ]
  }

  private func number(_ value: Int) -> JSONValue { .integer(Int64(value)) }
  private func text(_ value: String?) -> JSONValue { value.map { .string($0) } ?? .null }
}
