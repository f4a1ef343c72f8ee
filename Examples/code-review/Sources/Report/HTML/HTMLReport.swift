import FlockCore

/// The review as one HTML page: no other file, no network, readable without its script, which only filters and sorts.
struct HTMLReport {
  /// Rows of the table of findings; more are counted, and stand in the JSON.
  static let maximumRows = 5000

  let document: ReviewDocument
  var report: ReviewReport { document.report }
  var summary: RunSummary { document.summary }

  init(_ document: ReviewDocument) { self.document = document }

  func text() -> String {
    """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
    style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
    <title>Code review of \(escape(document.name))</title>
    <style>
    \(HTMLStyle.text)
    </style>
    </head>
    <body>
    <a class="skip" href="#findings">Skip to the findings</a>
    <header>
    <h1>Code review of <span class="name">\(escape(document.name))</span></h1>
    <p>\(escape(document.scope))</p>
    </header>
    <main>
    \(overview)
    \(findings)
    \(commits)
    \(run)
    </main>
    <script>
    \(HTMLScript.text)
    </script>
    </body>
    </html>

    """
  }

  func escape(_ text: String) -> String { HTMLText.escape(text) }

  // MARK: Overview

  private var overview: String {
    var tiles = Finding.Severity.allCases.reversed().map { severity in
      tile(
        HumanText.grouped(report.findings(severity)), report.findings(severity) == 1 ? severity.rawValue : severity.rawValue + "s",
        severity.rawValue)
    }
    tiles.append(tile(HumanText.grouped(report.reviews.count), report.reviews.count == 1 ? "commit reviewed" : "commits reviewed"))
    tiles.append(tile(HumanText.grouped(summary.runs.count + summary.runsLeftOut), "agent runs"))
    tiles.append(tile(HumanText.grouped(summary.totalArtifacts), "artifacts"))
    tiles.append(
      tile(
        HumanText.grouped(summary.deadLetters.count), summary.deadLetters.count == 1 ? "dead letter" : "dead letters",
        summary.deadLetters.isEmpty ? "" : "problem"))
    tiles.append(tile(HumanText.duration(summary.elapsed), "first to last run"))
    var notes = ""
    if !report.missing.isEmpty {
      let names = report.missing.map { "<code>\(HumanText.short($0))</code>" }.joined(separator: ", ")
      notes += "<p class=\"alert\"><strong>Not reviewed:</strong> \(names). See the dead letters below.</p>\n"
    }
    if report.findingsLeftOut > 0 {
      notes += "<p class=\"alert\">\(HumanText.count(report.findingsLeftOut, "more finding")) over the limit of one kind and commit.</p>\n"
    }
    return "<section aria-label=\"Overview\">\n<ul class=\"tiles\">\n\(tiles.joined())</ul>\n\(notes)</section>"
  }

  private func tile(_ figure: String, _ label: String, _ kind: String = "") -> String {
    "<li class=\"tile \(kind)\"><span class=\"figure\">\(escape(figure))</span> <span class=\"label\">\(escape(label))</span></li>\n"
  }

  // MARK: Tables

  /// A table that scrolls within the page, and can be scrolled by keyboard.
  func table(_ caption: String, _ head: [String], numbers: Set<Int> = [], _ rows: [[String]]) -> String {
    func cells(_ row: [String], _ tag: String) -> String {
      row.enumerated().map { index, cell in
        let scope = tag == "th" ? " scope=\"col\"" : ""
        return "<\(tag)\(scope)\(numbers.contains(index) ? " class=\"number\"" : "")>\(cell)</\(tag)>"
      }.joined()
    }
    let body = rows.map { "<tr>\(cells($0, "td"))</tr>\n" }.joined()
    return """
      <div class="scroll" role="region" aria-label="\(escape(caption))" tabindex="0">
      <table><caption>\(escape(caption))</caption>
      <thead><tr>\(cells(head.map(escape), "th"))</tr></thead>
      <tbody>
      \(body)</tbody></table></div>
      """
  }
}
