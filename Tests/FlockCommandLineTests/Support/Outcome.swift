import FlockCommandLine

/// What a command line did, seen from outside.
struct Outcome: Equatable {
  var status: Int32
  var out: String
  var err: String
}

extension CommandLineTool {
  func outcome(
    _ words: [String], columns: Int = 80, environment: [String: String] = [:], terminal: Bool = false
  ) async -> Outcome {
    let out = TextWriter.memory()
    let err = TextWriter.memory()
    let context = CommandContext(
      out: out, err: err, columns: columns, environment: environment, isOutputTerminal: terminal,
      isErrorTerminal: terminal)
    let status = await run(arguments: words, context: context)
    return Outcome(status: status, out: out.collectedText, err: err.collectedText)
  }

  /// The words are separated by blanks.
  func outcome(_ line: String) async -> Outcome { await outcome(line.split(separator: " ").map(String.init)) }
}
