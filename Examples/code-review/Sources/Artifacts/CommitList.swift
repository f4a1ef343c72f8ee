public import FlockCore

/// The commits that a request is about, newest first.
public struct CommitList: ArtifactPayload {
  public static let artifactType = ArtifactType("commit-list")

  /// Both as the request has them.
  public var repository: String
  public var range: String?
  /// What the range resolved to; `nil` for a repository without a commit.
  public var tip: String?
  /// The commit that the range excludes, if it names one.
  public var base: String?
  public var commits: [String]
  /// The range has older commits than these.
  public var isCut: Bool
}
