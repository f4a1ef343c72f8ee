#if SQLite
import Flock
import FlockCommandLine
import FlockCore
import FlockJSON
import FlockSQLite
import Glibc

extension Command {
  static let store = Command(
    "store",
    summary: "Make, inspect and look after a store",
    subcommands: [storeInit, storeInfo, storeCheck, storeRetain, storeVacuum, storeBackup])

  private static let storeInit = Command(
    "init", summary: "Make a store",
    options: [
      .storeFile,
      .init("shards", .integer(1...1024), default: "1", help: "Shards, which cannot be changed later."),
    ],
    exitCodes: [.cannotCreate]
  ) { arguments, context in
    let path = arguments.path("store")
    guard access(path, F_OK) != 0 else { throw CommandFailure(.cannotCreate, "there is a file at \(path) already") }
    let store = try await SQLiteStore.open(path: path, shards: arguments.integer("shards"))
    await store.close()
    if context.global.json {
      context.emit(["path": .string(path), "shards": .integer(Int64(store.shardCount))])
    } else {
      context.note("made \(path) with \(store.shardCount) \(store.shardCount == 1 ? "shard" : "shards")")
    }
    return ExitCode.success.rawValue
  }

  private static let storeInfo = Command(
    "info", summary: "Show what a store holds, and who owns it", options: [.storeFile], exitCodes: [.noInput]
  ) { arguments, context in
    try await StoreAccess.with(arguments, .reading) { store in
      let info = try await StoreInfo(store)
      if context.global.json { context.emit(info.json) } else { info.write(to: context) }
    }
    return ExitCode.success.rawValue
  }

  private static let storeCheck = Command(
    "check", summary: "Check that a store is sound",
    discussion: "Reads everything. Prints each problem, and ends with 1 when there is one.",
    options: [.storeFile], exitCodes: [.failure, .noInput, .badInput]
  ) { arguments, context in
    let problems = try await StoreAccess.with(arguments, .reading) { try await $0.integrityProblems() }
    if context.global.json {
      context.emit(["isSound": .bool(problems.isEmpty), "problems": .array(problems.map { .string($0) })])
    } else {
      for problem in problems { context.out.writeLine(CommandContext.line(problem)) }
      if problems.isEmpty { context.note("sound") }
    }
    return (problems.isEmpty ? ExitCode.success : .failure).rawValue
  }

  private static let storeRetain = Command(
    "retain", summary: "Delete what is old",
    discussion: """
      Artifacts with their lineage, outcomes, events and reasons from before then. What unfinished work refers to, dead \
      letters among it, and what no agent has been shown yet stays. The file keeps its size: see flockctl store vacuum.
      """,
    options: [
      .storeFile,
      .init("before", .duration(.seconds(1)...(.seconds(36_500 * 86_400))), isRequired: true, help: "Older than this, such as 7d."),
    ],
    exitCodes: [.noInput, .temporary]
  ) { arguments, context in
    let instant = SystemClock().now() + (.zero - arguments.duration("before"))
    try await StoreAccess.with(arguments, .writing) { store in
      let artifacts = try await store.deleteArtifacts(before: instant)
      let outcomes = try await store.deleteOutcomes(before: instant)
      let events = try await store.deleteEvents(before: instant)
      let reasons = try await store.deleteReasons(before: instant)
      if context.global.json {
        context.emit([
          "before": .string(instant.description), "artifacts": .integer(Int64(artifacts)), "outcomes": .integer(Int64(outcomes)),
          "events": .integer(Int64(events)), "reasons": .integer(Int64(reasons)),
        ])
      } else {
        context.writeTable(
          ["deleted", "number"],
          [["artifacts", "\(artifacts)"], ["outcomes", "\(outcomes)"], ["events", "\(events)"], ["reasons", "\(reasons)"]])
      }
    }
    return ExitCode.success.rawValue
  }

