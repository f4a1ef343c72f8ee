import FlockCommandLine

enum Mode: String, CaseIterable, Sendable {
  case fifo
  case priority
  case deadline
}

/// A tool with one of everything. Each body prints what it was given, so that tests see it from outside.
func sampleTool(extra: [Command] = []) -> CommandLineTool {
  CommandLineTool(
    name: "flk", summary: "Try a table of commands",
    discussion: "Publishes things and looks at them.\n\n  flk publish bug a.json\n\nNothing else.",
    version: "1.2.3",
    commands: [runCommand, publishCommand, letterCommand, hiddenCommand] + extra)
}

private let runCommand = Command(
  "run",
  summary: "Run agents until they are idle",
  options: [
    .init("store", short: "s", .path(), isRequired: true, help: "The store to work on."),
    .init("mode", short: "m", .choice(of: Mode.self), default: "fifo", help: "Who goes first."),
    .init("limit", short: "n", .integer(1...100), help: "How many runs at most."),
    .init("timeout", .duration(.zero ... .seconds(3600)), default: "1m30s", help: "How long to wait."),
    .init("label", short: "l", isRepeated: true, help: "A label for the runs."),
  ],
  flags: [.init("verbose", short: "v", help: "Say more; twice for everything."), .init("dry", help: "Only show.")],
  exitCodes: [.partialFailure, .temporary]
) { arguments, context in
  let parts = [
    "store=\(arguments.path("store"))", "mode=\(arguments.choice("mode", of: Mode.self).rawValue)",
    "limit=\(arguments.optionalInteger("limit").map { String($0) } ?? "none")",
    "timeout=\(DurationText.format(arguments.duration("timeout")))",
    "labels=\(arguments.strings("label").joined(separator: ","))", "verbose=\(arguments.count(of: "verbose"))",
    "dry=\(arguments.flag("dry"))", "json=\(arguments.global.json)", "quiet=\(arguments.global.quiet)",
  ]
  context.out.writeLine(parts.joined(separator: " "))
  return 0
}

private let publishCommand = Command(
  "publish",
  summary: "Publish artifacts",
  discussion: "Reads each file and publishes what is in it.",
  arguments: [
    .init("type", .enumeration(["bug", "fix", "text/plain", "a:b"]), help: "What they are."),
    .init("count", .integer(), default: "1", help: "How often."),
    .init("file", .path(), isRequired: false, isRepeated: true, help: "The files; standard input without any."),
  ],
  options: [.init("into", .path(.directory), help: "Where copies go.")],
  examples: [.init("flk publish bug 2 a.json b.json", help: "Publish two files twice.")]
) { arguments, context in
  let files = arguments.paths("file").joined(separator: ",")
  context.out.writeLine("type=\(arguments.string("type")) count=\(arguments.integer("count")) files=\(files)")
  return 0
}

private let letterCommand = Command(
  "dlq",
  summary: "Look after dead letters",
  options: [.init("topic", short: "t", .enumeration(["red", "blue"]), help: "Only those of the topic.")],
  flags: [.init("all", short: "a", help: "Also the old ones.")],
  subcommands: [
    Command("list", summary: "List dead letters") { arguments, context in
      context.out.writeLine("list topic=\(arguments.optionalString("topic") ?? "any") all=\(arguments.flag("all"))")
      return 0
    },
    Command("replay", summary: "Publish dead letters again", arguments: [.init("id", help: "Which one.")]) {
      arguments, context in
      context.out.writeLine("replay id=\(arguments.string("id")) topic=\(arguments.optionalString("topic") ?? "any")")
      return 0
    },
  ])

private let hiddenCommand = Command("secret", summary: "Not for everybody", isHidden: true) { _, context in
  context.out.writeLine("found")
  return 0
}
