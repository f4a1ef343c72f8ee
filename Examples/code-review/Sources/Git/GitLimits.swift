/// How much of a repository is looked at.
public struct GitLimits: Sendable, Hashable {
  /// Of one call of git. Default 2 minutes.
  public var timeout: Duration = .seconds(120)
  /// What one call may answer, in bytes. Default 64 MiB.
  public var maximumOutputBytes = 64 << 20
  /// Files of one commit; more are counted. Default 500.
  public var maximumFiles = 500
  /// A file larger than this, before or after the change, is not looked into. Default 1 MiB.
  public var maximumFileBytes = 1 << 20
  /// Changed lines of one file that are looked at, in bytes with 8 for each line. Default 256 KiB.
  public var maximumFileTextBytes = 256 << 10
  /// The same for one commit. Default 8 MiB.
  public var maximumCommitTextBytes = 8 << 20
  /// A longer line is looked at up to here, in bytes. Default 4 KiB.
  public var maximumLineBytes = 4 << 10
  /// Of a commit's message, in bytes. Default 16 KiB.
  public var maximumMessageBytes = 16 << 10

  public init() {}
}
