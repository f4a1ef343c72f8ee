import FlockProcess
import Foundation

/// A git repository in a temporary folder, with fixed people and dates: the same steps give the same commits.
final class Repository {
  let folder: URL
  var path: String { folder.path }
  private var date = 1_700_000_000

  init(name: String = "repository", isBare: Bool = false) async throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("review-\(UUID().uuidString)")
      .appendingPathComponent(name)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try await git(["init", "-q", "-b", "main"] + (isBare ? ["--bare"] : []) + [path])
  }

  /// An existing folder, such as a clone.
  init(at folder: URL) { self.folder = folder }

  deinit { try? FileManager.default.removeItem(at: folder.deletingLastPathComponent()) }

  @discardableResult
  func git(_ arguments: [String], environment: [String: String] = [:]) async throws -> String {
    var configuration = ChildProcessConfiguration(executable: "git", arguments: arguments)
    configuration.workingDirectory = path
    configuration.environment = [
      "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin", "GIT_CONFIG_NOSYSTEM": "1",
      "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.org",
      "GIT_COMMITTER_NAME": "Ben", "GIT_COMMITTER_EMAIL": "ben@example.org", "GIT_AUTHOR_DATE": "\(date) +0000",
      "GIT_COMMITTER_DATE": "\(date) +0000", "HOME": path, "LC_ALL": "C",
    ].merging(environment) { $1 }
    let completion = try await ChildProcess.run(configuration)
    guard completion.exit.isSuccess else {
      throw RepositoryError(text: "git \(arguments): \(String(decoding: completion.standardErrorTail, as: UTF8.self))")
    }
    return String(decoding: completion.output, as: UTF8.self).trimmingCharacters(in: .newlines)
  }

  func write(_ text: String, to name: String) throws { try write(Data(text.utf8), to: name) }

  func write(_ data: Data, to name: String) throws {
    let url = folder.appendingPathComponent(name)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try data.write(to: url)
  }

  /// Commits everything that lies in the work tree, an hour after the commit before.
  /// - Returns: the commit's name.
  @discardableResult
  func commit(_ message: String) async throws -> String {
    date += 3600
    try await git(["add", "--all"])
    try await git(["commit", "-q", "--no-verify", "--allow-empty", "-m", message])
    return try await git(["rev-parse", "HEAD"])
  }
}

struct RepositoryError: Error, CustomStringConvertible {
  let text: String
  var description: String { text }
}
