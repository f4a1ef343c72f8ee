import CodeReview
import Flock
import FlockCommandLine
import FlockCore
import FlockJSON
import FlockKernel
import Synchronization

/// `flockctl run code-review` on an open store.
struct ReviewRun {
  private let arguments: ParsedArguments
  private let context: CommandContext
  private let store: any BlackboardStore

  init(_ arguments: ParsedArguments, _ context: CommandContext, store: any BlackboardStore) {
    self.arguments = arguments
    self.context = context
    self.store = store
  }

  func run() async throws -> Int32 {
    let folder = arguments.path("out")
    try Files.makeFolder(folder)
    let flock = try Flock(agents: CodeReview.agents(), store: store)
    let isInterrupted = Mutex(false)
    let stop: @Sendable () -> Void = {
      isInterrupted.withLock { $0 = true }
      Task { try? await flock.shutdown() }
    }
    do {
      let result = try await Interruption.whileHandling(stop) {
        let session = try await ReviewSession.begin(request, on: flock)
        return try await finish(session)
      }
      try await flock.shutdown()
      if isInterrupted.withLock({ $0 }) { throw interrupted }
      return try write(result, to: folder)
    } catch {
      try? await flock.shutdown()
      if isInterrupted.withLock({ $0 }) { throw interrupted }
      throw error
    }
  }

  private var request: ReviewRequest {
    ReviewRequest(
      repository: arguments.path("repo"), range: arguments.optionalString("range"), maximumCommits: arguments.integer("commits"),
      expectsLicenceHeaders: arguments.flag("require-licence"))
  }

  private var interrupted: CommandFailure {
    let isKept = !(store is MemoryStore)
    return CommandFailure(
      .interrupted, isKept ? "interrupted; the same command goes on from here" : "interrupted; nothing was kept, --store keeps it")
  }

  /// Shows how far it is while it works.
  private func finish(_ session: ReviewSession) async throws -> ReviewSession.Result {
    let progress = Task {
      while !Task.isCancelled {
        if let state = try? await session.progress() {
          let total = state.total.map { " of \($0)" } ?? ""
          context.progress("reviewed \(state.reviewed)\(total) commits")
        }
        try await Task.sleep(for: .milliseconds(200))
      }
    }
    defer { progress.cancel() }
    let result = try await session.finish()
    progress.cancel()
    _ = await progress.result
    context.clearProgress()
    return result
  }

  // MARK: What came of it

  private func write(_ result: ReviewSession.Result, to folder: String) throws -> Int32 {
    let document = ReviewDocument(result)
    var paths: [(ReviewDocument.Format, String)] = []
    for format in ReviewDocument.Format.allCases {
      let path = (folder.hasSuffix("/") ? folder : folder + "/") + format.fileName
      try Files.write(document.text(format), to: path)
      paths.append((format, path))
    }
    if context.global.json { emit(result, paths) } else { print(result, paths) }
    if !result.summary.deadLetters.isEmpty || !result.report.missing.isEmpty { return ExitCode.partialFailure.rawValue }
    if let least = arguments.optionalChoice("fail-on", of: Finding.Severity.self),
      Finding.Severity.allCases.contains(where: { $0 >= least && result.report.findings($0) > 0 })
    {
      return ExitCode.failure.rawValue
    }
    return ExitCode.success.rawValue
  }

  private func emit(_ result: ReviewSession.Result, _ paths: [(ReviewDocument.Format, String)]) {
    let (report, summary) = (result.report, result.summary)
    context.emit([
      "reports": .object(JSONObject(paths.map { ($0.0.rawValue, .string($0.1)) })),
      "commits": .integer(Int64(report.reviews.count)), "missing": .array(report.missing.map { .string($0) }),
      "isCut": .bool(report.isCut),
      "findings": .object(
        JSONObject(Finding.Severity.allCases.map { ($0.rawValue, .integer(Int64(report.findings($0)))) })),
      "artifacts": .object(JSONObject(summary.artifacts.map { ($0.type, .integer(Int64($0.count))) })),
      "runs": .integer(Int64(summary.runs.count + summary.runsLeftOut)), "deadLetters": .integer(Int64(summary.deadLetters.count)),
      "elapsedMilliseconds": .number(summary.elapsed.inSeconds * 1000),
    ])
  }

  private func print(_ result: ReviewSession.Result, _ paths: [(ReviewDocument.Format, String)]) {
    let (report, summary) = (result.report, result.summary)
    for (_, path) in paths { context.out.writeLine(path) }
    let found = Finding.Severity.allCases.reversed().map { severity in
      "\(report.findings(severity)) \(severity.rawValue)\(report.findings(severity) == 1 ? "" : "s")"
    }.joined(separator: ", ")
    context.note("\(report.reviews.count) commits reviewed\(report.isCut ? " (the range has more)" : ""): \(found)")
    let artifacts = summary.artifacts.map { "\($0.count) \($0.type)" }.joined(separator: ", ")
    context.note("\(summary.totalArtifacts) artifacts: \(artifacts)")
    context.note("\(summary.runs.count + summary.runsLeftOut) runs, \(summary.deadLetters.count) dead letters")
    for letter in summary.deadLetters.prefix(5) {
      context.note("dead letter: agent '\(letter.agent)', run \(letter.run): \(letter.failure.cause.word): \(letter.failure.message)")
    }
  }
}
