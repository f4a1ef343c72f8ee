public import FlockCore

/// That all changed files of a commit are on the board. It is published together with them.
public struct ChangeSet: ArtifactPayload {
  public static let artifactType = ArtifactType("change-set")

  public var commit: Commit
  /// Files on the board.
  public var files: Int
  /// Files of the commit beyond the limit, which are not on the board.
  public var filesLeftOut: Int
  /// Of all files of the commit.
  public var addedLines: Int
  public var deletedLines: Int
}
