import FlockCore
import FlockProcess

/// Which program does an agent's work, in which surroundings and within which limits.
///
/// The program gets no shell, no descriptors but the three standard ones, and of this process's environment only what
/// stands here.
public struct SubprocessEngineConfiguration: Sendable {
  /// How processes and runs go together.
  public enum Mode: Sendable, Hashable {
    /// Each attempt has a process of its own.
    case perRun
    /// At most `maximum` processes, each of which does one run after another and says `ready` before each.
    case pooled(maximum: Int)
  }

  /// An absolute path, or a name without a slash that is looked for in the absolute directories of the environment's `PATH`.
  public var executable: String
  /// Passed as they are: nothing is expanded or split.
  public var arguments: [String]
  /// The program's whole environment. Default: this process's `PATH`, `HOME`, `LANG` and `TMPDIR`.
  public var environment: [String: String]
  /// An absolute path; `nil` is this process's own directory.
  public var workingDirectory: String?
  public var mode = Mode.perRun

  /// With `Mode.perRun`: processes at once; further runs wait, and their agents' time runs. Default 64.
  public var maximumProcesses = 64
  /// For one run, the start of its process included. Default `nil`: the agent's own limit is the only one.
  public var timeout: Duration?
  /// Between SIGTERM and SIGKILL to the process's group. Zero goes straight to SIGKILL. Default 2 s.
  public var terminationGrace: Duration = .seconds(2)
  /// The line that the program is given: inputs and board. Default 64 MiB.
  public var maximumRunBytes = 64 << 20
  /// Standard output of one run. Default 16 MiB.
  public var maximumOutputBytes = 16 << 20
  /// One line of standard output. Default 1 MiB.
  public var maximumLineBytes = 1 << 20
  /// The end of standard error that is kept for the log and for errors. Default 64 KiB.
  public var maximumErrorBytes = 64 << 10

  /// Lenient: a program that ends with code 0 without `done` and without `fail` has done its work. For programs that
  /// only print artifacts. It cannot tell a program that stopped half-way from one that is done. Default false.
  public var acceptsSilentSuccess = false
  /// So many of the last bytes of standard error stand in the error of a process that failed. Default 0, because what a
  /// program prints there may hold payloads and secrets, and errors are stored.
  public var quotedErrorBytes = 0
  /// Variables of `environment` whose values are taken out of failures' messages, the log and quoted standard error.
  public var secretVariables: Set<String> = []
  /// Is given `log` lines as they come, and standard error when a process has ended. Called on the run's task.
  public var log: (@Sendable (SubprocessLogEntry) -> Void)?

  public init(
    executable: String, arguments: [String] = [],
    environment: [String: String] = SubprocessEngineConfiguration.inheritedEnvironment(), mode: Mode = .perRun
  ) {
    self.executable = executable
    self.arguments = arguments
    self.environment = environment
    self.mode = mode
  }

  /// This process's values of the named variables; a name that it lacks is left out.
  public static func inheritedEnvironment(_ names: [String] = ["PATH", "HOME", "LANG", "TMPDIR"]) -> [String: String] {
    ChildProcessConfiguration.inheritedEnvironment(names)
  }
}

/// What a program said beside its results. Secrets of `secretVariables` are taken out.
public struct SubprocessLogEntry: Sendable, Hashable {
  public enum Kind: Sendable, Hashable {
    /// A `log` line: its value as JSON.
    case message
    /// The end of standard error of a process that has ended.
    case standardError
  }

  public let kind: Kind
  public let agent: String
  /// With pooled processes, standard error is that of all the runs of the process; this is the last one.
  public let run: String
  public let attempt: UInt32
  public let text: String
}

extension SubprocessEngineConfiguration {
  var processLimit: Int {
    if case .pooled(let maximum) = mode { maximum } else { maximumProcesses }
  }

  var redaction: Redaction { Redaction(secretVariables.compactMap { environment[$0] }) }

  /// A pooled process lives for many runs: their limits are counted by the conversation.
  var process: ChildProcessConfiguration {
    var process = ChildProcessConfiguration(executable: executable, arguments: arguments, environment: environment)
    process.workingDirectory = workingDirectory
    process.terminationGrace = terminationGrace
    process.maximumLineBytes = maximumLineBytes
    process.maximumErrorBytes = maximumErrorBytes
    process.maximumOutputBytes = mode == .perRun ? maximumOutputBytes : .max
    process.timeout = mode == .perRun ? timeout : nil
    return process
  }

  /// - Throws: `FlockError` with `.invalidConfiguration` that names the setting.
  func validate() throws(FlockError) {
    let counts = [
      ("the number of processes", processLimit), ("maximumRunBytes", maximumRunBytes),
      ("maximumOutputBytes", maximumOutputBytes), ("maximumLineBytes", maximumLineBytes),
    ]
    for (name, value) in counts where value < 1 {
      throw FlockError(.invalidConfiguration, "subprocess engine: \(name) is \(value); give 1 or more")
    }
    for (name, value) in [("maximumErrorBytes", maximumErrorBytes), ("quotedErrorBytes", quotedErrorBytes)] where value < 0 {
      throw FlockError(.invalidConfiguration, "subprocess engine: \(name) is \(value); give 0 or more")
    }
    if let timeout, timeout <= .zero {
      throw FlockError(.invalidConfiguration, "subprocess engine: timeout is \(timeout); give more than zero, or nil")
    }
    guard terminationGrace >= .zero else {
      throw FlockError(.invalidConfiguration, "subprocess engine: terminationGrace is \(terminationGrace); give zero or more")
    }
    for name in secretVariables.sorted() where environment[name] == nil {
      throw FlockError(.invalidConfiguration, "subprocess engine: secretVariables names '\(name)', which environment lacks")
    }
  }
}
