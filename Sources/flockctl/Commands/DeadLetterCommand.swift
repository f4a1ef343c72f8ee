#if SQLite
import FlockCommandLine
import FlockCore
import FlockJSON
import FlockKernel
import FlockSQLite

extension Command {
  static let deadLetters = Command(
    "dlq",
    summary: "List, show, replay and drop dead letters",
    discussion: """
      A dead letter is a run that was given up, with its inputs. Replaying and dropping are requests to whoever runs the \
      agents: a running process takes them at once, otherwise the next one does.
      """,
    subcommands: [deadLetterList, deadLetterShow, request("replay"), request("drop")])

  /// Dead letters that one command looks at.
  private static let maximum = 10_000

  private static let deadLetterList = Command(
    "list", summary: "List dead letters, the newest first",
    options: [
      .storeFile, .init("agent", help: "Of this agent."),
      .init("limit", short: "n", .integer(1...maximum), default: "50", help: "Dead letters at the most."),
    ],
    exitCodes: [.noInput]
  ) { arguments, context in
    let agent = arguments.optionalString("agent")
    let letters = try await StoreAccess.with(arguments, .reading) { try await $0.deadLetters(limit: maximum) }
      .filter { agent == nil || $0.agent == agent }.prefix(arguments.integer("limit"))
    if context.global.json {
      for letter in letters where !context.emit(letter.json) { break }
    } else if !letters.isEmpty {
      context.writeTable(
        ["at", "run", "agent", "cause", "message"],
        letters.map { [$0.at.description, $0.run.description, $0.agent, $0.failure.cause.word, String($0.failure.message.prefix(200))] })
    }
    return ExitCode.success.rawValue
  }

  private static let deadLetterShow = Command(
    "show", summary: "Show a dead letter with its inputs",
    arguments: [.init("run", help: "The run's id.")], options: [.storeFile], exitCodes: [.noInput]
  ) { arguments, context in
    let letter = try await StoreAccess.with(arguments, .reading) { try await find([arguments.string("run")], in: $0)[0] }
    var value = letter.json
    value["inputs"] = .array(try letter.inputs.map { try $0.json() })
    value["steps"] = .array(
      letter.steps.map { ["name": .string($0.name), "occurrence": .integer(Int64($0.occurrence)), "state": .string("\($0.state)")] })
    if context.global.json {
      context.emit(value)
    } else {
      var writer = JSONWriter()
      writer.options.isPretty = true
      writer.options.escapesNonASCII = context.isOutputTerminal
      context.out.writeLine(try writer.string(of: value))
    }
    return ExitCode.success.rawValue
  }

  private static func request(_ name: String) -> Command {
    let isReplay = name == "replay"
    return Command(
      name, summary: isReplay ? "Ask for runs to be made again" : "Ask for dead letters to be forgotten",
      arguments: [.init("run", isRequired: false, isRepeated: true, help: "The runs' ids.")],
      options: [.storeFile],
      flags: [.init("all", help: "All dead letters, at most \(maximum).")]
        + (isReplay ? [.init("fresh", help: "Forget their steps: every effect is made again.")] : []),
      exitCodes: [.noInput, .temporary]
    ) { arguments, context in
      let runs = arguments.strings("run")
      guard runs.isEmpty == arguments.flag("all") else { throw CommandFailure(.usage, "give the runs' ids, or --all") }
      let isFresh = isReplay && arguments.flag("fresh")
      let letters = try await StoreAccess.with(arguments, .writing) { store in
        let letters = runs.isEmpty ? try await store.deadLetters(limit: maximum) : try await find(runs, in: store)
        let author = context.environment["USER"].map { "flockctl, \($0)" } ?? "flockctl"
        _ = try await store.publish(
          letters.map { letter in
            let command: Control.Command =
              isReplay
              ? .replay(run: letter.run, number: letter.replayNumber, fresh: isFresh)
              : .drop(run: letter.run, number: letter.replayNumber)
            return .control(Control(command, shard: letter.shard, requestedBy: author))
          })
        return letters
      }
      for letter in letters {
        if context.global.json {
          context.emit([
            "run": .string(letter.run.description), "replayNumber": .integer(Int64(letter.replayNumber)), "requested": .string(name),
          ])
        } else {
          context.out.writeLine(letter.run.description)
        }
      }
      return ExitCode.success.rawValue
    }
  }

  /// In the order of the names.
  private static func find(_ names: [String], in store: SQLiteStore) async throws -> [DeadLetter] {
    let ids = try names.map { RunID(try StoreAccess.artifactID($0).value) }
    let letters = try await store.deadLetters(limit: maximum)
    return try ids.map { id in
      guard let letter = letters.first(where: { $0.run == id }) else {
        throw FlockError(.notFound, "the store has no dead letter of run \(id); flockctl dlq list shows what there is")
      }
      return letter
    }
  }
}

extension DeadLetter {
  fileprivate var json: JSONValue {
    [
      "run": .string(run.description), "replayNumber": .integer(Int64(replayNumber)), "shard": .integer(Int64(shard)),
      "agent": .string(agent), "correlation": .string(correlation.description), "attempts": .integer(Int64(attempts)),
      "cause": .string(failure.cause.word), "message": .string(failure.message), "at": .string(at.description),
      "inputs": .array(inputs.map { .string($0.id.description) }),
    ]
  }
}
#endif
