public import FlockCore

/// What is looked at. Each kind is one agent, and each publishes one ``Analysis`` for a commit.
public enum AnalysisKind: String, Codable, Sendable, Hashable, CaseIterable {
  case size, secrets, licence, tests, complexity
}

/// The end of one kind of analysis of one commit: its figures, and how many findings it published.
public struct Analysis: ArtifactPayload, Hashable {
  public static let artifactType = ArtifactType("analysis")

  public struct Figure: Codable, Sendable, Hashable {
    public var name: String
    public var value: Int
  }

  public var commit: String
  public var kind: AnalysisKind
  public var figures: [Figure]
  /// Findings on the board.
  public var findings: Int
  /// Findings beyond ``maximumFindings``, which are only counted.
  public var findingsLeftOut: Int

  /// Findings of one kind in one commit.
  public static let maximumFindings = 100
}
