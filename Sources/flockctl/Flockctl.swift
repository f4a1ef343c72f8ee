import FlockCommandLine
import Glibc

@main
enum Flockctl {
  /// Not `async`: the first thread blocks signals before there is another, and an asynchronous `main` may begin elsewhere.
  static func main() {
    Interruption.install()
    let context = CommandContext.process()
    Task { @concurrent in exit(await tool.run(arguments: Array(CommandLine.arguments.dropFirst()), context: context)) }
    while true { pause() }
  }

  static let version = "0.1.0"

  static let tool = CommandLineTool(
    name: "flockctl",
    summary: "Run agents on a blackboard, and look at what they did",
    discussion: """
      A store is one file that holds a blackboard: its artifacts, the state of unfinished work, the outcomes of runs and \
      their dead letters. One process at a time runs agents on it; any number may publish and query meanwhile.

      Data goes to standard output and everything else to standard error. With --json, data is one JSON value a line.
      """,
    version: version,
    commands: commands)

  private static var commands: [Command] {
    var commands: [Command] = [.run]
    #if SQLite
    commands += [.publish, .query, .show, .explain, .store, .deadLetters]
    #endif
    return commands + [.version]
  }
}
