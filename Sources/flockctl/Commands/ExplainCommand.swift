#if SQLite
import CodeReview
import Flock
import FlockCommandLine
import FlockCore
import FlockJSON
import FlockKernel
import FlockSQLite

extension Command {
  /// The programs whose agents this tool knows.
  enum KnownProgram: String, CaseIterable {
    case codeReview = "code-review"

    var agents: [Agent] {
      switch self {
      case .codeReview: CodeReview.agents()
      }
    }
  }

  static let explain = Command(
    "explain",
    summary: "Tell why each agent did or did not run for an artifact",
    discussion: """
      With --program, every subscription of that program is told, also those on other types. Without it, what the store \
      recorded: the runs that consumed the artifact, and the reasons of those that did not fire.
      """,
    arguments: [.init("id", help: "The artifact's id.")],
    options: [.storeFile, .init("program", .choice(of: KnownProgram.self), help: "The program whose agents are told.")],
    exitCodes: [.noInput, .temporary]
  ) { arguments, context in
    let id = try StoreAccess.artifactID(arguments.string("id"))
    try await StoreAccess.with(arguments, .reading) { store in
      guard let artifact = try await store.artifact(id) else { throw FlockError(.notFound, "the store has no artifact \(id)") }
      guard let program = arguments.optionalChoice("program", of: KnownProgram.self) else {
        return try await context.write(ExplainLine.recorded(artifact, store))
      }
      let registry = try Registry(program.agents.map(\.definition), shardCount: store.shardCount)
      let explanation = try await Explainer(store: store, registry: registry).explain(artifact)
      context.write(explanation.lines.map { ExplainLine($0) })
    }
    return ExitCode.success.rawValue
  }
}

private struct ExplainLine {
  var verdict: String
  var agent: String
  var subscription: String
  var detail: String

  init(_ line: Explanation.Line) {
    verdict = line.verdict.rawValue
    agent = line.agent
    subscription = line.subscription
    detail = line.detail
  }

  private init(verdict: String, agent: String, subscription: String, detail: String) {
    self.verdict = verdict
    self.agent = agent
    self.subscription = subscription
    self.detail = detail
  }

  /// Without the agents' declarations: names are known of those that ran, numbers of the others.
  static func recorded(_ artifact: Artifact, _ store: SQLiteStore) async throws -> [ExplainLine] {
    var lines: [ExplainLine] = []
    for consumption in try await store.consumptions(of: artifact.id) {
      for outcome in try await store.outcomes(of: consumption.run) where outcome.replayNumber == consumption.replayNumber {
        let end = outcome.failure.map { "\($0.cause.word): \($0.message)" } ?? "\(outcome.outputCount) artifacts published"
        lines.append(
          ExplainLine(
            verdict: "fired", agent: outcome.agent.name, subscription: outcome.subscription.description,
            detail: "run \(outcome.run) ended as \(outcome.kind) after \(outcome.attempts) attempts: \(end)"))
      }
    }
    for reason in try await store.reasons(for: artifact.id) {
      lines.append(
        ExplainLine(verdict: "refused", agent: "", subscription: reason.subscription.description, detail: reason.reason.word))
    }
    return lines
  }

  var json: JSONValue {
    ["verdict": .string(verdict), "agent": .string(agent), "subscription": .string(subscription), "detail": .string(detail)]
  }
}

extension CommandContext {
  fileprivate func write(_ lines: [ExplainLine]) {
    if global.json {
      for line in lines { emit(line.json) }
    } else if lines.isEmpty {
      note("nothing is recorded: no run has ended with it, and no subscription has refused it")
    } else {
      writeTable(["verdict", "agent", "subscription", "why"], lines.map { [$0.verdict, $0.agent, $0.subscription, $0.detail] })
    }
  }
}
#endif
