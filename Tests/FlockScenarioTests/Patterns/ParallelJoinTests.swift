import Flock
import FlockCore
import FlockKernel
import Testing

private struct Essay: ArtifactPayload {
  static let artifactType = ArtifactType("essay")
  var number: Int
}

private struct StyleReview: ArtifactPayload {
  static let artifactType = ArtifactType("essay/style")
  var number: Int
}

private struct FactReview: ArtifactPayload {
  static let artifactType = ArtifactType("essay/facts")
  var number: Int
}

private struct Verdict: ArtifactPayload {
  static let artifactType = ArtifactType("essay/verdict")
  var style: Int
  var facts: Int
}

@Suite struct ParallelJoinTests {
  @Test(arguments: Setup.all)
  func `parallel then join: with fifty submissions in flight no verdict mixes two of them`(setup: Setup) async throws {
    let agents = [
      Agent("style").consumes(Essay.self).publishes(StyleReview.self)
        .runs { (essay: Essay, _) in
          // The later an essay, the sooner its review: the two reviewers finish in opposite orders.
          for _ in 0..<(50 - essay.number) { await Task.yield() }
          return StyleReview(number: essay.number)
        },
      Agent("facts").consumes(Essay.self).publishes(FactReview.self)
        .runs { (essay: Essay, _) in
          for _ in 0..<essay.number { await Task.yield() }
          return FactReview(number: essay.number)
        },
      Agent("editor").consumes(StyleReview.self, FactReview.self).publishes(Verdict.self, .exactly(1))
        .runs { context in
          try context.publish(
            Verdict(style: context.input(StyleReview.self).number, facts: context.input(FactReview.self).number))
        },
    ]
    try await withBoard(setup, agents) { board in
      let essays = try await board.flock.publish(contentsOf: (0..<50).map { Essay(number: $0) })
      let report = try await board.settle()
      #expect(report.waiting.isEmpty)
      let verdicts = try await board.artifacts(Verdict.self)
      let numbers = try verdicts.map { try $0.value(as: Verdict.self) }
      #expect(numbers.allSatisfy { $0.style == $0.facts })
      #expect(numbers.map(\.style).sorted() == Array(0..<50))
      #expect(Set(verdicts.map(\.correlation)) == Set(essays.map(\.correlation)))
    }
  }
}
