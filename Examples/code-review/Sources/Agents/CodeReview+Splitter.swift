import Flock
import FlockCore

extension CodeReview {
  /// Fans a commit out into its files.
  static func splitter(_ limits: GitLimits) -> Agent {
    Agent("splitter")
      .summary("Splits a commit into the files that it changed.")
      .consumes(Commit.self)
      .publishes(ChangedFile.self, .any, visibility: .labels(ChangedFile.sourceLabel))
      .publishes(ChangeSet.self, .exactly(1))
      // Each reads up to two patches of the limit's size into memory.
      .concurrency(4)
      .timeout(.seconds(600))
      .runs { context in
        let commit = try context.input(Commit.self)
        try await permanent {
          let split = try await CommitSplitter(git: Git(commit, limits)).split(commit)
          for file in split.files { try context.publish(file) }
          try context.publish(split.changeSet)
        }
      }
  }
}

extension Git {
  /// The repository that a commit was found in, without asking where it lies again.
  init(_ commit: Commit, _ limits: GitLimits) {
    self.init(directory: commit.gitDirectory, isShallow: false, limits: limits)
  }
}

/// Reads what a commit changed, within the limits.
struct CommitSplitter: Sendable {
  let git: Git

  func split(_ commit: Commit) async throws -> (changeSet: ChangeSet, files: [ChangedFile]) {
    guard Git.isObjectName(commit.id), commit.parents.allSatisfy({ Git.isObjectName($0) }) else {
      throw GitError(.unknownRevision, "\(Visible.quoted(commit.id)) is not a commit's full name")
    }
    if commit.isBoundary {
      return (ChangeSet(commit: commit, files: 0, filesLeftOut: 0, addedLines: 0, deletedLines: 0), [])
    }
    let all = try await git.changes(of: commit.id, parent: commit.parents.first)
    let changes = Array(all.prefix(git.limits.maximumFiles))
    let files = try await files(changes, patches(commit, all), sizes(changes))
    let set = ChangeSet(
      commit: commit, files: files.count, filesLeftOut: all.count - files.count,
      addedLines: all.reduce(0) { $0 + ($1.added ?? 0) }, deletedLines: all.reduce(0) { $0 + ($1.deleted ?? 0) })
    return (set, files)
  }

  /// `nil` when the patch is larger than what git may answer.
  private func patches(_ commit: Commit, _ changes: [GitChange]) async throws -> [FilePatch]? {
    guard !changes.isEmpty else { return [] }
    do {
      return try await git.patch(of: commit.id, parent: commit.parents.first, changes: changes)
    } catch let error as GitError where error.code == .tooLarge {
      return nil
    }
  }

  private func sizes(_ changes: [GitChange]) async throws -> [String: Int] {
    let uncounted = changes.filter { $0.added == nil && !$0.isSubmodule }.flatMap { [$0.oldObject, $0.object] }
    return try await git.sizes(of: Set(uncounted.filter { $0.utf8.contains { $0 != 48 } }).sorted())
  }

  private func files(_ changes: [GitChange], _ patches: [FilePatch]?, _ sizes: [String: Int]) -> [ChangedFile] {
    let scanner = SecretScanner(looksForEntropy: false)
    var left = git.limits.maximumCommitTextBytes
    return changes.enumerated().map { index, change in
      var file = ChangedFile(
        path: scanner.masked(change.path), oldPath: change.oldPath.map(scanner.masked), status: change.status,
        content: .complete, addedCount: change.added ?? 0, deletedCount: change.deleted ?? 0, bytes: nil, added: [], removed: [])
      if change.isSubmodule {
        file.content = .submodule
      } else if change.added == nil {
        file.bytes = sizes[change.object]
        let largest = max(sizes[change.object] ?? 0, sizes[change.oldObject] ?? 0)
        file.content = largest > git.limits.maximumFileBytes ? .tooLarge : .binary
      } else if let patch = patches?[index], patch.textBytes <= left {
        left -= patch.textBytes
        file.content = patch.isBinary ? .binary : patch.isCut ? .cut : .complete
        file.added = patch.added
        file.removed = patch.removed
      } else {
        file.content = .commitTooLarge
      }
      return file
    }
  }
}
