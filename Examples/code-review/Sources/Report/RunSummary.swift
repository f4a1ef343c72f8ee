import Flock
public import FlockCore
public import FlockKernel

/// What a review cost: its artifacts, its runs with their times, and what failed.
public struct RunSummary: Sendable {
  /// A committed run.
  public struct Run: Sendable, Hashable {
    public var agent: String
    public var startedAt: Timestamp
    public var finishedAt: Timestamp
    public var kind: Outcome.Kind
    public var attempts: Int
    public var outputs: Int
    /// The commit that it was about, if it was about one.
    public var commit: String?
  }

  /// The agents in the order in which work passes through them.
  public var agents: [String]
  /// By name of the type, sorted.
  public var artifacts: [(type: String, count: Int)]
  /// By start, at most ``maximumRuns``.
  public var runs: [Run]
  public var runsLeftOut: Int
  /// Of this request, neither replayed nor dropped.
  public var deadLetters: [DeadLetter]

  public static let maximumRuns = 10_000

  public var totalArtifacts: Int { artifacts.reduce(0) { $0 + $1.count } }

  /// From the first run's start to the last one's end.
  public var elapsed: Duration {
    guard let first = runs.map(\.startedAt).min(), let last = runs.map(\.finishedAt).max() else { return .zero }
    return last - first
  }
}

extension RunSummary {
  /// Reads everything of a request from the store.
  static func collect(of session: ReviewSession) async throws -> RunSummary {
    let store = session.flock.store
    let commits = try await correlations(of: session)
    var counts: [String: Int] = [:]
    var ids: Set<RunID> = []
    for correlation in [session.correlation] + commits.keys.sorted() {
      try await store.forEachArtifact(in: correlation) { artifact in
        counts[artifact.type.name, default: 0] += 1
        if artifact.run != .none { ids.insert(artifact.run) }
      }
    }
    let letters = try await store.deadLetters(limit: maximumRuns)
      .filter { $0.correlation == session.correlation || commits[$0.correlation] != nil }
    ids.formUnion(letters.map(\.run))
    var runs: [Run] = []
    for id in ids.sorted() { runs += try await store.outcomes(of: id).map { Run($0, commit: commits[$0.correlation]) } }
    runs.sort { ($0.startedAt, $0.agent, $0.commit ?? "") < ($1.startedAt, $1.agent, $1.commit ?? "") }
    return RunSummary(
      agents: session.flock.registry.agents.map(\.name),
      artifacts: counts.sorted { $0.key < $1.key }.map { (type: $0.key, count: $0.value) },
      runs: Array(runs.prefix(maximumRuns)), runsLeftOut: max(0, runs.count - maximumRuns), deadLetters: letters)
  }

  /// Of the request's commits.
  private static func correlations(of session: ReviewSession) async throws -> [CorrelationID: String] {
    var commits: [CorrelationID: String] = [:]
    for id in try await session.list()?.commits ?? [] {
      commits[ReviewNames.correlation(request: session.correlation, commit: id)] = id
    }
    return commits
  }
}

extension RunSummary.Run {
  init(_ outcome: Outcome, commit: String?) {
    self.init(
      agent: outcome.agent.name, startedAt: outcome.startedAt, finishedAt: max(outcome.startedAt, outcome.finishedAt),
      kind: outcome.kind, attempts: Int(outcome.attempts), outputs: Int(outcome.outputCount), commit: commit)
  }
}

extension BlackboardStore {
  /// All artifacts of a correlation, page by page, oldest first.
  func forEachArtifact(in correlation: CorrelationID, _ body: (Artifact) -> Void) async throws {
    var query = ArtifactQuery()
    query.filter.correlation = correlation
    query.limit = 500
    repeat {
      let page = try await artifacts(query)
      for artifact in page.artifacts { body(artifact) }
      query.after = page.next
    } while query.after != nil
  }
}
