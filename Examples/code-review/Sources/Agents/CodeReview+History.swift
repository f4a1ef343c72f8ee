import Flock
import FlockCore

extension CodeReview {
  /// Splits a request into commits.
  static func history(_ limits: GitLimits) -> Agent {
    Agent("history")
      .summary("Lists the commits of a requested range.")
      .consumes(ReviewRequest.self)
      .publishes(CommitList.self, .exactly(1))
      .publishes(Commit.self, .range(0...ReviewRequest.maximumCommitsAllowed))
      .timeout(.seconds(600))
      .runs { context in
        let request = try context.input(ReviewRequest.self)
        guard (1...ReviewRequest.maximumCommitsAllowed).contains(request.maximumCommits) else {
          throw PermanentFailure("maximumCommits is 1 to \(ReviewRequest.maximumCommitsAllowed), not \(request.maximumCommits)")
        }
        guard request.repository.hasPrefix("/") else {
          throw PermanentFailure("the repository's path must be absolute, not \(Visible.quoted(request.repository))")
        }
        try await permanent { try await list(request, context, limits) }
      }
  }

  private static func list(_ request: ReviewRequest, _ context: RunContext, _ limits: GitLimits) async throws {
    let git = try await Git.open(request.repository, limits: limits)
    let range = try await git.resolve(request.range)
    let (commits, isCut) = try await git.commits(range, maximum: request.maximumCommits)
    let correlation = context.correlation
    try context.publish(
      CommitList(
        repository: request.repository, range: request.range, tip: range.tip, base: range.base, commits: commits.map(\.id), isCut: isCut))
    for (index, commit) in commits.enumerated() {
      try context.publish(
        artifact(of: commit, index, git.directory, request, correlation),
        correlation: ReviewNames.correlation(request: correlation, commit: commit.id))
    }
  }

  private static func artifact(
    of commit: GitCommit, _ index: Int, _ directory: String, _ request: ReviewRequest, _ correlation: CorrelationID
  ) -> Commit {
    let scanner = SecretScanner()
    let lines = commit.message.split(separator: "\n", omittingEmptySubsequences: false)
    var secrets: [SecretMatch] = []
    for (number, line) in lines.enumerated() where secrets.count < Analysis.maximumFindings {
      for span in scanner.spans(in: String(line)) {
        secrets.append(SecretMatch(rule: span.rule, severity: span.severity, line: number + 1, hint: span.hint))
      }
    }
    let subject = scanner.masked(lines.first.map(String.init) ?? "")
    let isLong = subject.count > Commit.maximumSubjectCharacters
    return Commit(
      request: correlation, gitDirectory: directory, id: commit.id, parents: commit.parents,
      author: Commit.Person(
        name: String(scanner.masked(commit.author.name).prefix(Commit.maximumSubjectCharacters)),
        email: String(commit.author.email.prefix(Commit.maximumSubjectCharacters))),
      authoredAt: commit.authoredAt, committedAt: commit.committedAt,
      subject: isLong ? subject.prefix(Commit.maximumSubjectCharacters - 3) + "..." : subject, messageSecrets: secrets,
      isBoundary: commit.isBoundary, index: index, expectsLicenceHeaders: request.expectsLicenceHeaders)
  }
}
