import FlockCore

extension HTMLReport {
  var commits: String {
    guard !report.reviews.isEmpty else { return "" }
    return """
      <section aria-labelledby="commits-title">
      <h2 id="commits-title">Commits</h2>
      \(report.reviews.map(commit).joined(separator: "\n"))
      </section>
      """
  }

  private func commit(_ review: CommitReview) -> String {
    let commit = review.commit
    let merge = commit.isMerge ? " <span class=\"badge plain\">merge</span>" : ""
    let found = Finding.Severity.allCases.reversed().compactMap { severity -> String? in
      let count = review.findings.count { $0.severity == severity }
      return count == 0 ? nil : " <span class=\"badge \(severity.rawValue)\">\(count) \(severity.rawValue)\(count == 1 ? "" : "s")</span>"
    }.joined()
    let rows = review.analyses.map { analysis in
      [
        escape(analysis.kind.rawValue),
        analysis.figures.map { "\(escape(HTMLReport.words($0.name)))&nbsp;<b>\(HumanText.grouped($0.value))</b>" }.joined(separator: ", "),
        String(analysis.findings + analysis.findingsLeftOut),
      ]
    }
    return """
      <details class="commit" id="c-\(commit.id)">
      <summary><code>\(HumanText.short(commit.id))</code> <span class="subject">\(escape(commit.subject))</span>\(merge)\(found)</summary>
      <p>\(escape(commit.author.name)), <time datetime="\(commit.authoredAt)">\(commit.authoredAt.description.prefix(10))</time>, \
      <span class="lines">+\(HumanText.grouped(review.figure("addedLines"))) −\(HumanText.grouped(review.figure("deletedLines")))</span> \
      in \(HumanText.count(review.figure("files"), "file")). Full name: <code class="full">\(commit.id)</code></p>
      \(table("Analyses of \(HumanText.short(commit.id))", ["Kind", "Figures", "Findings"], numbers: [2], rows))
      </details>
      """
  }

  /// `deletedLines` becomes `deleted lines`.
  static func words(_ name: String) -> String {
    var result = ""
    for character in name {
      if character.isUppercase { result += " " + character.lowercased() } else { result.append(character) }
    }
    return result
  }
}
