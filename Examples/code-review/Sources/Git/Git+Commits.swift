import FlockCore

/// A commit as git tells of it.
struct GitCommit: Sendable, Hashable {
  var id: String
  var parents: [String]
  var author: Commit.Person
  var authoredAt: Timestamp
  var committedAt: Timestamp
  /// At most ``GitLimits/maximumMessageBytes``.
  var message: String
  var isBoundary: Bool
}

extension Git {
  /// The newest commits of a range, newest first, and whether it has more.
  func commits(_ range: ResolvedRange, maximum: Int) async throws -> (commits: [GitCommit], isCut: Bool) {
    guard let tip = range.tip else { return ([], false) }
    var arguments = [
      "log", "-z", "--format=tformat:%H%n%P%n%an%n%ae%n%at%n%ct%n%B", "--encoding=UTF-8", "--topo-order", "--no-color",
      "--no-notes", "--no-decorate", "--no-show-signature", "--no-mailmap", "--no-patch", "--max-count=\(maximum + 1)", tip,
    ]
    if let base = range.base { arguments.append("^\(base)") }
    let output = try await run(arguments + ["--"])
    var commits: [GitCommit] = []
    for record in output.split(separator: 0) { commits.append(try parse(record)) }
    let isCut = commits.count > maximum
    commits = Array(commits.prefix(maximum))
    if isShallow {
      for index in commits.indices where commits[index].parents.isEmpty {
        commits[index].isBoundary = try await hasHiddenParents(commits[index].id)
      }
    }
    return (commits, isCut)
  }

  private func parse(_ record: ArraySlice<UInt8>) throws -> GitCommit {
    var rest = record
    func field() throws -> String {
      guard let end = rest.firstIndex(of: 10) else { throw GitError(.failed, "git log answered a record that is cut off") }
      defer { rest = rest[(end + 1)...] }
      return String(decoding: rest[..<end], as: UTF8.self)
    }
    let id = try field()
    let parents = try field().split(separator: " ").map(String.init)
    guard Git.isObjectName(id), parents.allSatisfy({ Git.isObjectName($0) }) else {
      throw GitError(.failed, "git log answered something other than a commit's name")
    }
    let author = Commit.Person(name: try field(), email: try field())
    let authoredAt = Git.instant(try field())
    let committedAt = Git.instant(try field())
    return GitCommit(
      id: id, parents: parents, author: author, authoredAt: authoredAt, committedAt: committedAt,
      message: String(decoding: rest.prefix(limits.maximumMessageBytes), as: UTF8.self), isBoundary: false)
  }

  /// Seconds since 1970. What does not fit becomes the nearest instant that does.
  private static func instant(_ seconds: String) -> Timestamp {
    let value = min(max(Int64(seconds) ?? 0, -9_000_000_000), 9_000_000_000)
    return Timestamp(nanoseconds: value * 1_000_000_000)
  }

  /// The object itself names parents, although the history ends with it.
  private func hasHiddenParents(_ id: String) async throws -> Bool {
    let object = try await run(["cat-file", "commit", id])
    return object.split(separator: 10, omittingEmptySubsequences: false).prefix { !$0.isEmpty }
      .contains { $0.starts(with: Array("parent ".utf8)) }
  }
}
