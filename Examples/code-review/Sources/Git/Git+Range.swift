/// What a range resolved to.
struct ResolvedRange: Sendable, Hashable {
  /// The excluded end, if the range has one.
  var base: String?
  /// `nil` for a repository without a commit.
  var tip: String?
}

extension Git {
  static let maximumRangeBytes = 512

  /// - Parameter range: `A..B`, `A..` (to `HEAD`), one revision, or `nil` for `HEAD`.
  /// - Throws: ``GitError`` with `.invalidRange`, `.unknownRevision`.
  func resolve(_ range: String?) async throws -> ResolvedRange {
    guard let range else { return ResolvedRange(base: nil, tip: try await commit("HEAD")) }
    try Git.check(range)
    guard let dots = range.utf8.firstRange(of: Array("..".utf8)) else {
      return ResolvedRange(base: nil, tip: try await known(range, in: range))
    }
    let base = String(range[..<dots.lowerBound])
    let tip = String(range[dots.upperBound...])
    guard !base.isEmpty, !tip.hasPrefix(".") else {
      throw GitError(.invalidRange, "the range \(Visible.quoted(range)) is not of the form A..B")
    }
    return ResolvedRange(
      base: try await known(base, in: range), tip: try await known(tip.isEmpty ? "HEAD" : tip, in: range))
  }

  private static func check(_ range: String) throws {
    guard !range.isEmpty, range.utf8.count <= maximumRangeBytes else {
      throw GitError(.invalidRange, "a range has 1 to \(maximumRangeBytes) bytes, not \(range.utf8.count)")
    }
    guard range.utf8.first != UInt8(ascii: "-"), range.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
      throw GitError(.invalidRange, "the range \(Visible.quoted(range)) begins with '-', or holds blanks or control characters")
    }
  }

  private func known(_ revision: String, in range: String) async throws -> String {
    guard revision.utf8.first != UInt8(ascii: "-") else {
      throw GitError(.invalidRange, "the range \(Visible.quoted(range)) has a revision that begins with '-'")
    }
    guard let commit = try await commit(revision) else {
      throw GitError(.unknownRevision, "the repository has no commit \(Visible.quoted(revision))")
    }
    return commit
  }

  /// The commit that a revision names, or `nil`.
  private func commit(_ revision: String) async throws -> String? {
    let answer = try await attempt(["rev-parse", "--verify", "--quiet", "--end-of-options", "\(revision)^{commit}"])
    guard answer.isSuccess else { return nil }
    let text = String(decoding: answer.output, as: UTF8.self)
    guard let name = text.split(separator: "\n").last.map(String.init), Git.isObjectName(name) else { return nil }
    return name
  }

  /// A full object name, SHA-1 or SHA-256.
  static func isObjectName(_ text: some StringProtocol) -> Bool {
    (text.utf8.count == 40 || text.utf8.count == 64)
      && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
  }
}
