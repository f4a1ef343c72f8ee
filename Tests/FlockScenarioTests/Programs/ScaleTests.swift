import Flock
import FlockCore
import FlockKernel
import Testing

private struct Signal: ArtifactPayload {
  static let artifactType = ArtifactType("scale/signal")
  var number: Int
}

private struct Echo: ArtifactPayload, Hashable {
  static let artifactType = ArtifactType("scale/echo")
  var number: Int
  var agent: String
}

/// A hundred agents on one board.
@Suite struct ScaleTests {
  @Test(arguments: Setup.all)
  func `a hundred agents hear every signal`(setup: Setup) async throws {
    let agents = (0..<100).map { index in
      Agent("agent \(index)").consumes(Signal.self).publishes(Echo.self)
        .runs { (signal: Signal, context) in Echo(number: signal.number, agent: context.agent) }
    }
    try await withBoard(setup, agents) { board in
      try await board.flock.publish(contentsOf: (0..<20).map { Signal(number: $0) })
      let report = try await board.settle()
      #expect(report.counters.successes == 2000)
      let echoes = try await board.values(Echo.self)
      #expect(echoes.count == 2000)
      #expect(Set(echoes).count == 2000)
      #expect(Dictionary(grouping: echoes, by: \.agent).values.allSatisfy { $0.count == 20 })
    }
  }

  @Test(arguments: Setup.all)
  func `a hundred agents in a row, each on a type of its own, pass ten signals on`(setup: Setup) async throws {
    @Sendable func hop(_ index: Int) -> ArtifactType { ArtifactType("scale/hop-\(index)") }
    let agents = (0..<100).map { index in
      Agent("hop \(index)").subscribes(Subscription(inputs: [.init(type: hop(index))]))
        .publishes(OutputContract(type: hop(index + 1), fanOut: .exactly(1)))
        .runs { context in
          let text = String(decoding: try context.artifacts[0].payload.encoded(), as: UTF8.self)
          let number = Int(text.drop { !$0.isNumber }.prefix { $0.isNumber }) ?? -1
          try context.publish(type: hop(index + 1), payload: EncodedPayload(bytes: Array("{\"n\":\(number + 1)}".utf8)))
        }
    }
    try await withBoard(setup, agents) { board in
      let starts = try await board.flock.publish(
        type: hop(0), payloads: (0..<10).map { EncodedPayload(bytes: Array("{\"n\":\($0 * 1000)}".utf8)) })
      try await board.settle()
      var query = ArtifactQuery()
      query.filter.types = [hop(100).name]
      let ends = try await board.store.artifacts(query).artifacts
      #expect(ends.count == 10)
      #expect(ends.allSatisfy { $0.depth == 100 })
      let texts = try ends.map { String(decoding: try $0.payload.encoded(), as: UTF8.self) }
      #expect(Set(texts) == Set((0..<10).map { "{\"n\":\($0 * 1000 + 100)}" }))
      #expect(Set(ends.map(\.correlation)) == Set(starts.map(\.correlation)))
      let lineage = try await board.store.lineage(of: ends[0].id, .up)
      #expect(lineage.artifacts.count == 101)
      #expect(!lineage.isCut)
    }
  }
}
