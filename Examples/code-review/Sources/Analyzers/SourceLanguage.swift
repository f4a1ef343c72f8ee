/// What is known of a file by its name.
struct SourceLanguage: Sendable {
  let name: String
  /// Words that open a branch.
  let branches: Set<String>
  /// Operators that do.
  let operators: [[UInt8]]
  /// What begins a comment to the line's end.
  let comment: [UInt8]
  /// Columns of one level, unless the file shows another.
  let indentation: Int

  private static let braces: Set<String> = ["if", "for", "while", "case", "catch"]

  private static func language(
    _ name: String, _ branches: Set<String>, _ operators: [String] = ["&&", "||"], comment: String = "//", indentation: Int = 4
  ) -> SourceLanguage {
    SourceLanguage(
      name: name, branches: branches, operators: operators.map { Array($0.utf8) }, comment: Array(comment.utf8),
      indentation: indentation)
  }

  private static let byExtension: [String: SourceLanguage] = {
    let c = language("C", braces)
    let java = language("Java", braces)
    let script = language("JavaScript", braces, indentation: 2)
    let shell = language("shell", ["if", "elif", "for", "while", "until"], comment: "#", indentation: 2)
    let table: [(SourceLanguage, [String])] = [
      (language("Swift", braces.union(["guard"]), indentation: 2), ["swift"]),
      (c, ["c", "h", "cc", "cpp", "cxx", "hpp", "m", "mm"]),
      (java, ["java", "kt", "kts", "scala", "cs", "php", "dart"]),
      (script, ["js", "jsx", "mjs", "cjs", "ts", "tsx", "vue"]),
      (language("Go", ["if", "for", "case", "select"]), ["go"]),
      (language("Rust", ["if", "for", "while", "match", "loop"]), ["rs"]),
      (language("Python", ["if", "elif", "for", "while", "except", "case", "and", "or"], [], comment: "#"), ["py"]),
      (language("Ruby", ["if", "elsif", "unless", "while", "until", "when", "rescue"], comment: "#", indentation: 2), ["rb"]),
      (shell, ["sh", "bash", "zsh"]),
    ]
    var result: [String: SourceLanguage] = [:]
    for (language, extensions) in table {
      for word in extensions { result[word] = language }
    }
    return result
  }()

  /// - Returns: `nil` for what is not source code that these rules know.
  static func of(path: String) -> SourceLanguage? {
    let name = PathName(path).last
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return nil }
    return byExtension[name[name.index(after: dot)...].lowercased()]
  }
}

/// The parts of a path in a repository.
struct PathName: Sendable {
  let parts: [Substring]

  init(_ path: String) { parts = path.split(separator: "/") }

  var last: Substring { parts.last ?? "" }

  /// By the folders and file names that test runners look for.
  var isTest: Bool {
    let folders: Set<String> = ["test", "tests", "spec", "specs", "__tests__", "testing"]
    if parts.dropLast().contains(where: { folders.contains($0.lowercased()) || $0.hasSuffix("Tests") }) { return true }
    guard let dot = last.lastIndex(of: ".") else { return false }
    let stem = last[..<dot]
    return stem.hasPrefix("test_") || stem.hasSuffix("_test") || stem.hasSuffix("_spec") || stem.hasSuffix(".test")
      || stem.hasSuffix(".spec") || stem.hasSuffix("Tests") || (stem.hasSuffix("Test") && stem != "Test")
  }

  /// Written by tools, full of checksums.
  var isLockFile: Bool {
    let names: Set<String> = [
      "package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "Package.resolved", "go.sum", "Cargo.lock",
      "poetry.lock", "Pipfile.lock", "uv.lock", "Gemfile.lock", "composer.lock",
    ]
    return names.contains(String(last))
  }
}
