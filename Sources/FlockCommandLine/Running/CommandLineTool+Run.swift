extension CommandLineTool {
  /// Runs what the words after the program's name ask for, and reports errors on standard error: as `TOOL: message`,
  /// or with `--json` as `{"error":{"status":...,"kind":...,"message":...}}`.
  ///
  /// - Returns: The status for `exit`. What the command returned; 64 for a wrong command line; 130 for a
  ///   `CancellationError`; the error's own for an ``ExitCodeProviding``; 1 for any other error, and when the command
  ///   returned 0 but standard output could not be written. A reader of standard output that went away is no error.
  public func run(arguments: [String], context: CommandContext) async -> Int32 {
    var context = context
    context.tool = self
    context.global = Self.globals(in: arguments)
    let status: Int32
    do {
      let invocation = try parse(arguments)
      context.global = invocation.global
      status = try await run(invocation, context)
    } catch {
      context.clearProgress()
      return report(ErrorReport(error), context)
    }
    context.clearProgress()
    guard status == 0, let failure = context.out.failure, failure != .readerGone else { return status }
    return report(ErrorReport(.failure, "standard output cannot be written: \(failure)"), context)
  }

  private func run(_ invocation: Invocation, _ context: CommandContext) async throws -> Int32 {
    switch invocation {
    case .run(let body, let arguments): return try await body(arguments, context)
    case .help(let path, _): context.out.write(helpPage(for: path, columns: context.columns))
    case .version(let global):
      context.out.writeLine(
        global.json
          ? #"{"name":\#(JSONString.encode(name)),"version":\#(JSONString.encode(version))}"# : "\(name) \(version)")
    }
    return ExitCode.success.rawValue
  }

  private func report(_ report: ErrorReport, _ context: CommandContext) -> Int32 {
    let label = context.styled(context.styled("\(name):", .red, for: .err), .bold, for: .err)
    context.err.write(context.global.json ? report.json : report.text(label: label))
    return report.exitCode.rawValue
  }

  /// The flags that decide how an error is shown, found without the table: the command line may be the error.
  private static func globals(in words: [String]) -> GlobalOptions {
    let words = words.prefix { $0 != "--" }
    return GlobalOptions(
      json: words.contains("--json"),
      quiet: words.contains { $0 == "--quiet" || $0 == "-q" },
      noColor: words.contains("--no-color"))
  }
}
