import Flock
import FlockCore
import FlockKernel
import Synchronization
import Testing

private struct Question: ArtifactPayload {
  static let artifactType = ArtifactType("extension/question")
  var text: String
}

private struct Answer: ArtifactPayload, Hashable {
  static let artifactType = ArtifactType("extension/answer")
  var text: String
}

/// What happened, in order.
private final class Journal: Sendable {
  private let lines = Mutex<[String]>([])
  func add(_ line: String) { lines.withLock { $0.append(line) } }
  var all: [String] { lines.withLock { $0 } }
}

/// An engine without a model: answers from a table, and knows when it was opened.
private struct TableEngine: Engine {
  let table: [String: String]
  let journal: Journal

  func start() async throws { journal.add("engine start") }
  func stop() async { journal.add("engine stop") }

  func run(_ context: RunContext) async throws {
    journal.add("engine run")
    let question = try context.input(Question.self)
    guard let answer = table[question.text] else { throw PermanentFailure("no answer to '\(question.text)'") }
    try context.publish(Answer(text: answer))
  }
}

private struct NamedHooks: AgentHooks {
  let name: String
  let journal: Journal

  func didStart(agent: String) async throws { journal.add("\(name) didStart \(agent)") }
  func willRun(_ context: RunContext) async throws {
    journal.add("\(name) willRun")
    if try context.input(Question.self).text == "blocked" { throw PermanentFailure("\(name) blocks this question") }
  }
  func willPublish(_ payload: Payload, _ context: RunContext) throws {
    journal.add("\(name) willPublish")
    if try payload.value(as: Answer.self).text == "secret" { throw PermanentFailure("\(name) keeps this answer back") }
  }
  func didRun(_ context: RunContext) async throws { journal.add("\(name) didRun") }
  func didFail(_ context: RunContext, _ error: any Error) async { journal.add("\(name) didFail") }
  func didStop(agent: String) async { journal.add("\(name) didStop \(agent)") }
}

/// Marks what comes from outside, and refuses some of it.
private struct Gatekeeper: FlockHooks {
  let journal: Journal

  func willStart() async throws { journal.add("flock willStart") }
  func willPublish(_ artifact: Artifact) async throws -> Artifact {
    let question = try artifact.value(as: Question.self)
    if question.text == "rude" { throw FlockError(.invalidConfiguration, "rude questions are not taken") }
    return Artifact(
      id: artifact.id, type: artifact.type, payload: Box(Question(text: question.text.lowercased())),
      correlation: artifact.correlation, tags: artifact.tags.union(["checked"]), createdAt: artifact.createdAt)
  }
  func didCommit(_ outcomes: [Outcome]) async { for _ in outcomes { journal.add("flock didCommit") } }
  func didBecomeIdle() async { journal.add("flock didBecomeIdle") }
  func didStop() async { journal.add("flock didStop") }
}

/// Engines and components of one's own.
@Suite struct ExtensionTests {
  private func agent(_ journal: Journal) -> Agent {
    Agent("oracle").consumes(Question.self).publishes(Answer.self)
      .runs(on: TableEngine(table: ["up?": "yes", "hidden?": "secret"], journal: journal))
      .hooks(NamedHooks(name: "A", journal: journal)).hooks(NamedHooks(name: "B", journal: journal))
  }

  @Test(arguments: Setup.memory)
  func `an engine and hooks of one's own are called in the stated order`(setup: Setup) async throws {
    let journal = Journal()
    var configuration = FlockConfiguration()
    configuration.hooks = [Gatekeeper(journal: journal)]
    try await withBoard(setup, [agent(journal)], configuration: configuration) { board in
      try await board.flock.start()
      try await board.publish(Question(text: "UP?"))
      try await board.settle()
      #expect(try await board.values(Answer.self) == [Answer(text: "yes")])
      #expect(try await board.artifacts(Question.self).map(\.tags) == [["checked"]])
      await #expect { try await board.publish(Question(text: "rude")) } throws: {
        ($0 as? FlockError)?.message == "rude questions are not taken"
      }
      #expect(try await board.artifacts(Question.self).count == 1)
    }
    #expect(
      journal.all == [
        "flock willStart", "engine start", "A didStart oracle", "B didStart oracle",
        "A willRun", "B willRun", "engine run", "A willPublish", "B willPublish", "B didRun", "A didRun",
        "flock didCommit", "flock didBecomeIdle",
        "B didStop oracle", "A didStop oracle", "engine stop", "flock didStop",
      ])
  }

  @Test(arguments: Setup.all)
  func `a guard blocks inputs before the engine is asked, and outputs before they are on the board`(setup: Setup) async throws {
    let journal = Journal()
    try await withBoard(setup, [agent(journal)]) { board in
      try await board.publish(Question(text: "blocked"))
      try await board.settle()
      #expect(!journal.all.contains("engine run"))
      #expect(journal.all.suffix(3) == ["A willRun", "B didFail", "A didFail"])
      try await board.publish(Question(text: "hidden?"))
      try await board.settle()
      #expect(try await board.values(Answer.self).isEmpty)
      let messages = try await board.deadLetters().map(\.failure.message)
      #expect(messages.count == 2)
      #expect(messages.contains { $0.contains("A blocks this question") })
      #expect(messages.contains { $0.contains("A keeps this answer back") })
    }
  }
}
