import Flock
import FlockCore

@testable import CodeReview

/// Runs whole reviews in memory.
enum Reviewing {
  static func review(
    _ repository: Repository, range: String? = nil, commits: Int = 20, requiresLicence: Bool = false, limits: GitLimits = GitLimits(),
    shards: Int = 1
  ) async throws -> ReviewSession.Result {
    let flock = try Flock(agents: CodeReview.agents(limits: limits), store: MemoryStore(shards: shards))
    let session = try await ReviewSession.begin(
      ReviewRequest(
        repository: repository.path, range: range, maximumCommits: commits, expectsLicenceHeaders: requiresLicence),
      on: flock, limits: limits)
    let result = try await session.finish()
    try await flock.shutdown()
    return result
  }

  /// The files that the newest commit changed, as the splitter publishes them.
  static func files(_ repository: Repository, limits: GitLimits = GitLimits()) async throws -> [ChangedFile] {
    let git = try await Git.open(repository.path, limits: limits)
    let range = try await git.resolve(nil)
    let (commits, _) = try await git.commits(range, maximum: 1)
    guard let commit = commits.first else { return [] }
    return try await CommitSplitter(git: git).split(.sample(id: commit.id, parents: commit.parents, directory: git.directory)).files
  }
}

extension Commit {
  static func sample(id: String = String(repeating: "a", count: 40), parents: [String] = [], directory: String = "/nowhere") -> Commit {
    Commit(
      request: CorrelationID("request"), gitDirectory: directory, id: id, parents: parents,
      author: Person(name: "Ada", email: "ada@example.org"), authoredAt: Timestamp(nanoseconds: 0),
      committedAt: Timestamp(nanoseconds: 0), subject: "sample", messageSecrets: [], isBoundary: false, index: 0,
      expectsLicenceHeaders: false)
  }
}

extension ChangedFile {
  /// A new file of these lines.
  static func new(_ path: String, _ lines: [String], status: Status = .added) -> ChangedFile {
    ChangedFile(
      path: path, oldPath: nil, status: status, content: .complete, addedCount: lines.count, deletedCount: 0, bytes: nil,
      added: [LineRun(start: 1, lines: lines)], removed: [])
  }
}

extension Analyzer {
  func analyze(_ files: [ChangedFile], _ commit: Commit = .sample()) -> AnalysisResult {
    analyze(
      ChangeSet(
        commit: commit, files: files.count, filesLeftOut: 0, addedLines: files.reduce(0) { $0 + $1.addedCount },
        deletedLines: files.reduce(0) { $0 + $1.deletedCount }), files)
  }
}

extension AnalysisResult {
  func figure(_ name: String) -> Int? { figures.first { $0.name == name }?.value }
}
