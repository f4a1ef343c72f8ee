public import FlockCore

/// One file that a commit changed, against the commit's first parent.
///
/// It holds source text, so only agents with the label ``sourceLabel`` may see it.
public struct ChangedFile: ArtifactPayload, Hashable {
  public static let artifactType = ArtifactType("changed-file")
  public static let sourceLabel = "reads-source"

  public enum Status: String, Codable, Sendable, Hashable {
    case added, deleted, modified, renamed, typeChanged
  }

  /// How much of the content is here.
  public enum Content: String, Codable, Sendable, Hashable {
    /// All changed lines.
    case complete
    /// The first changed lines; the limits cut off the rest.
    case cut
    case binary
    /// Larger than the limit for one file: not looked into.
    case tooLarge
    /// The commit as a whole is larger than its limit: this file was not looked into.
    case commitTooLarge
    /// Another repository's commit.
    case submodule
  }

  /// Consecutive lines, without their ends.
  public struct LineRun: Codable, Sendable, Hashable {
    /// The first line's number, from 1.
    public var start: Int
    public var lines: [String]
  }

  public var path: String
  /// Where it was before, for a rename.
  public var oldPath: String?
  public var status: Status
  public var content: Content
  /// Lines that came and went; 0 where git does not count lines.
  public var addedCount: Int
  public var deletedCount: Int
  /// The size after the change in bytes, where it was asked for: of binary and of large files.
  public var bytes: Int?
  public var added: [LineRun]
  public var removed: [LineRun]
}

extension [ChangedFile.LineRun] {
  func forEachLine(_ body: (_ number: Int, _ text: String) throws -> Void) rethrows {
    for run in self {
      for (offset, text) in run.lines.enumerated() { try body(run.start + offset, text) }
    }
  }
}
