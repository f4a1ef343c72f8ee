#if SQLite
import Flock
import FlockCommandLine
import FlockCore
import FlockJSON
import FlockSQLite

extension Command {
  static let query = Command(
    "query",
    summary: "List artifacts of a store",
    discussion: """
      Everything that is given must hold; of several types or producers any. Artifacts come in the order of their creation, \
      a page at a time: when there are more, the cursor for --after is noted on standard error, or with --json in a last \
      line {"next": "..."}.
      """,
    options: [
      .storeFile,
      .init("type", short: "t", isRepeated: true, help: "Of this type; may be repeated."),
      .init("producer", isRepeated: true, help: "Made by this agent, or external; may be repeated."),
      .init("correlation", valueName: "id", help: "Of this correlation."),
      .init("tag", isRepeated: true, help: "With this tag; may be repeated."),
      .init("from", valueName: "instant", help: "Created at or after, such as 2026-11-25 or 2026-11-25T10:00:00Z."),
      .init("until", valueName: "instant", help: "Created before."),
      .init("limit", short: "n", .integer(1...ArtifactQuery.maximumLimit), default: "50", help: "Artifacts at the most."),
      .init("after", valueName: "cursor", help: "Where the page before ended."),
    ],
    flags: [
      .init("newest", help: "The newest first."),
      .init("count", help: "Count them by type instead."),
    ],
    examples: [
      .init("flockctl query --store board.db --type report --newest --limit 1", help: "The newest report."),
      .init("flockctl query --store board.db --json | jq .payload", help: "Payloads."),
    ],
    exitCodes: [.noInput, .temporary]
  ) { arguments, context in
    let query = try ArtifactQuery(arguments)
    try await StoreAccess.with(arguments, .reading) { store in
      if arguments.flag("count") {
        try await context.writeCounts(store.summary(query.filter))
      } else {
        try await context.writePage(store.artifacts(query))
      }
    }
    return ExitCode.success.rawValue
  }
}

extension ArtifactQuery {
  init(_ arguments: ParsedArguments) throws {
    self.init()
    filter.types = arguments.strings("type")
    filter.producers = arguments.strings("producer")
    filter.correlation = arguments.optionalString("correlation").map { CorrelationID($0) }
    filter.tags = Tags(arguments.strings("tag"))
    filter.from = try arguments.optionalString("from").map(ArtifactQuery.instant)
    filter.until = try arguments.optionalString("until").map(ArtifactQuery.instant)
    limit = arguments.integer("limit")
    order = arguments.flag("newest") ? .newestFirst : .oldestFirst
    if let text = arguments.optionalString("after") {
      guard let cursor = Cursor(text) else { throw CommandFailure(.usage, "'\(CommandContext.line(text))' is not a cursor of a query") }
      after = cursor
    }
  }

  private static func instant(_ text: String) throws -> Timestamp {
    guard let instant = Timestamp(text) else {
      throw CommandFailure(.usage, "'\(CommandContext.line(text))' is not an instant such as 2026-11-25 or 2026-11-25T10:00:00Z")
    }
    return instant
  }
}

extension CommandContext {
  fileprivate func writePage(_ page: ArtifactPage) throws {
    if global.json {
      for artifact in page.artifacts where !emit(try artifact.json()) { return }
      if let next = page.next { emit(["next": .string(next.description)]) }
      return
    }
    if !page.artifacts.isEmpty {
      writeTable(
        ["created", "type", "id", "producer", "correlation"],
        page.artifacts.map {
          [$0.createdAt.description, $0.type.description, $0.id.description, $0.producer.name, $0.correlation.description]
        })
    }
    if let next = page.next { note("more: --after \(next)") }
  }

  fileprivate func writeCounts(_ summary: BoardSummary) {
    let rows = summary.byType.sorted { $0.key < $1.key }
    if global.json {
      emit([
        "total": .integer(Int64(summary.total)), "byType": .object(JSONObject(rows.map { ($0.key, .integer(Int64($0.value))) })),
        "earliest": summary.earliest.map { .string($0.description) } ?? .null,
        "latest": summary.latest.map { .string($0.description) } ?? .null,
      ])
    } else {
      writeTable(["type", "artifacts"], rows.map { [$0.key, String($0.value)] } + [["total", String(summary.total)]])
    }
  }
}
#endif
