public import Flock
import FlockCore

/// A review of a range of commits, as agents on a blackboard.
///
///     review-request -> history  -> commit-list, commit*
///     commit         -> splitter -> changed-file*, change-set
///     change-set     -> size, secrets, licence, tests, complexity -> finding*, analysis
///     commit and one analysis of each kind -> reviewer -> commit-review
///     commit-review* -> reporter -> report
///
/// Each commit is a correlation of its own; the list, the reviews and the report belong to the request's.
public enum CodeReview {
  /// The agents, in the order in which work passes through them.
  public static func agents(limits: GitLimits = GitLimits()) -> [Agent] {
    [history(limits), splitter(limits)] + Analyzers.all.map { analyzer($0) } + [reviewer, reporter]
  }

  /// How a failing git is treated: a repository that is absent stays absent.
  static func permanent<Value>(_ body: () async throws -> Value) async throws -> Value {
    do {
      return try await body()
    } catch let error as GitError where !error.isRetriable {
      throw PermanentFailure("\(error.code.rawValue): \(error.message)")
    }
  }
}
