import FlockCommandLine
import Testing

struct HelpTests {
  @Test func `The first page shows the commands`() async {
    let page = """
      Try a table of commands

      Usage: flk <command>

      Publishes things and looks at them.

        flk publish bug a.json

      Nothing else.

      Commands:
        run          Run agents until they are idle
        publish      Publish artifacts
        dlq          Look after dead letters
        completions  Print a completion script for a shell
        man          Print the manual page, in roff
        help         Show help for a command

      Options of every command:
            --json      Print data as JSON, one value a line.
        -q, --quiet     Print data and errors only.
            --no-color  Print without colour, as with NO_COLOR in the environment.
        -h, --help      Show help and stop.
            --version   Show the version and stop.

      Run 'flk help <command>' to read about a command.

      """
    let tool = sampleTool()
    #expect(tool.helpPage(for: [], columns: 80) == page)
    #expect(await tool.outcome("help") == Outcome(status: 0, out: page, err: ""))
    #expect(await tool.outcome("--help") == Outcome(status: 0, out: page, err: ""))
  }

  @Test func `A command's page shows all that it takes`() async {
    let page = """
      Run agents until they are idle

      Usage: flk run --store <file> [options]

      Options:
        -s, --store <file>        The store to work on. (required)
        -m, --mode <fifo|priority|deadline>
                                  Who goes first. (default: fifo)
        -n, --limit <n>           How many runs at most. (1 to 100)
            --timeout <duration>  How long to wait. (at most 1h; default: 1m30s)
        -l, --label <text>        A label for the runs. (may be repeated)
        -v, --verbose             Say more; twice for everything.
            --dry                 Only show.

      Options of every command:
            --json      Print data as JSON, one value a line.
        -q, --quiet     Print data and errors only.
            --no-color  Print without colour, as with NO_COLOR in the environment.
        -h, --help      Show help and stop.
            --version   Show the version and stop.

      Exit status:
        0   Done.
        1   It failed.
        2   Some of the work failed or was dead-lettered.
        64  The command line is wrong.
        75  Another process holds it, or it is busy: try again later.

      """
    #expect(await sampleTool().outcome("help run").out == page)
  }

  @Test func `Arguments, discussion and examples have their places`() throws {
    let page = """
      Publish artifacts

      Usage: flk publish [options] <type> [<count>]
             [<file>...]

      Reads each file and publishes what is in it.

      Arguments:
        <type>   What they are. (one of bug, fix,
                 text/plain, a:b)
        <count>  How often. (default: 1)
        <file>   The files; standard input without
                 any.

      Options:
            --into <directory>
              Where copies go.

      Options of every command:
            --json      Print data as JSON, one
                        value a line.
        -q, --quiet     Print data and errors only.
            --no-color  Print without colour, as
                        with NO_COLOR in the
                        environment.
        -h, --help      Show help and stop.
            --version   Show the version and stop.

      Examples:
        flk publish bug 2 a.json b.json
            Publish two files twice.

      Exit status:
        0   Done.
        1   It failed.
        64  The command line is wrong.

      """
    let tool = sampleTool()
    #expect(tool.helpPage(for: try tool.path(of: ["publish"]), columns: 46) == page)
  }

  @Test func `A group's options are shown with its commands`() async {
    let group = await sampleTool().outcome("help dlq").out
    #expect(group.contains("Commands:\n  list    List dead letters\n  replay  Publish dead letters again\n"))
    #expect(group.hasSuffix("Run 'flk help dlq <command>' to read about a command.\n"))
    let leaf = await sampleTool().outcome("help dlq replay").out
    #expect(leaf.contains("Usage: flk dlq replay [options] <id>\n"))
    #expect(leaf.contains("  -t, --topic <red|blue>  Only those of the topic.\n"))
    #expect(leaf.contains("  -a, --all               Also the old ones.\n"))
  }

  @Test func `A hidden command has a page but is not listed`() async {
    #expect(await sampleTool().outcome("help secret").out.hasPrefix("Not for everybody\n"))
    #expect(await !sampleTool().outcome("help").out.contains("secret"))
  }

  @Test(arguments: [Int.min, 0, 1, 40, 41, 57, 80, 100, 101, Int.max])
  func `No line of prose is wider than the page`(columns: Int) throws {
    let tool = sampleTool()
    let width = min(max(columns, 40), 100)
    for names in [[], ["run"], ["publish"], ["dlq"], ["dlq", "replay"], ["man"], ["help"]] as [[String]] {
      let page = tool.helpPage(for: try tool.path(of: names), columns: columns)
      for line in page.split(separator: "\n") where line.count > width {
        // A single word, after its indent, may be too long.
        #expect(line.split(separator: " ").count <= 3, "\(line)")
      }
    }
  }
}
