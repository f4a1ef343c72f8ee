public import FlockCore

/// One commit, as git recorded it, with what could be a secret masked.
public struct Commit: ArtifactPayload, Hashable {
  public static let artifactType = ArtifactType("commit")

  public struct Person: Codable, Sendable, Hashable {
    public var name: String
    public var email: String
  }

  /// What the request, the list, the reviews and the report belong to.
  public var request: CorrelationID
  public var gitDirectory: String
  /// The object's full name in hexadecimal.
  public var id: String
  public var parents: [String]
  public var author: Person
  public var authoredAt: Timestamp
  public var committedAt: Timestamp
  /// The message's first line, at most ``maximumSubjectCharacters``.
  public var subject: String
  /// Secrets in the message, already masked: their places, lines counted from 1.
  public var messageSecrets: [SecretMatch]
  /// A shallow clone ends here: the commit has parents that are not in the repository.
  public var isBoundary: Bool
  /// The place in the request's list, from 0 for the newest.
  public var index: Int
  public var expectsLicenceHeaders: Bool

  public static let maximumSubjectCharacters = 200

  public var isMerge: Bool { parents.count > 1 }
}
