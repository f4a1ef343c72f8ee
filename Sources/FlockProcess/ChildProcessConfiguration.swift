import Glibc

/// What to run, in which surroundings, and within which limits.
///
/// The child gets what stands here and nothing else: no shell, no descriptors but the three standard ones, no signal
/// dispositions of the parent, and of the parent's environment only an allow-list.
public struct ChildProcessConfiguration: Sendable {
  /// An absolute path, or a name without a slash that is looked for in the absolute directories of this
  /// configuration's `PATH`, and in `/usr/local/bin:/usr/bin:/bin` if it has none.
  public var executable: String
  /// What follows the program's name, passed as they are: nothing is expanded or split.
  public var arguments: [String]
  /// The child's whole environment. Default: the parent's `PATH`, `HOME`, `LANG` and `TMPDIR`, as far as it has them.
  public var environment: [String: String]
  /// An absolute path; `nil` is the parent's own directory. Default `nil`.
  public var workingDirectory: String?

  /// How many bytes of standard output are accepted in all; more ends the child with `outputTooLong`.
  /// Default 16 MiB. `Int.max` suits a child that serves for days: what is held at a time is bounded all the same.
  public var maximumOutputBytes: Int = 16 << 20
  /// How many of the last bytes of standard error are kept; what came before is dropped. Default 64 KiB.
  public var maximumErrorBytes: Int = 64 << 10
  /// The longest line that `nextLine()` returns, without its line feed; a longer one ends the child with `lineTooLong`.
  /// Default 1 MiB.
  public var maximumLineBytes: Int = 1 << 20
  /// How long the child may live, from its start; then it is ended with `timedOut`. Default `nil`: no bound.
  public var timeout: Duration?
  /// How long the child's group has between SIGTERM and SIGKILL. Zero goes straight to SIGKILL. Default 2 s.
  public var terminationGrace: Duration = .seconds(2)

  public init(
    executable: String, arguments: [String] = [],
    environment: [String: String] = ChildProcessConfiguration.inheritedEnvironment()
  ) {
    self.executable = executable
    self.arguments = arguments
    self.environment = environment
  }

  /// The parent's values of the named variables; a name that the parent lacks, or whose value is not UTF-8, is left out.
  public static func inheritedEnvironment(_ names: [String] = ["PATH", "HOME", "LANG", "TMPDIR"]) -> [String: String] {
    var environment: [String: String] = [:]
    for name in names {
      if let value = getenv(name) { environment[name] = String(validatingCString: value) }
    }
    return environment
  }
}

extension ChildProcessConfiguration {
  /// Throws `invalidConfiguration` for the first field that breaks its rule.
  func validate() throws(ChildProcessError) {
    try require(!executable.isEmpty, "executable is empty: give an absolute path or the name of a program")
    try require(
      executable.utf8.first == UInt8(ascii: "/") || !executable.utf8.contains(UInt8(ascii: "/")),
      "executable '\(executable)' is a relative path: give an absolute one, or a name without a slash")
    try require(!executable.utf8.contains(0), "executable has a NUL byte: remove it")
    for (index, argument) in arguments.enumerated() {
      try require(!argument.utf8.contains(0), "argument \(index) has a NUL byte, which no program can be given")
    }
    for (name, value) in environment {
      try require(
        !name.isEmpty && !name.utf8.contains(UInt8(ascii: "=")) && !name.utf8.contains(0),
        "the environment has a name that is empty or has '=' or a NUL byte in it: rename the variable")
      try require(!value.utf8.contains(0), "the environment's \(name) has a NUL byte in its value: remove it")
    }
    if let workingDirectory {
      try require(
        workingDirectory.utf8.first == UInt8(ascii: "/") && !workingDirectory.utf8.contains(0),
        "workingDirectory '\(workingDirectory)' is not an absolute path without NUL bytes: give one")
    }
    try require(maximumOutputBytes >= 0, "maximumOutputBytes is \(maximumOutputBytes): give 0 or more")
    try require(maximumErrorBytes >= 0, "maximumErrorBytes is \(maximumErrorBytes): give 0 or more")
    try require(maximumLineBytes >= 1, "maximumLineBytes is \(maximumLineBytes): give 1 or more")
    if let timeout { try require(timeout > .zero, "timeout is \(timeout): give more than zero, or nil for no bound") }
    try require(terminationGrace >= .zero, "terminationGrace is \(terminationGrace): give zero or more")
  }

  private func require(_ rule: Bool, _ message: @autoclosure () -> String) throws(ChildProcessError) {
    if !rule { throw ChildProcessError(.invalidConfiguration, message()) }
  }
}
