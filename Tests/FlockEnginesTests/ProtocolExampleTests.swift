import Flock
import FlockCore
import FlockEngines
import Foundation
import Testing

/// The program that the documentation shows.
@Suite(.timeLimit(.minutes(1)))
struct ProtocolExampleTests {
  struct Order: ArtifactPayload {
    static let artifactType = ArtifactType("order")
    var customer: String
  }

  struct Receipt: ArtifactPayload, Equatable {
    static let artifactType = ArtifactType("receipt")
    var customer: String
    var sent: Bool
  }

  private func example() throws -> String {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().resolvingSymlinksInPath()
    let page = folder.deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Documentation/subprocess-protocol.md")
    let text = try String(contentsOf: page, encoding: .utf8)
    let start = try #require(text.range(of: "```python\n"))
    let end = try #require(text.range(of: "```", range: start.upperBound..<text.endIndex))
    return String(text[start.upperBound..<end.lowerBound])
  }

  /// Fails the first attempt after the program has done its work.
  struct FailsOnce: AgentHooks {
    func didRun(_ context: RunContext) async throws {
      if context.attempt == 1 { throw FlockError(.engineFailed, "once more") }
    }
  }

  @Test
  func `the example sends one mail although the run is made twice`() async throws {
    let folder = try Folder()
    var configuration = SubprocessEngineConfiguration(executable: interpreter, arguments: ["-I", "-S", "-c", try example()])
    configuration.environment["OUTBOX"] = folder.file("outbox")
    let mailer = Agent("mailer").consumes(Order.self).publishes(Receipt.self, .exactly(1))
      .retry(RetryPolicy(maximumAttempts: 2, initialBackoff: .milliseconds(1)))
      .hooks(FailsOnce())
      .runs(on: try SubprocessEngine(configuration))
    let flock = try Flock(agents: [mailer])
    let order = try await flock.publish(Order(customer: "Ada"))
    let report = try await flock.runUntilIdle()
    #expect(report.deadLetters == 0)
    var query = ArtifactQuery()
    query.filter.types = ["receipt"]
    let receipts = try await flock.store.artifacts(query).artifacts
    try await flock.shutdown()
    #expect(try receipts.map { try $0.value(as: Receipt.self) } == [Receipt(customer: "Ada", sent: true)])
    #expect(receipts.first?.tags == ["mail"])
    #expect(receipts.first?.parents == .one(order.id))
    #expect(folder.lines("outbox").count == 1)
  }
}
