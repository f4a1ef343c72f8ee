public import FlockCore

/// Something that a reviewer should look at. Never holds a secret.
public struct Finding: ArtifactPayload, Hashable {
  public static let artifactType = ArtifactType("finding")

  public enum Severity: String, Codable, Sendable, Hashable, CaseIterable, Comparable {
    case note, warning, problem

    public static func < (a: Severity, b: Severity) -> Bool { a.rank < b.rank }

    private var rank: Int {
      switch self {
      case .note: 0
      case .warning: 1
      case .problem: 2
      }
    }
  }

  public var commit: String
  public var kind: AnalysisKind
  /// A stable word for the check, such as `secret/github-token`.
  public var rule: String
  public var severity: Severity
  /// `nil` when it is about the commit as a whole.
  public var path: String?
  /// From 1, after the change; before it for a removed line.
  public var line: Int?
  public var message: String
  /// For a secret: what it looks like, with everything that is secret masked.
  public var hint: String?
}
