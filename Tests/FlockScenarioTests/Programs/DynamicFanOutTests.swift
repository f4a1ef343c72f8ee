import Flock
import FlockCore
import FlockKernel
import Testing

private struct Document: ArtifactPayload {
  static let artifactType = ArtifactType("dynamic/document")
  var number: Int
  var paragraphs: [String]
}

private struct Chunk: ArtifactPayload, Hashable {
  static let artifactType = ArtifactType("dynamic/chunk")
  var document: Int
  var words: Int
  var of: Int
}

private struct Total: ArtifactPayload, Hashable {
  static let artifactType = ArtifactType("dynamic/total")
  var document: Int
  var words: Int
}

@Suite struct DynamicFanOutTests {
  @Test(arguments: Setup.all)
  func `as many chunks as a document has, without the empty ones, gathered again by document`(setup: Setup) async throws {
    let splitter = Agent("splitter").consumes(Document.self)
      .publishes(Chunk.self, .range(0...100), where: { $0.words > 0 })
      .runs { (document: Document, _) in
        let words = document.paragraphs.map { $0.split(separator: " ").count }
        return words.map { Chunk(document: document.number, words: $0, of: words.count { $0 > 0 }) }
      }
    let gatherer = Agent("gatherer").consumes(Chunk.self).shown(CorrelatedContext(maximumArtifacts: 100, types: ["dynamic/chunk"]))
      .publishes(Total.self, .range(0...1))
      .runs { context in
        // Whoever sees all of them and is the first by id speaks for the document.
        let own = try context.input(Chunk.self)
        let all = context.board + context.artifacts
        guard all.count == own.of, all.allSatisfy({ context.artifacts[0].id <= $0.id }) else { return }
        try context.publish(Total(document: own.document, words: all.reduce(0) { $0 + (try $1.value(as: Chunk.self).words) }))
      }
    let documents = [
      (Document(number: 1, paragraphs: ["one two", "", "three"]), 2, 3), (Document(number: 2, paragraphs: []), 0, 0),
      (Document(number: 3, paragraphs: ["", " "]), 0, 0), (Document(number: 4, paragraphs: Array(repeating: "a b c", count: 30)), 30, 90),
    ]
    try await withBoard(setup, [splitter, gatherer]) { board in
      for (document, _, _) in documents { try await board.publish(document, in: "\(document.number)") }
      try await board.settle()
      for (document, chunks, _) in documents {
        #expect(try await board.values(Chunk.self).count { $0.document == document.number } == chunks)
      }
      #expect(try await board.outcomes(of: "splitter").map(\.outputCount).sorted() == [0, 0, 2, 30])
      #expect(
        Set(try await board.values(Total.self)) == [Total(document: 1, words: 3), Total(document: 4, words: 90)])
      #expect(try await board.artifacts(Total.self).count == 2)
    }
  }
}
