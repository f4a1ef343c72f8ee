extension HTMLReport {
  /// The table of findings with its filters, which the script shows when it runs.
  var findings: String {
    let all = document.findings
    guard !all.isEmpty else {
      return """
        <section id="findings" aria-labelledby="findings-title">
        <h2 id="findings-title">Findings</h2><p>Nothing was found.</p>
        </section>
        """
    }
    let shown = all.prefix(HTMLReport.maximumRows)
    let left = all.count - shown.count
    let more = left > 0 ? "<p class=\"alert\">\(HumanText.count(left, "more finding")) in the JSON report.</p>\n" : ""
    return """
      <section id="findings" aria-labelledby="findings-title">
      <h2 id="findings-title">Findings</h2>
      \(filters)\(more)<div class="scroll" role="region" aria-labelledby="findings-title" tabindex="0">
      <table id="findings-table">
      <thead><tr>\(["Severity", "Rule", "Commit", "Place", "What"].map { "<th scope=\"col\">\($0)</th>" }.joined())</tr></thead>
      <tbody>
      \(shown.map { row($0.commit, $0.finding) }.joined())</tbody></table></div>
      </section>
      """
  }

  private func row(_ commit: Commit, _ finding: Finding) -> String {
    let severity = finding.severity.rawValue
    let hint = finding.hint.map { " <span class=\"hint\">\(escape($0))</span>" } ?? ""
    return """
      <tr data-severity="\(severity)" data-kind="\(finding.kind.rawValue)" data-commit="\(commit.id)">
      <td><span class="badge \(severity)">\(severity)</span></td><td><code>\(escape(finding.rule))</code></td>
      <td><a href="#c-\(commit.id)"><code>\(HumanText.short(commit.id))</code></a></td>
      <td class="place">\(place(finding))</td><td class="what">\(escape(finding.message))\(hint)</td></tr>

      """
  }

  /// A long path may break after its slashes.
  private func place(_ finding: Finding) -> String {
    escape(finding.place).split(separator: "/", omittingEmptySubsequences: false).joined(separator: "/<wbr>")
  }

  private var filters: String {
    let severities = Finding.Severity.allCases.reversed().map { severity in
      "<label><input type=\"checkbox\" name=\"severity\" value=\"\(severity.rawValue)\" checked> \(severity.rawValue)</label>"
    }.joined(separator: "\n")
    let kinds = AnalysisKind.allCases.map { option($0.rawValue, $0.rawValue) }.joined()
    let commits = report.reviews.filter { !$0.findings.isEmpty }.map { review in
      option(review.commit.id, "\(HumanText.short(review.commit.id)) \(review.commit.subject.prefix(60))")
    }.joined()
    return """
      <form id="filters" hidden>
      <fieldset><legend>Severity</legend>
      <span class="boxes">
      \(severities)
      </span></fieldset>
      <label>Kind <select name="kind"><option value="">all</option>\(kinds)</select></label>
      <label>Commit <select name="commit"><option value="">all</option>\(commits)</select></label>
      <label class="search">Search <input type="search" name="text" autocomplete="off" spellcheck="false"></label>
      <button type="reset">Reset</button>
      <output id="count" aria-live="polite"></output>
      </form>

      """
  }

  private func option(_ value: String, _ label: String) -> String { "<option value=\"\(escape(value))\">\(escape(label))</option>" }
}
