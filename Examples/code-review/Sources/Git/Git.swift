import FlockProcess
import Glibc

/// Reads one repository with the installed git, and trusts nothing in it.
///
/// Every call is an argument vector without a shell. The surroundings are made here: neither the user's nor the system's
/// configuration is read, and what a repository's own could start (hooks, a file-system monitor, pagers, external diffs,
/// text conversions, signature checks, lazy fetches) is switched off. Work tree and index are never looked at, so
/// that attributes in them cannot hide a file.
struct Git: Sendable {
  /// Absolute.
  let directory: String
  let isShallow: Bool
  let limits: GitLimits

  /// - Parameter path: a directory in a work tree, or a git directory.
  static func open(_ path: String, limits: GitLimits) async throws -> Git {
    let absolute = try absolutePath(path)
    let answer = try await call(
      ["-C", absolute, "rev-parse", "--absolute-git-dir", "--is-shallow-repository"], limits: limits)
    guard answer.isSuccess else { throw refused(answer.error, path: path) }
    let lines = String(decoding: answer.output, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    // A directory's name may hold line ends: the last word is the second answer.
    guard lines.count >= 3, lines.last == "", let shallow = lines.dropLast().last else {
      throw GitError(.failed, "git did not say where the repository of \(Visible.quoted(path)) lies")
    }
    return Git(directory: lines.dropLast(2).joined(separator: "\n"), isShallow: shallow == "true", limits: limits)
  }

  /// What git answered.
  struct Answer: Sendable {
    let code: Int32?
    let output: [UInt8]
    let error: String
    var isSuccess: Bool { code == 0 }
  }

  /// - Returns: the output of a call that succeeded.
  func run(_ arguments: [String], input: [UInt8] = []) async throws -> [UInt8] {
    let answer = try await attempt(arguments, input: input)
    guard answer.isSuccess else {
      throw GitError(.failed, "git \(arguments.first ?? "") failed: \(Git.firstLine(of: answer.error))")
    }
    return answer.output
  }

  func attempt(_ arguments: [String], input: [UInt8] = []) async throws -> Answer {
    try await Git.call(["--git-dir=\(directory)"] + arguments, input: input, limits: limits)
  }

  // MARK: The call

  private static let settings: [(String, String)] = [
    ("core.hooksPath", "/dev/null"), ("core.fsmonitor", "false"), ("core.attributesFile", "/dev/null"),
    ("core.excludesFile", "/dev/null"), ("core.untrackedCache", "false"), ("core.quotePath", "true"),
    ("core.pager", "cat"), ("diff.external", ""), ("log.showSignature", "false"), ("log.mailmap", "false"),
    ("protocol.allow", "never"), ("gc.auto", "0"), ("maintenance.auto", "false"), ("color.ui", "false"),
  ]

  private static func call(_ arguments: [String], input: [UInt8] = [], limits: GitLimits) async throws -> Answer {
    var vector = ["--no-pager", "--literal-pathspecs", "--no-optional-locks"]
    for (name, value) in settings { vector += ["-c", "\(name)=\(value)"] }
    vector += ["-c", "core.bigFileThreshold=\(limits.maximumFileBytes)"]
    var configuration = ChildProcessConfiguration(
      executable: "git", arguments: vector + arguments, environment: surroundings())
    configuration.workingDirectory = "/"
    configuration.maximumOutputBytes = limits.maximumOutputBytes
    configuration.timeout = limits.timeout
    do {
      let completion = try await ChildProcess.run(configuration, input: input)
      let error = String(decoding: completion.standardErrorTail, as: UTF8.self)
      guard case .exited(let code) = completion.exit else { return Answer(code: nil, output: [], error: "\(completion.exit)") }
      return Answer(code: code, output: completion.output, error: error)
    } catch let error as ChildProcessError {
      throw translated(error, limits)
    }
  }

  private static func surroundings() -> [String: String] {
    var environment = ChildProcessConfiguration.inheritedEnvironment(["PATH", "TMPDIR"])
    environment["LC_ALL"] = "C"
    environment["GIT_CONFIG_NOSYSTEM"] = "1"
    environment["GIT_CONFIG_GLOBAL"] = "/dev/null"
    environment["GIT_ATTR_NOSYSTEM"] = "1"
    environment["GIT_IMPLICIT_WORK_TREE"] = "0"
    // No index either, whose attributes would count: a name that never exists.
    environment["GIT_INDEX_FILE"] = "/proc/self/no-index"
    environment["GIT_NO_REPLACE_OBJECTS"] = "1"
    environment["GIT_NO_LAZY_FETCH"] = "1"
    environment["GIT_ALLOW_PROTOCOL"] = "none"
    environment["GIT_TERMINAL_PROMPT"] = "0"
    environment["GIT_OPTIONAL_LOCKS"] = "0"
    return environment
  }

  // MARK: What went wrong

  private static func translated(_ error: ChildProcessError, _ limits: GitLimits) -> GitError {
    switch error.code {
    case .executableNotFound: GitError(.gitMissing, "git is not installed, or not in PATH")
    case .outputTooLong: GitError(.tooLarge, "git answered more than \(limits.maximumOutputBytes) bytes (maximumOutputBytes)")
    case .timedOut: GitError(.timedOut, "git did not answer within \(limits.timeout)")
    default: GitError(.failed, "git cannot be run: \(error.message)")
    }
  }

  private static func refused(_ text: String, path: String) -> GitError {
    if text.contains("dubious ownership") {
      return GitError(
        .notTrusted, "\(Visible.quoted(path)) belongs to another user, and git does not trust it; run this as its owner")
    }
    if text.contains("not a git repository") {
      return GitError(.notARepository, "\(Visible.quoted(path)) is not in a git repository")
    }
    return GitError(.failed, "git cannot read \(Visible.quoted(path)): \(firstLine(of: text))")
  }

  private static func firstLine(of text: String) -> String {
    let line = text.split(separator: "\n").first.map(String.init) ?? "it gave no reason"
    return Visible.text(String(line.prefix(300)))
  }

  /// Without links, so that one directory has one name.
  static func absolutePath(_ path: String) throws -> String {
    var information = stat()
    guard !path.isEmpty, !path.utf8.contains(0), stat(path, &information) == 0, information.st_mode & S_IFMT == S_IFDIR
    else { throw GitError(.notADirectory, "there is no directory \(Visible.quoted(path))") }
    guard let resolved = realpath(path, nil) else {
      throw GitError(.notADirectory, "the directory \(Visible.quoted(path)) cannot be entered")
    }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}
