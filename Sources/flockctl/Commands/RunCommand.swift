import CodeReview
import Flock
import FlockCommandLine
import FlockCore
import FlockJSON

#if SQLite
import FlockSQLite
#endif

extension Command {
  static let run = Command("run", summary: "Run a program of agents", subcommands: [codeReview])

  #if SQLite
  private static let storeOptions: [Option] = [
    .init("store", short: "s", .path(.file), help: "Keep the blackboard in this file, made if need be. Default: in memory."),
    .init("shards", .integer(1...1024), help: "Shards of a new store. Default: 1, or what the file has."),
  ]
  #else
  private static let storeOptions: [Option] = []
  #endif

  private static let codeReview = Command(
    "code-review",
    summary: "Review commits of a git repository",
    discussion: """
      Agents split the range into commits and the commits into files, look at size, secrets, licence headers, tests and \
      complexity, and report in Markdown, JSON and one HTML page. The repository is only read, and nothing that it configures \
      is run.

      With --store, the same command goes on where it was interrupted. The store then holds the added lines of the commits: \
      treat it like the repository.
      """,
    options: [
      .init("repo", short: "C", .path(.directory), default: ".", help: "The repository."),
      .init("range", short: "r", valueName: "A..B", help: "The commits: A..B, or a revision and what is before it. Default: HEAD."),
      .init(
        "commits", short: "n", .integer(1...ReviewRequest.maximumCommitsAllowed), default: String(ReviewRequest.defaultCommits),
        help: "The newest commits of the range at the most."),
      .init("out", short: "o", .path(.directory), default: ".", help: "The folder for the reports, made if need be."),
      .init("fail-on", .choice(of: Finding.Severity.self), help: "End with 1 when there is a finding at least as grave."),
    ] + storeOptions,
    flags: [.init("require-licence", help: "Warn of each new source file without a licence header.")],
    examples: [
      .init("flockctl run code-review --repo . --out review", help: "Review the last commits here."),
      .init("flockctl run code-review --range main..topic --fail-on problem", help: "Review a branch, for a script."),
    ],
    exitCodes: [.failure, .partialFailure, .badInput, .noInput, .unavailable, .cannotCreate, .temporary, .interrupted]
  ) { arguments, context in
    #if SQLite
    if let path = arguments.optionalPath("store") {
      let store = try await SQLiteStore.open(path: path, shards: arguments.optionalInteger("shards"))
      return try await StoreAccess.closing(store) { try await ReviewRun(arguments, context, store: $0).run() }
    }
    let shards = arguments.optionalInteger("shards") ?? 1
    #else
    let shards = 1
    #endif
    return try await ReviewRun(arguments, context, store: MemoryStore(shards: shards)).run()
  }
}
