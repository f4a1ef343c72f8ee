/// A place that looks like a secret, without the secret.
public struct SecretMatch: Codable, Sendable, Hashable {
  /// A stable word, such as `secret/github-token`.
  public var rule: String
  public var severity: Finding.Severity
  /// From 1.
  public var line: Int
  /// What it looks like: a publicly known prefix and a length at the most.
  public var hint: String
}
