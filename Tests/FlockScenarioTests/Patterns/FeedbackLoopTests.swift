import Flock
import FlockCore
import FlockKernel
import Testing

private struct Draft: ArtifactPayload {
  static let artifactType = ArtifactType("loop/draft")
  var revision: Int
  var score: Int
}

private struct Ping: ArtifactPayload {
  static let artifactType = ArtifactType("loop/ping")
  var number: Int
}

private struct Pong: ArtifactPayload {
  static let artifactType = ArtifactType("loop/pong")
  var number: Int
}

@Suite struct FeedbackLoopTests {
  private static let reviser = Agent("reviser").publishes(Draft.self, .exactly(1))
    .runs { (draft: Draft, _) in Draft(revision: draft.revision + 1, score: draft.score + 20) }

  @Test(arguments: Setup.all)
  func `a loop ends when its predicate says no`(setup: Setup) async throws {
    let reviser = Self.reviser.consumes(Draft.self) { $0.score < 90 }.allowsSelfTrigger()
    try await withBoard(setup, [reviser]) { board in
      // 30, 50, 70, 90: three revisions; 85, 105: one; 95: none.
      let starts = [(30, 3, 90), (85, 1, 105), (95, 0, 95), (-30, 6, 90)]
      for (index, start) in starts.enumerated() { try await board.publish(Draft(revision: 0, score: start.0), in: "\(index)") }
      let report = try await board.settle()
      #expect(report.waiting.isEmpty)
      for (index, start) in starts.enumerated() {
        let drafts = try await board.artifacts(Draft.self).filter { $0.correlation == CorrelationID("\(index)") }
        let last = try #require(drafts.max { $0.depth < $1.depth }).value(as: Draft.self)
        #expect(drafts.count == start.1 + 1)
        #expect(last.revision == start.1)
        #expect(last.score == start.2)
      }
    }
  }

  @Test(arguments: Setup.all)
  func `an agent is not triggered by its own output unless it says so`(setup: Setup) async throws {
    try await withBoard(setup, [Self.reviser.consumes(Draft.self)]) { board in
      try await board.publish(Draft(revision: 0, score: 0))
      try await board.settle()
      let drafts = try await board.artifacts(Draft.self)
      #expect(drafts.count == 2)
      let own = try #require(drafts.first { $0.depth == 1 })
      let line = try await board.verdict(own, of: "reviser")
      #expect(line.verdict == .refused)
      #expect(line.detail == "the agent made it itself; allowsSelfTrigger() permits that")
    }
  }

  @Test(arguments: Setup.all)
  func `a loop ends in each correlation once its until holds there`(setup: Setup) async throws {
    let reviser = Self.reviser.consumes(Draft.self).allowsSelfTrigger()
      .until(.exists(Draft.self) { $0.score >= 90 })
    try await withBoard(setup, [reviser]) { board in
      for index in 0..<8 { try await board.publish(Draft(revision: 0, score: index * 10), in: "\(index)") }
      try await board.settle()
      // The first score of 90 or more, from 0, 10, ... 70 in steps of 20.
      let finals = [100, 90, 100, 90, 100, 90, 100, 90]
      for index in 0..<8 {
        let drafts = try await board.artifacts(Draft.self).filter { $0.correlation == CorrelationID("\(index)") }
        #expect(try drafts.map { try $0.value(as: Draft.self).score }.max() == finals[index])
        let last = try #require(drafts.max { $0.depth < $1.depth })
        #expect(try await board.verdict(last, of: "reviser").detail == "the subscription's until holds in its correlation")
        let fates = try await board.fates(of: drafts, agent: "reviser")
        #expect(fates.expired == [last.id])
      }
      let drafts = try await board.artifacts(Draft.self)
      try await board.fates(of: drafts, agent: "reviser").expectEachOnce(drafts)
    }
  }

  @Test(arguments: Setup.all)
  func `a loop without an end is stopped by the run limit, in its own correlation only, and can go on`(setup: Setup) async throws {
    let agents = [
      Agent("ping").consumes(Pong.self).publishes(Ping.self).runs { (pong: Pong, _) in Ping(number: pong.number + 1) },
      Agent("pong").consumes(Ping.self) { $0.number >= 0 }.publishes(Pong.self).runs { (ping: Ping, _) in Pong(number: ping.number + 1) },
    ]
    var configuration = FlockConfiguration()
    configuration.kernel.maximumRunsPerCorrelation = 7
    try await withBoard(setup, agents, configuration: configuration) { board in
      try await board.publish(Ping(number: 0), in: "endless")
      try await board.publish(Ping(number: 0), in: "endless too")
      try await board.publish(Ping(number: -1), in: "ends")
      let report = try await board.settle()
      // The run on the root is not counted, seven on produced artifacts are: numbers 1 to 8, and the ninth run is refused.
      for name in ["endless", "endless too"] {
        let numbers =
          try await board.artifacts(Ping.self).filter { $0.correlation == CorrelationID(name) }.map { try $0.value(as: Ping.self).number }
          + board.artifacts(Pong.self).filter { $0.correlation == CorrelationID(name) }.map { try $0.value(as: Pong.self).number }
        #expect(numbers.sorted() == Array(0...8))
      }
      #expect(report.deadLetters == 2)
      let letters = try await board.deadLetters()
      #expect(letters.map(\.failure.cause) == [.runLimit, .runLimit])
      #expect(Set(letters.map(\.correlation)) == [CorrelationID("endless"), CorrelationID("endless too")])
      // A person may let it go on: one run, whose output meets the limit again.
      try await board.flock.replay(letters[0])
      try await board.settle()
      #expect(try await board.store.summary(ArtifactFilter()).total == 20)
      #expect(try await board.deadLetters().count == 2)
    }
  }
}
