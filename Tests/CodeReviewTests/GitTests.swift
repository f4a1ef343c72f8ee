import Foundation
import Testing

@testable import CodeReview

struct GitTests {
  @Test
  func `paths with blanks, line ends, quotes and letters of any script arrive as they are`() async throws {
    let repository = try await Repository(name: "a folder\nwith ünïcode")
    let names = ["a b.txt", "line\nend.txt", "quote\"s.txt", "Ünïcödé/ファイル.txt", "-dash.txt", "tab\t.txt", "back\\slash.txt"]
    for name in names { try repository.write("\(name)\n", to: name) }
    try await repository.commit("odd names")
    let files = try await Reviewing.files(repository)
    #expect(Set(files.map(\.path)) == Set(names))
    for file in files where !file.path.contains("\n") { #expect(file.added == [.init(start: 1, lines: [file.path])]) }
    // The name with a line end was written as two lines.
    #expect(files.first { $0.path == "line\nend.txt" }?.added == [.init(start: 1, lines: ["line", "end.txt"])])
  }

  @Test
  func `additions, changes, deletions, renames and changes of type are told apart`() async throws {
    let repository = try await Repository()
    let long = (1...20).map { "line \($0)" }.joined(separator: "\n") + "\n"
    try repository.write(long, to: "moved.txt")
    try repository.write("a\nb\nc\n", to: "changed.txt")
    try repository.write("gone\n", to: "gone.txt")
    try repository.write("plain\n", to: "kind")
    try await repository.commit("first")
    try await repository.git(["mv", "moved.txt", "there.txt"])
    try repository.write("a\nB\nc\nd\n", to: "changed.txt")
    try repository.write("new\n", to: "new.txt")
    for name in ["gone.txt", "kind"] { try FileManager.default.removeItem(at: repository.folder.appendingPathComponent(name)) }
    try FileManager.default.createSymbolicLink(
      atPath: repository.folder.appendingPathComponent("kind").path, withDestinationPath: "new.txt")
    try await repository.commit("second")
    let files = try await Reviewing.files(repository)
    let byPath = Dictionary(uniqueKeysWithValues: files.map { ($0.path, $0) })
    #expect(files.map(\.path).sorted() == ["changed.txt", "gone.txt", "kind", "new.txt", "there.txt"])
    #expect(byPath["changed.txt"]?.added == [.init(start: 2, lines: ["B"]), .init(start: 4, lines: ["d"])])
    #expect(byPath["changed.txt"]?.removed == [.init(start: 2, lines: ["b"])])
    #expect(byPath["changed.txt"]?.addedCount == 2)
    #expect(byPath["changed.txt"]?.deletedCount == 1)
    #expect(byPath["gone.txt"]?.status == .deleted)
    #expect(byPath["kind"]?.status == .typeChanged)
    #expect(byPath["kind"]?.removed == [.init(start: 1, lines: ["plain"])])
    #expect(byPath["kind"]?.added == [.init(start: 1, lines: ["new.txt"])])
    #expect(byPath["there.txt"]?.status == .renamed)
    #expect(byPath["there.txt"]?.oldPath == "moved.txt")
    #expect(byPath["there.txt"]?.added == [])
  }

  @Test
  func `a merge is compared with its first parent`() async throws {
    let repository = try await Repository()
    try repository.write("base\n", to: "base.txt")
    let root = try await repository.commit("root")
    try await repository.git(["checkout", "-q", "-b", "topic"])
    try repository.write("topic\n", to: "topic.txt")
    let topic = try await repository.commit("topic")
    try await repository.git(["checkout", "-q", "main"])
    try repository.write("main\n", to: "main.txt")
    let main = try await repository.commit("main")
    try await repository.git(["merge", "-q", "--no-ff", "-m", "merge topic", "topic"])
    let git = try await Git.open(repository.path, limits: GitLimits())
    let (commits, isCut) = try await git.commits(git.resolve(nil), maximum: 10)
    #expect(commits.count == 4)
    #expect(!isCut)
    #expect(commits.first?.parents == [main, topic])
    #expect(commits.first?.message == "merge topic\n")
    #expect(commits.last?.id == root)
    #expect(try await Reviewing.files(repository).map(\.path) == ["topic.txt"])
  }

  @Test
  func `binary files and files over the limit are skipped and said, and a directory's attributes hide nothing`() async throws {
    let repository = try await Repository()
    var limits = GitLimits()
    limits.maximumFileBytes = 10_000
    try repository.write(Data([0, 1, 2, 0, 255]), to: "image.bin")
    try repository.write(String(repeating: "0123456789\n", count: 1000), to: "huge.txt")
    try repository.write("* -diff\n", to: ".gitattributes")
    try repository.write("seen\n", to: "text.txt")
    try await repository.commit("files")
    let byPath = Dictionary(uniqueKeysWithValues: try await Reviewing.files(repository, limits: limits).map { ($0.path, $0) })
    #expect(byPath["image.bin"]?.content == .binary)
    #expect(byPath["image.bin"]?.bytes == 5)
    #expect(byPath["huge.txt"]?.content == .tooLarge)
    #expect(byPath["huge.txt"]?.bytes == 11_000)
    #expect(byPath["huge.txt"]?.added == [])
    #expect(byPath["text.txt"]?.content == .complete)
    #expect(byPath["text.txt"]?.added == [.init(start: 1, lines: ["seen"])])
  }

  @Test
  func `a commit over its limits has files that are said not to be looked into`() async throws {
    let repository = try await Repository()
    for name in ["a", "b", "c", "d"] { try repository.write(String(repeating: "x\n", count: 100), to: name) }
    try await repository.commit("four")
    var limits = GitLimits()
    // A file counts 100 times 1 + 8 bytes.
    limits.maximumCommitTextBytes = 1800
    limits.maximumFiles = 3
    let files = try await Reviewing.files(repository, limits: limits)
    #expect(files.map(\.content) == [.complete, .complete, .commitTooLarge])
    let result = try await Reviewing.review(repository, limits: limits)
    let rules = result.report.reviews.first?.findings.map(\.rule) ?? []
    #expect(rules.contains("size/files-left-out"))
    #expect(rules.contains("size/commit-too-large"))
    limits.maximumOutputBytes = 1000
    #expect(try await Reviewing.files(repository, limits: limits).map(\.content) == [.commitTooLarge, .commitTooLarge, .commitTooLarge])
  }

  @Test
  func `nothing that a repository configures is run`() async throws {
    let repository = try await Repository()
    let mark = repository.folder.deletingLastPathComponent().appendingPathComponent("ran")
    let script = repository.folder.deletingLastPathComponent().appendingPathComponent("run.sh")
    try "#!/bin/sh\ntouch '\(mark.path)'\ncat\n".write(to: script, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script.path)
    try repository.write("*.txt diff=evil\n", to: ".gitattributes")
    try repository.write("*.txt diff=evil\n", to: ".git/info/attributes")
    try repository.write("one\n", to: "a.txt")
    try await repository.commit("first")
    try repository.write("two\n", to: "a.txt")
    try await repository.commit("second")
    for name in [
      "core.fsmonitor", "core.pager", "pager.log", "diff.external", "diff.evil.command", "diff.evil.textconv", "gpg.program",
      "core.sshCommand", "core.askPass",
    ] { try await repository.git(["config", name, script.path]) }
    try await repository.git(["config", "log.showSignature", "true"])
    try await repository.git(["config", "core.hooksPath", script.deletingLastPathComponent().path])
    let files = try await Reviewing.files(repository)
    #expect(files.map(\.added) == [[.init(start: 1, lines: ["two"])]])
    #expect(!FileManager.default.fileExists(atPath: mark.path))
    // The trap works: git itself, asked plainly, falls into it.
    _ = try? await repository.git(["diff", "HEAD~1", "HEAD"])
    #expect(FileManager.default.fileExists(atPath: mark.path))
  }

  @Test
  func `a shallow clone's last commit is said to be one`() async throws {
    let repository = try await Repository()
    for number in 1...3 {
      try repository.write("\(number)\n", to: "a.txt")
      try await repository.commit("commit \(number)")
    }
    let clone = repository.folder.deletingLastPathComponent().appendingPathComponent("clone")
    try await repository.git(["clone", "-q", "--depth", "2", "file://\(repository.path)", clone.path])
    let git = try await Git.open(clone.path, limits: GitLimits())
    #expect(git.isShallow)
    let (commits, _) = try await git.commits(git.resolve(nil), maximum: 10)
    #expect(commits.map(\.isBoundary) == [false, true])
  }

  // MARK: What is refused

  @Test
  func `paths that are no repository are told apart`() async throws {
    let empty = try await Repository()
    let outside = empty.folder.deletingLastPathComponent().appendingPathComponent("plain")
    try FileManager.default.createDirectory(at: outside, withIntermediateDirectories: true)
    try empty.write("x", to: "file")
    func code(_ path: String) async -> GitError.Code? {
      do {
        _ = try await Git.open(path, limits: GitLimits())
        return nil
      } catch { return (error as? GitError)?.code }
    }
    #expect(await code(outside.path) == .notARepository)
    #expect(await code(outside.path + "/nothing") == .notADirectory)
    #expect(await code(empty.path + "/file") == .notADirectory)
    #expect(await code("") == .notADirectory)
    #expect(await code(empty.path) == nil)
  }

  @Test(arguments: [
    ("nothing", GitError.Code.unknownRevision), ("HEAD..nothing", .unknownRevision), ("nothing..HEAD", .unknownRevision),
    ("--output=/tmp/x", .invalidRange), ("HEAD..--all", .invalidRange), ("..HEAD", .invalidRange), ("HEAD...HEAD", .invalidRange),
    ("", .invalidRange), ("HEAD HEAD", .invalidRange), ("HEAD\nHEAD", .invalidRange), (String(repeating: "a", count: 513), .invalidRange),
    ("HEAD~99", .unknownRevision), ("HEAD:a.txt", .unknownRevision), ("@{-1}", .unknownRevision),
  ])
  func `a range that names no commits is refused with its reason`(range: String, code: GitError.Code) async throws {
    let repository = try await Repository()
    try repository.write("x\n", to: "a.txt")
    try await repository.commit("one")
    let git = try await Git.open(repository.path, limits: GitLimits())
    await #expect { try await git.resolve(range) } throws: { ($0 as? GitError)?.code == code }
  }

  @Test
  func `ranges are resolved to commits`() async throws {
    let repository = try await Repository(isBare: false)
    var ids: [String] = []
    for number in 1...4 {
      try repository.write("\(number)\n", to: "a.txt")
      ids.append(try await repository.commit("commit \(number)"))
    }
    try await repository.git(["tag", "-a", "-m", "tag", "v1", ids[1]])
    let git = try await Git.open(repository.path, limits: GitLimits())
    #expect(try await git.resolve(nil) == ResolvedRange(base: nil, tip: ids[3]))
    #expect(try await git.resolve("v1..HEAD~1") == ResolvedRange(base: ids[1], tip: ids[2]))
    #expect(try await git.resolve("v1..") == ResolvedRange(base: ids[1], tip: ids[3]))
    #expect(try await git.resolve("HEAD~2") == ResolvedRange(base: nil, tip: ids[1]))
    #expect(try await git.commits(git.resolve("v1..HEAD"), maximum: 9).commits.map(\.id) == [ids[3], ids[2]])
    #expect(try await git.commits(git.resolve("HEAD..HEAD"), maximum: 9).commits.isEmpty)
    let (newest, isCut) = try await git.commits(git.resolve(nil), maximum: 3)
    #expect(newest.map(\.id) == [ids[3], ids[2], ids[1]])
    #expect(isCut)
  }

  @Test
  func `a child of git that answers too long is ended`() async throws {
    let repository = try await Repository()
    try repository.write(String(repeating: "x\n", count: 10_000), to: "a.txt")
    try await repository.commit("one")
    var limits = GitLimits()
    limits.maximumOutputBytes = 5000
    let git = try await Git.open(repository.path, limits: limits)
    await #expect { try await git.run(["cat-file", "-p", "HEAD:a.txt"]) } throws: { ($0 as? GitError)?.code == .tooLarge }
  }
}
