public import FlockCore

/// The reviews of a request, newest commit first. The same commits give the same report.
public struct ReviewReport: ArtifactPayload, Hashable {
  public static let artifactType = ArtifactType("report")

  public var repository: String
  public var range: String?
  public var tip: String?
  public var base: String?
  /// The range has older commits than those that were asked for.
  public var isCut: Bool
  public var reviews: [CommitReview]
  /// Commits of the list whose review did not come about; their runs are dead letters.
  public var missing: [String]

  public func findings(_ severity: Finding.Severity) -> Int {
    reviews.reduce(0) { $0 + $1.findings.count { $0.severity == severity } }
  }

  public var findings: Int { reviews.reduce(0) { $0 + $1.findings.count } }
  public var findingsLeftOut: Int { reviews.reduce(0) { $0 + $1.findingsLeftOut } }
}
