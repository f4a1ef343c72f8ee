public import FlockCore

/// Everything about one commit.
public struct CommitReview: ArtifactPayload, Hashable {
  public static let artifactType = ArtifactType("commit-review")

  public var commit: Commit
  /// In the order of ``AnalysisKind``.
  public var analyses: [Analysis]
  /// The gravest first, then by place.
  public var findings: [Finding]
  public var findingsLeftOut: Int
}
