/// One entry of a commit's difference to its first parent.
struct GitChange: Sendable, Hashable {
  var status: ChangedFile.Status
  var path: String
  var oldPath: String?
  /// The objects before and after the change; all zeros where there is none.
  var oldObject: String
  var object: String
  var isSubmodule: Bool
  /// `nil` where git does not count lines.
  var added: Int?
  var deleted: Int?
}

extension Git {
  private static let comparison = ["-r", "-M50%", "-l1000", "--no-ext-diff", "--no-textconv", "--no-color", "--no-relative"]

  /// The two sides of a commit's difference. A merge is compared with its first parent, a root with nothing.
  private static func sides(_ id: String, parent: String?) -> [String] {
    (parent.map { [$0, id] } ?? ["--root", "--no-commit-id", id]) + ["--"]
  }

  func changes(of id: String, parent: String?) async throws -> [GitChange] {
    let output = try await run(
      ["diff-tree", "-z", "--raw", "--numstat", "--no-abbrev"] + Git.comparison + Git.sides(id, parent: parent))
    return try ChangeListParser(output).parse()
  }

  /// The changed lines of each change, in their order.
  func patch(of id: String, parent: String?, changes: [GitChange]) async throws -> [FilePatch] {
    let output = try await run(
      ["diff-tree", "-p", "-U0", "--inter-hunk-context=0", "--full-index", "--src-prefix=a/", "--dst-prefix=b/"]
        + ["--diff-algorithm=myers", "--submodule=short", "--ignore-submodules=none"]
        + Git.comparison + Git.sides(id, parent: parent))
    let sections = try PatchParser(output, limits: limits).parse()
    var patches: [FilePatch] = []
    var next = 0
    for change in changes {
      // A change of type is written as a deletion and an addition.
      let count = change.status == .typeChanged ? 2 : 1
      guard next + count <= sections.count else { break }
      patches.append(sections[next..<(next + count)].dropFirst().reduce(sections[next]) { $0.followed(by: $1) })
      next += count
    }
    guard patches.count == changes.count, next == sections.count else {
      throw GitError(.failed, "git's patch of \(id) has \(sections.count) parts for \(changes.count) files")
    }
    return patches
  }

  /// The sizes of objects in bytes; one that is absent has none.
  func sizes(of objects: [String]) async throws -> [String: Int] {
    guard !objects.isEmpty else { return [:] }
    let input = objects.joined(separator: "\n") + "\n"
    let output = try await run(["cat-file", "--batch-check=%(objectname) %(objectsize)"], input: Array(input.utf8))
    var sizes: [String: Int] = [:]
    for line in String(decoding: output, as: UTF8.self).split(separator: "\n") {
      let parts = line.split(separator: " ")
      if parts.count == 2, let size = Int(parts[1]) { sizes[String(parts[0])] = size }
    }
    return sizes
  }
}

/// Reads `diff-tree -z --raw --numstat`: all raw entries, then a count for each.
struct ChangeListParser {
  private var fields: ArraySlice<ArraySlice<UInt8>>

  init(_ output: [UInt8]) {
    fields = output.split(separator: 0, omittingEmptySubsequences: false)[...]
    if fields.last?.isEmpty == true { fields.removeLast() }
  }

  func parse() throws -> [GitChange] {
    var reader = self
    var changes: [GitChange] = []
    while reader.fields.first?.first == UInt8(ascii: ":") { changes.append(try reader.entry()) }
    for index in changes.indices { try reader.count(for: &changes[index]) }
    guard reader.fields.isEmpty else { throw malformed }
    return changes
  }

  private var malformed: GitError { GitError(.failed, "git diff-tree answered something other than a list of changes") }

  private mutating func field() throws -> String {
    guard let next = fields.popFirst() else { throw malformed }
    return String(decoding: next, as: UTF8.self)
  }

  /// `:100644 100755 before after R087`, then one path or two.
  private mutating func entry() throws -> GitChange {
    let words = try field().dropFirst().split(separator: " ")
    guard words.count == 5, let letter = words[4].first, Git.isObjectName(words[3]) else { throw malformed }
    let first = try field()
    let isMove = letter == "R" || letter == "C"
    let path = isMove ? try field() : first
    let status: ChangedFile.Status
    switch letter {
    case "A", "C": status = .added
    case "D": status = .deleted
    case "M": status = .modified
    case "R": status = .renamed
    case "T": status = .typeChanged
    default: throw malformed
    }
    return GitChange(
      status: status, path: path, oldPath: isMove ? first : nil, oldObject: String(words[2]), object: String(words[3]),
      isSubmodule: words[0] == "160000" || words[1] == "160000")
  }

  /// `1<TAB>2<TAB>path`, or with an empty path and then the two of a rename; `-` where lines are not counted.
  private mutating func count(for change: inout GitChange) throws {
    let parts = try field().split(separator: "\t", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3 else { throw malformed }
    let path: String
    if parts[2].isEmpty {
      _ = try field()
      path = try field()
    } else {
      path = String(parts[2])
    }
    guard path == change.path else { throw malformed }
    change.added = Int(parts[0])
    change.deleted = Int(parts[1])
  }
}
