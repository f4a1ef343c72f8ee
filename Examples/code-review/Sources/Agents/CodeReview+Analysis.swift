import Flock
import FlockCore

extension CodeReview {
  /// An agent that looks at a commit's files in one way.
  static func analyzer(_ analyzer: any Analyzer) -> Agent {
    Agent(analyzer.kind.rawValue)
      .summary(analyzer.summary)
      .labels(ChangedFile.sourceLabel)
      .consumes(ChangeSet.self)
      .publishes(Finding.self, .range(0...Analysis.maximumFindings))
      .publishes(Analysis.self, .exactly(1))
      .shown(CommitContext<ChangedFile>(maximumArtifacts: 10_000, maximumBytes: 128 << 20))
      .runs { context in
        let change = try context.input(ChangeSet.self)
        let files = try context.board.map { try $0.value(as: ChangedFile.self) }
        guard files.count == change.files else {
          throw PermanentFailure("\(files.count) of the commit's \(change.files) files fit into what an agent is shown")
        }
        let result = analyzer.analyze(change, files.sorted { $0.path < $1.path })
        for found in result.found {
          try context.publish(
            Finding(
              commit: change.commit.id, kind: analyzer.kind, rule: found.rule, severity: found.severity, path: found.path,
              line: found.line, message: found.message, hint: found.hint))
        }
        try context.publish(
          Analysis(
            commit: change.commit.id, kind: analyzer.kind, figures: result.figures, findings: result.found.count,
            findingsLeftOut: result.leftOut))
      }
  }

  /// Waits for a commit and one analysis of each kind, and puts them together.
  static var reviewer: Agent {
    let kinds = AnalysisKind.allCases.count
    return Agent("reviewer")
      .summary("Puts the analyses of a commit together.")
      .subscribes(Subscription(inputs: [.init(Commit.self), .init(Analysis.self, count: kinds)]))
      .publishes(CommitReview.self, .exactly(1))
      .shown(CommitContext<Finding>(maximumArtifacts: kinds * Analysis.maximumFindings, maximumBytes: 16 << 20))
      .runs { context in
        let commit = try context.input(Commit.self)
        let analyses = try context.inputs(Analysis.self).sorted { $0.kind.place < $1.kind.place }
        guard analyses.map(\.kind) == AnalysisKind.allCases else {
          throw PermanentFailure("commit \(commit.id) has analyses \(analyses.map(\.kind.rawValue)), not one of each kind")
        }
        let findings = try context.board.map { try $0.value(as: Finding.self) }
        let expected = analyses.reduce(0) { $0 + $1.findings }
        guard findings.count == expected else {
          throw PermanentFailure("\(findings.count) of the \(expected) findings of commit \(commit.id) are on the board")
        }
        try context.publish(
          CommitReview(
            commit: commit, analyses: analyses, findings: findings.sorted(by: Finding.precedes),
            findingsLeftOut: analyses.reduce(0) { $0 + $1.findingsLeftOut }),
          correlation: commit.request)
      }
  }
}

extension AnalysisKind {
  var place: Int { AnalysisKind.allCases.firstIndex(of: self) ?? 0 }
}

extension Finding {
  /// The gravest first, then by kind and place.
  static func precedes(_ a: Finding, _ b: Finding) -> Bool {
    if a.severity != b.severity { return a.severity > b.severity }
    if a.kind != b.kind { return a.kind.place < b.kind.place }
    return (a.path ?? "", a.line ?? 0, a.rule, a.message, a.hint ?? "") < (b.path ?? "", b.line ?? 0, b.rule, b.message, b.hint ?? "")
  }
}

/// All artifacts of one type in the run's correlation.
struct CommitContext<Value: ArtifactPayload>: ContextProvider {
  let maximumArtifacts: Int
  let maximumBytes: Int

  func artifacts(for request: ContextRequest) async throws -> [Artifact] {
    var query = ArtifactQuery()
    query.filter.correlation = request.correlation
    query.filter.types = [Value.artifactType.name]
    query.limit = min(ArtifactQuery.maximumLimit, maximumArtifacts)
    return try await request.artifacts(query).artifacts
  }
}
