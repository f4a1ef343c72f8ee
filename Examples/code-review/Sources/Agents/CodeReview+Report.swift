import Flock
import FlockCore

extension CodeReview {
  /// Collects the reviews of a request until it is flushed, and reports.
  ///
  /// It reports on everything that the request has on the board, so that a commit which was dead-lettered and replayed
  /// later joins the others in a second report.
  static var reporter: Agent {
    Agent("reporter")
      .summary("Puts the reviews of a request together.")
      .consumes(CommitReview.self)
      .batched(size: ReviewRequest.maximumCommitsAllowed, scope: .correlation)
      .named("reviews")
      .consumes(CommitList.self) { $0.commits.isEmpty }
      .named("nothing")
      .publishes(ReviewReport.self, .exactly(1))
      .shown(RequestContext())
      .runs { context in
        let all = context.artifacts + context.board
        let lists = try all.filter { $0.type == CommitList.artifactType }.map { try $0.value(as: CommitList.self) }
        guard let list = lists.first else { throw PermanentFailure("the list of commits is not on the board") }
        var reviews: [String: CommitReview] = [:]
        for artifact in all where artifact.type == CommitReview.artifactType {
          let review = try artifact.value(as: CommitReview.self)
          reviews[review.commit.id] = review
        }
        try context.publish(
          ReviewReport(
            repository: list.repository, range: list.range, tip: list.tip, base: list.base, isCut: list.isCut,
            reviews: list.commits.compactMap { reviews[$0] }, missing: list.commits.filter { reviews[$0] == nil }))
      }
  }
}

/// The list and the reviews of a request.
struct RequestContext: ContextProvider {
  let maximumArtifacts = ReviewRequest.maximumCommitsAllowed + 1
  let maximumBytes = 256 << 20

  func artifacts(for request: ContextRequest) async throws -> [Artifact] {
    var query = ArtifactQuery()
    query.filter.correlation = request.correlation
    query.filter.types = [CommitList.artifactType.name]
    query.limit = 1
    let lists = try await request.artifacts(query).artifacts
    query.filter.types = [CommitReview.artifactType.name]
    query.limit = maximumArtifacts
    return try await lists + request.artifacts(query).artifacts
  }
}
