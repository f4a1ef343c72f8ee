public import Flock
public import FlockCore
import FlockKernel

/// One review from request to report, on a board of the caller's.
public struct ReviewSession: Sendable {
  public let flock: Flock
  /// What the request, its list of commits, its reviews and its report belong to.
  public let correlation: CorrelationID
  /// The request on the board.
  public let request: ArtifactID
  public let limits: GitLimits

  /// What came of a review.
  public struct Result: Sendable {
    public let report: ReviewReport
    public let summary: RunSummary
  }

  /// Checks the repository and publishes the request.
  ///
  /// The request's id is derived from the repository, the range and the commits that it names now: the same review on the
  /// same store is the same work, which goes on where it was interrupted, and is not done again once it is done.
  /// - Parameters:
  ///   - request: its repository may be a relative path here; what is published has an absolute one.
  ///   - flock: has the agents of ``CodeReview/agents(limits:)``.
  ///   - limits: those that the agents were made with.
  /// - Throws: ``GitError`` when the repository cannot be read, before anything is published; what `publish` throws.
  public static func begin(
    _ request: ReviewRequest, on flock: Flock, limits: GitLimits = GitLimits()
  ) async throws -> ReviewSession {
    var request = request
    // Whoever takes the request up may have another working directory.
    request.repository = try Git.absolutePath(request.repository)
    let git = try await Git.open(request.repository, limits: limits)
    let range = try await git.resolve(request.range)
    let id = ReviewNames.request(request, base: range.base, tip: range.tip)
    try await flock.publish(request, PublishOptions(id: id))
    return ReviewSession(flock: flock, correlation: CorrelationID(id.value), request: id, limits: limits)
  }

  /// Works until the report is there.
  /// - Throws: ``ReviewFailed`` when the commits could not be listed or the report not be made; what the board throws.
  public func finish() async throws -> Result {
    try await flock.runUntilIdle()
    let summary = try await RunSummary.collect(of: self)
    guard let report = try await report() else {
      let letter = summary.deadLetters.first { $0.correlation == correlation }
      throw ReviewFailed(reason: letter.map { "agent '\($0.agent)': \($0.failure.message)" })
    }
    return Result(report: report, summary: summary)
  }

  /// The newest report of the request, if there is one.
  public func report() async throws -> ReviewReport? { try await newest() }

  func list() async throws -> CommitList? { try await newest() }

  private func newest<Value: ArtifactPayload>() async throws -> Value? {
    var query = ArtifactQuery()
    query.filter.correlation = correlation
    query.filter.types = [Value.artifactType.name]
    query.order = .newestFirst
    query.limit = 1
    return try await flock.store.artifacts(query).artifacts.first?.value(as: Value.self)
  }

  /// How far the review is.
  /// - Returns: `nil` for the total until the commits are listed.
  public func progress() async throws -> (reviewed: Int, total: Int?) {
    var filter = ArtifactFilter()
    filter.correlation = correlation
    filter.types = [CommitReview.artifactType.name]
    return (try await flock.store.summary(filter).total, try await list()?.commits.count)
  }
}

/// No report came about.
public struct ReviewFailed: Error, Sendable, CustomStringConvertible {
  /// From the dead letter, if there is one.
  public let reason: String?

  public var description: String {
    "the review gave no report" + (reason.map { ": \($0)" } ?? "; look at what still waits with a query of the store")
  }
}
