public import FlockCore

/// Asks for the review of a range of commits.
public struct ReviewRequest: ArtifactPayload {
  public static let artifactType = ArtifactType("review-request")

  /// A directory in a git repository, or a bare repository. Absolute.
  public var repository: String
  /// `A..B`, or one revision with everything before it; `nil` is `HEAD`.
  public var range: String?
  /// The newest commits of the range that are looked at, 1 to ``maximumCommitsAllowed``. Default 20.
  public var maximumCommits: Int
  /// New source files must begin with a licence header: a warning for each that does not, in place of one note a commit.
  public var expectsLicenceHeaders: Bool

  public static let defaultCommits = 20
  public static let maximumCommitsAllowed = 1000

  public init(
    repository: String, range: String? = nil, maximumCommits: Int = defaultCommits, expectsLicenceHeaders: Bool = false
  ) {
    self.repository = repository
    self.range = range
    self.maximumCommits = maximumCommits
    self.expectsLicenceHeaders = expectsLicenceHeaders
  }
}

/// The words with which the example derives ids: the same request on the same board is the same work.
enum ReviewNames {
  /// Changes with what the analyzers find, so that a newer program reviews a commit anew.
  static let version = 1

  /// - Parameter tip: the commit that the range ends with, so that a branch that has moved on is another request.
  static func request(_ request: ReviewRequest, base: String?, tip: String?) -> ArtifactID {
    let parts = [
      request.repository, request.range ?? "", String(request.maximumCommits), String(request.expectsLicenceHeaders),
      base ?? "", tip ?? "",
    ]
    // Length and text, so that no two lists give one name.
    let name = parts.map { "\($0.utf8.count):\($0)" }.joined()
    return ArtifactID(CorrelationID("code-review/\(version)/\(name)").value)
  }

  /// What everything about one commit of one request belongs to.
  static func correlation(request: CorrelationID, commit: String) -> CorrelationID {
    CorrelationID("code-review/\(request)/\(commit)")
  }
}