  private static let storeVacuum = Command(
    "vacuum", summary: "Give free space back", discussion: "Writes the file anew; needs as much disk again.",
    options: [.storeFile], exitCodes: [.noInput, .temporary]
  ) { arguments, context in
    try await StoreAccess.with(arguments, .writing) { store in
      let before = try await store.size()
      try await store.vacuum()
      let after = try await store.size()
      if context.global.json {
        context.emit(["bytesBefore": .integer(before.databaseBytes), "bytesAfter": .integer(after.databaseBytes)])
      } else {
        context.note("\(before.databaseBytes) bytes became \(after.databaseBytes)")
      }
    }
    return ExitCode.success.rawValue
  }

  private static let storeBackup = Command(
    "backup", summary: "Copy a store while others use it",
    arguments: [.init("target", .path(.file), help: "The new file.")],
    options: [.storeFile], exitCodes: [.noInput, .cannotCreate, .temporary]
  ) { arguments, context in
    let target = arguments.path("target")
    guard access(target, F_OK) != 0 else { throw CommandFailure(.cannotCreate, "there is a file at \(target) already") }
    try await StoreAccess.with(arguments, .reading) { try await $0.backup(to: target) }
    if context.global.json { context.emit(["path": .string(target)]) } else { context.note("copied to \(target)") }
    return ExitCode.success.rawValue
  }
}

/// What `store info` tells.
private struct StoreInfo {
  let path: String
  let shards: Int
  let size: SQLiteStoreSize
  let owners: [SQLiteShardOwner]
  let summary: BoardSummary
  let deadLetters: Int
  /// Dead letters that are looked at for the count.
  static let maximumDeadLetters = 10_000

  init(_ store: SQLiteStore) async throws {
    path = store.path
    shards = store.shardCount
    size = try await store.size()
    owners = try await store.owners()
    summary = try await store.summary(ArtifactFilter())
    deadLetters = try await store.deadLetters(limit: StoreInfo.maximumDeadLetters).count
  }

  var json: JSONValue {
    [
      "path": .string(path), "shards": .integer(Int64(shards)), "databaseBytes": .integer(size.databaseBytes),
      "logBytes": .integer(size.logBytes), "freeBytes": .integer(size.freeBytes),
      "records": .array(size.records.map { .integer($0) }), "artifacts": .integer(Int64(summary.total)),
      "byType": .object(JSONObject(summary.byType.sorted { $0.key < $1.key }.map { ($0.key, .integer(Int64($0.value))) })),
      "earliest": summary.earliest.map { .string($0.description) } ?? .null,
      "latest": summary.latest.map { .string($0.description) } ?? .null, "deadLetters": .integer(Int64(deadLetters)),
      "owners": .array(
        owners.map {
          [
            "shard": .integer(Int64($0.shard)), "processID": .integer(Int64($0.processID)), "host": .string($0.host),
            "since": .string($0.since.description), "heartbeat": .string($0.heartbeat.description),
          ]
        }),
    ]
  }

  func write(to context: CommandContext) {
    let more = deadLetters == StoreInfo.maximumDeadLetters ? " or more" : ""
    let processes = Set(owners.map { "process \($0.processID) on \($0.host)" }).sorted().joined(separator: ", ")
    context.writeTable(
      ["store", path],
      [
        ["shards", "\(shards)"], ["database", "\(size.databaseBytes) bytes, \(size.freeBytes) of them free"],
        ["write-ahead log", "\(size.logBytes) bytes"], ["records", "\(size.records.reduce(0, +))"],
        ["artifacts", "\(summary.total)"], ["earliest", summary.earliest?.description ?? "-"],
        ["latest", summary.latest?.description ?? "-"], ["dead letters", "\(deadLetters)\(more)"],
        ["owners", owners.isEmpty ? "nobody" : processes],
      ])
    if summary.total > 0 {
      context.writeTable(["type", "artifacts"], summary.byType.sorted { $0.key < $1.key }.map { [$0.key, "\($0.value)"] })
    }
  }
}
#endif
