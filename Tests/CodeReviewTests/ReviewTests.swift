import Flock
import FlockCore
import FlockKernel
import Foundation
import Testing

@testable import CodeReview

struct ReviewTests {
  /// Three commits: two small files; a token and a test; a merge-free deletion.
  private static func sample() async throws -> (repository: Repository, ids: [String]) {
    let repository = try await Repository(name: "sample <b>&\"'")
    try repository.write("// Copyright Ada\nfunc a() {\n  if x { y() }\n}\n", to: "Sources/a.swift")
    let first = try await repository.commit("first")
    try repository.write("token: \(Planted.gitHub)\n", to: "config.yml")
    try repository.write("func test() {}\n", to: "Tests/aTests.swift")
    let second = try await repository.commit("add <script>alert(1)</script> & a key \(Planted.aws)\n\nbody\n")
    try FileManager.default.removeItem(at: repository.folder.appendingPathComponent("Tests/aTests.swift"))
    let third = try await repository.commit("remove the test")
    return (repository, [first, second, third])
  }

  @Test(arguments: [1, 4])
  func `each commit is reviewed once with one analysis of each kind`(shards: Int) async throws {
    let (repository, ids) = try await ReviewTests.sample()
    let result = try await Reviewing.review(repository, shards: shards)
    #expect(result.report.reviews.map(\.commit.id) == ids.reversed())
    #expect(result.report.missing == [])
    for review in result.report.reviews { #expect(review.analyses.map(\.kind) == AnalysisKind.allCases) }
    let counts = Dictionary(uniqueKeysWithValues: result.summary.artifacts.map { ($0.type, $0.count) })
    // 1 + 2 + 1 changed files; findings: the token and the key, a file without header, the deleted test.
    let expected = [
      "review-request": 1, "commit-list": 1, "commit": 3, "changed-file": 4, "change-set": 3, "analysis": 15, "finding": 4,
      "commit-review": 3, "report": 1,
    ]
    #expect(counts == expected)
    // 1 of history, 3 of splitter, 15 analyses, 3 of reviewer, 1 of reporter.
    #expect(result.summary.runs.count == 23)
    #expect(result.summary.runs.allSatisfy { $0.kind == .success })
    #expect(result.summary.deadLetters.isEmpty)
  }

  @Test
  func `the findings are those that were planted`() async throws {
    let (repository, ids) = try await ReviewTests.sample()
    let report = try await Reviewing.review(repository).report
    let found = report.reviews.flatMap(\.findings).map { finding -> String in
      let commit = ids.firstIndex(of: finding.commit).map { $0 + 1 } ?? 0
      return "\(commit) \(finding.severity.rawValue) \(finding.rule) \(finding.place)"
    }
    let expected = [
      "3 warning tests/deleted Tests/aTests.swift", "2 problem secret/aws-key-id the commit:1",
      "2 problem secret/github-token config.yml:1", "2 note licence/missing Tests/aTests.swift:1",
    ]
    #expect(found == expected)
  }

  @Test
  func `no secret is in any artifact but the files that hold it, nor in a report`() async throws {
    let (repository, _) = try await ReviewTests.sample()
    let store = MemoryStore()
    let flock = try Flock(agents: CodeReview.agents(), store: store)
    let session = try await ReviewSession.begin(ReviewRequest(repository: repository.path), on: flock)
    let document = ReviewDocument(try await session.finish())
    try await flock.shutdown()
    for format in ReviewDocument.Format.allCases {
      let text = try document.text(format)
      #expect(!text.contains(Planted.aws.dropFirst(4)))
      #expect(!text.contains(Planted.body))
    }
    var query = ArtifactQuery()
    query.limit = 1000
    var holders: [String] = []
    for artifact in try await store.artifacts(query).artifacts {
      let text = String(decoding: try artifact.payload.encoded(), as: UTF8.self)
      if text.contains(Planted.body) || text.contains(Planted.aws.dropFirst(4)) { holders.append(artifact.type.name) }
    }
    #expect(holders == ["changed-file"])
    query.filter.identity = .anonymous
    query.filter.types = ["changed-file"]
    #expect(try await store.artifacts(query).artifacts.isEmpty)
  }

  @Test
  func `the same commits give the same report, with any number of shards`() async throws {
    let (repository, _) = try await ReviewTests.sample()
    let one = try await Reviewing.review(repository)
    let other = try await Reviewing.review(repository, shards: 7)
    #expect(one.report == other.report)
    #expect(try JSONEncoder.sorted.encode(one.report) == JSONEncoder.sorted.encode(other.report))
  }

  @Test
  func `the same request on the same board is not done again, a new commit is`() async throws {
    let (repository, _) = try await ReviewTests.sample()
    let store = MemoryStore()
    func review() async throws -> ReviewSession.Result {
      let flock = try Flock(agents: CodeReview.agents(), store: store)
      let session = try await ReviewSession.begin(ReviewRequest(repository: repository.path), on: flock)
      let result = try await session.finish()
      try await flock.shutdown()
      return result
    }
    let first = try await review()
    let records = try await store.summary(ArtifactFilter()).total
    let again = try await review()
    #expect(try await store.summary(ArtifactFilter()).total == records)
    #expect(again.report == first.report)
    #expect(again.summary.runs == first.summary.runs)
    try repository.write("more\n", to: "more.txt")
    try await repository.commit("fourth")
    #expect(try await review().report.reviews.count == 4)
  }

  @Test
  func `an empty repository and an empty range give an empty report`() async throws {
    let empty = try await Repository()
    let nothing = try await Reviewing.review(empty)
    #expect(nothing.report.reviews.isEmpty)
    #expect(nothing.report.tip == nil)
    #expect(try ReviewDocument(nothing).text(.markdown).contains("no commit yet"))
    let (repository, ids) = try await ReviewTests.sample()
    let range = try await Reviewing.review(repository, range: "HEAD..HEAD")
    #expect(range.report.reviews.isEmpty)
    #expect(range.report.base == ids[2])
  }

  @Test
  func `an empty commit, a merge and a bounded list are reviewed`() async throws {
    let repository = try await Repository()
    try repository.write("a\n", to: "a.txt")
    try await repository.commit("first")
    let empty = try await repository.commit("empty")
    try await repository.git(["checkout", "-q", "-b", "topic", "HEAD~1"])
    try repository.write("b\n", to: "b.txt")
    try await repository.commit("topic")
    try await repository.git(["checkout", "-q", "main"])
    try await repository.git(["merge", "-q", "--no-ff", "-m", "merge", "topic"])
    let report = try await Reviewing.review(repository, commits: 3).report
    #expect(report.reviews.count == 3)
    #expect(report.isCut)
    #expect(report.reviews.first?.commit.isMerge == true)
    #expect(report.reviews.first { $0.commit.id == empty }?.figure("files") == 0)
  }

  @Test(.timeLimit(.minutes(1)))
  func `a review that is shut down midway goes on on the same board`() async throws {
    let repository = try await Repository()
    for number in 0..<12 {
      try repository.write("line \(number)\n", to: "file \(number).txt")
      try await repository.commit("commit \(number)")
    }
    let store = MemoryStore()
    let request = ReviewRequest(repository: repository.path)
    let first = try Flock(agents: CodeReview.agents(), store: store)
    let interrupted = try await ReviewSession.begin(request, on: first)
    let outcome = Task { try await interrupted.finish() }
    while try await interrupted.progress().total == nil { await Task.yield() }
    try await first.shutdown()
    await #expect { try await outcome.value } throws: { ($0 as? FlockError)?.code == .shutDown }
    let second = try Flock(agents: CodeReview.agents(), store: store)
    let result = try await ReviewSession.begin(request, on: second).finish()
    try await second.shutdown()
    #expect(result.report == (try await Reviewing.review(repository).report))
    #expect(result.summary.artifacts.first { $0.type == "analysis" }?.count == 60)
  }

  @Test
  func `a repository that is named in another way is the same request`() async throws {
    let (repository, _) = try await ReviewTests.sample()
    let link = repository.folder.deletingLastPathComponent().appendingPathComponent("link")
    try FileManager.default.createSymbolicLink(at: link, withDestinationURL: repository.folder)
    let up = String(repeating: "../", count: FileManager.default.currentDirectoryPath.split(separator: "/").count)
    let flock = try Flock(agents: CodeReview.agents())
    var requests: Set<ArtifactID> = []
    for path in [repository.path, link.path, up + repository.path.dropFirst(), repository.path + "/Sources/.."] {
      requests.insert(try await ReviewSession.begin(ReviewRequest(repository: path), on: flock).request)
    }
    #expect(requests.count == 1)
    let published = try await flock.store.artifact(try #require(requests.first))
    #expect(try published?.value(as: ReviewRequest.self).repository.hasPrefix("/") == true)
  }

  @Test
  func `what cannot be read is refused before anything is published`() async throws {
    let store = MemoryStore()
    let flock = try Flock(agents: CodeReview.agents(), store: store)
    await #expect(throws: GitError.self) { try await ReviewSession.begin(ReviewRequest(repository: "/nothing/here"), on: flock) }
    #expect(try await store.summary(ArtifactFilter()).total == 0)
  }

  @Test(arguments: ["/nothing/here", "relative", "/"])
  func `a request that was published by hand ends as one dead letter with its reason`(path: String) async throws {
    let flock = try Flock(agents: CodeReview.agents())
    try await flock.publish(ReviewRequest(repository: path))
    try await flock.runUntilIdle()
    let letters = try await flock.store.deadLetters(limit: 9)
    #expect(letters.map(\.agent) == ["history"])
    #expect(letters.map(\.attempts) == [1])
    #expect(letters.first?.failure.cause == .permanent)
    try await flock.shutdown()
  }

  @Test
  func `a commit that cannot be read is missing in the report, and joins it when it is replayed`() async throws {
    let (repository, ids) = try await ReviewTests.sample()
    let object = repository.folder.appendingPathComponent(".git/objects/\(ids[1].prefix(2))/\(ids[1].dropFirst(2))")
    let flock = try Flock(agents: CodeReview.agents())
    let session = try await ReviewSession.begin(ReviewRequest(repository: repository.path), on: flock)
    let tree = try await repository.git(["rev-parse", "\(ids[1]):config.yml"])
    let blob = repository.folder.appendingPathComponent(".git/objects/\(tree.prefix(2))/\(tree.dropFirst(2))")
    #expect(FileManager.default.fileExists(atPath: object.path))
    let aside = blob.appendingPathExtension("aside")
    try FileManager.default.moveItem(at: blob, to: aside)
    let cut = try await session.finish()
    #expect(cut.report.missing == [ids[1]])
    #expect(cut.report.reviews.map(\.commit.id) == [ids[2], ids[0]])
    #expect(cut.summary.deadLetters.map(\.agent) == ["splitter"])
    #expect(try ReviewDocument(cut).text(.html).contains("Not reviewed"))
    try FileManager.default.moveItem(at: aside, to: blob)
    for letter in cut.summary.deadLetters { try await flock.replay(letter) }
    let whole = try await session.finish()
    #expect(whole.report.missing == [])
    #expect(whole.report.reviews.map(\.commit.id) == ids.reversed())
    #expect(whole.summary.deadLetters.isEmpty)
    try await flock.shutdown()
  }

  @Test
  func `the agents' declarations are valid and explain a commit`() async throws {
    let (repository, _) = try await ReviewTests.sample()
    let flock = try Flock(agents: CodeReview.agents())
    let session = try await ReviewSession.begin(ReviewRequest(repository: repository.path), on: flock)
    _ = try await session.finish()
    var query = ArtifactQuery()
    query.filter.types = ["commit"]
    let commit = try #require(try await flock.store.artifacts(query).artifacts.first)
    let fired = try await flock.explain(commit.id).lines.filter { $0.verdict == .fired }.map(\.agent)
    #expect(fired == ["splitter", "reviewer"])
    try await flock.shutdown()
  }
}

extension JSONEncoder {
  static var sorted: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return encoder
  }
}
