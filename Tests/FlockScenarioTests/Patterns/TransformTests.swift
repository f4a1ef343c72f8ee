import Flock
import FlockCore
import FlockKernel
import Testing

private struct Word: ArtifactPayload {
  static let artifactType = ArtifactType("transform/word")
  var text: String
}

private struct Count: ArtifactPayload {
  static let artifactType = ArtifactType("transform/count")
  var text: String
  var vowels: Int
}

private struct Raw: ArtifactPayload {
  static let artifactType = ArtifactType("pipeline/raw")
  var number: Int
}

private struct Doubled: ArtifactPayload {
  static let artifactType = ArtifactType("pipeline/doubled")
  var number: Int
}

private struct Raised: ArtifactPayload {
  static let artifactType = ArtifactType("pipeline/raised")
  var number: Int
}

private struct Label: ArtifactPayload {
  static let artifactType = ArtifactType("pipeline/label")
  var text: String
}

@Suite struct TransformTests {
  @Test(arguments: Setup.all)
  func `single transform: one run and one result for each artifact`(setup: Setup) async throws {
    let counter = Agent("counter").consumes(Word.self).publishes(Count.self, .exactly(1))
      .runs { (word: Word, _) in Count(text: word.text, vowels: word.text.count { "aeiou".contains($0) }) }
    let expected = ["blackboard": 3, "flock": 1, "rhythm": 0, "queue": 4, "artifact": 3]
    try await withBoard(setup, [counter]) { board in
      var words: [String: Artifact] = [:]
      for text in expected.keys { words[text] = try await board.publish(Word(text: text)) }
      let report = try await board.settle()
      #expect(report.waiting.isEmpty)
      let results = try await board.artifacts(Count.self)
      #expect(results.count == 5)
      for result in results {
        let count = try result.value(as: Count.self)
        let word = try #require(words[count.text])
        #expect(count.vowels == expected[count.text])
        #expect(result.parents.ids == [word.id])
        #expect(result.correlation == word.correlation)
        #expect(result.producer.name == "counter")
      }
      #expect(try await board.outcomes(of: "counter").map(\.attempts) == [1, 1, 1, 1, 1])
    }
  }

  @Test(arguments: Setup.all)
  func `sequential pipeline: types alone connect four stages, and each submission keeps to itself`(setup: Setup) async throws {
    let agents = [
      Agent("label").consumes(Raised.self).publishes(Label.self).runs { (raised: Raised, _) in Label(text: "<\(raised.number)>") },
      Agent("double").consumes(Raw.self).publishes(Doubled.self).runs { (raw: Raw, _) in Doubled(number: raw.number * 2) },
      Agent("raise").consumes(Doubled.self).publishes(Raised.self).runs { (doubled: Doubled, _) in Raised(number: doubled.number + 1) },
    ]
    try await withBoard(setup, agents) { board in
      var correlations: [CorrelationID: String] = [:]
      // 2n + 1, by hand.
      for (number, label) in [(0, "<1>"), (1, "<3>"), (2, "<5>"), (7, "<15>"), (20, "<41>"), (-3, "<-5>"), (100, "<201>")] {
        correlations[try await board.publish(Raw(number: number)).correlation] = label
      }
      try await board.settle()
      let labels = try await board.artifacts(Label.self)
      #expect(labels.count == 7)
      for label in labels {
        #expect(try label.value(as: Label.self).text == correlations[label.correlation])
        #expect(label.depth == 3)
        let lineage = try await board.store.lineage(of: label.id, .up)
        #expect(lineage.artifacts.map(\.type.name) == ["pipeline/label", "pipeline/raised", "pipeline/doubled", "pipeline/raw"])
      }
      #expect(try await board.store.summary(ArtifactFilter()).total == 28)
    }
  }
}
