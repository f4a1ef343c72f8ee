#if SQLite
import Flock
import FlockCommandLine
import FlockCore
import FlockJSON
import FlockKernel
import FlockSQLite

extension Command {
  static let show = Command(
    "show",
    summary: "Show an artifact or a run",
    discussion: "An artifact with its payload, the run that made it and the runs that consumed it; or a run with its outcomes.",
    arguments: [.init("id", help: "The artifact's or the run's id.")],
    options: [
      .storeFile,
      .init("lineage", .choice(of: Lineage.Direction.self), help: "Also list its ancestors (up) or descendants (down)."),
      .init("limit", .integer(1...10_000), default: "100", help: "Artifacts of the lineage at the most."),
    ],
    exitCodes: [.noInput, .temporary]
  ) { arguments, context in
    let id = try StoreAccess.artifactID(arguments.string("id"))
    try await StoreAccess.with(arguments, .reading) { store in
      if let artifact = try await store.artifact(id) {
        try await context.show(artifact, store)
        if let direction = arguments.optionalChoice("lineage", of: Lineage.Direction.self) {
          context.show(try await store.lineage(of: id, direction, limit: arguments.integer("limit")))
        }
        return
      }
      let run = RunID(id.value)
      let outcomes = try await store.outcomes(of: run)
      guard !outcomes.isEmpty else { throw FlockError(.notFound, "the store has no artifact and no ended run \(id)") }
      try await context.show(outcomes, outputs: store.outputs(of: run))
    }
    return ExitCode.success.rawValue
  }
}

extension CommandContext {
  fileprivate func show(_ artifact: Artifact, _ store: SQLiteStore) async throws {
    let consumptions = try await store.consumptions(of: artifact.id)
    let value = try artifact.json()
    if global.json {
      var object = value
      object["consumedBy"] = .array(
        consumptions.map { ["agent": .string($0.agent), "run": .string($0.run.description), "at": .string($0.at.description)] })
      emit(object)
      return
    }
    for (key, value) in value.asObject ?? [:] where key != "payload" && !value.isNull {
      out.writeLine("\(styled(key + ":", .dim, for: .out)) \(CommandContext.line(value.asString ?? value.description))")
    }
    for consumption in consumptions {
      out.writeLine("\(styled("consumed:", .dim, for: .out)) \(consumption.at) by \(consumption.agent), run \(consumption.run)")
    }
    var writer = JSONWriter()
    writer.options.isPretty = true
    // JSON has no control characters but those that are escaped, as long as it is ASCII.
    writer.options.escapesNonASCII = isOutputTerminal
    out.writeLine(try writer.string(of: value["payload"] ?? .null))
  }

  fileprivate func show(_ lineage: Lineage) {
    if global.json {
      for artifact in lineage.artifacts.dropFirst() {
        emit(["id": .string(artifact.id.description), "type": .string(artifact.type.name), "producer": .string(artifact.producer.name)])
      }
    } else {
      writeTable(
        ["lineage", "id", "producer"],
        lineage.artifacts.dropFirst().map { [$0.type.description, $0.id.description, $0.producer.name] })
    }
    if lineage.isCut { note("there are more: raise --limit") }
  }

  fileprivate func show(_ outcomes: [Outcome], outputs: [Artifact]) {
    if global.json {
      for outcome in outcomes { emit(outcome.json) }
      return
    }
    for outcome in outcomes {
      for (key, value) in outcome.json.asObject ?? [:] where !value.isNull {
        out.writeLine("\(styled(key + ":", .dim, for: .out)) \(CommandContext.line(value.asString ?? value.description))")
      }
    }
    if !outputs.isEmpty { writeTable(["published", "id"], outputs.map { [$0.type.description, $0.id.description] }) }
  }
}
#endif
