/// One kind of analysis of a commit: a function of the commit and its files, without any effect.
protocol Analyzer: Sendable {
  var kind: AnalysisKind { get }
  /// For a person: what it looks at.
  var summary: String { get }

  func analyze(_ change: ChangeSet, _ files: [ChangedFile]) -> AnalysisResult
}

/// What an analyzer found, in the order in which it is told.
struct AnalysisResult: Sendable {
  struct Found: Sendable {
    var rule: String
    var severity: Finding.Severity
    var path: String?
    var line: Int?
    var message: String
    var hint: String?
  }

  var figures: [Analysis.Figure] = []
  private(set) var found: [Found] = []
  private(set) var leftOut = 0

  mutating func figure(_ name: String, _ value: Int) { figures.append(Analysis.Figure(name: name, value: value)) }

  mutating func add(
    _ rule: String, _ severity: Finding.Severity, in path: String? = nil, line: Int? = nil, _ message: String,
    hint: String? = nil
  ) {
    guard found.count < Analysis.maximumFindings else {
      leftOut += 1
      return
    }
    found.append(Found(rule: rule, severity: severity, path: path, line: line, message: message, hint: hint))
  }
}

enum Analyzers {
  /// In the order of ``AnalysisKind``.
  static let all: [any Analyzer] = [
    SizeAnalyzer(), SecretsAnalyzer(), LicenceAnalyzer(), TestsAnalyzer(), ComplexityAnalyzer(),
  ]
}
