import Flock
import FlockCore
import FlockKernel
import Testing

private struct Concept: ArtifactPayload {
  static let artifactType = ArtifactType("band/concept")
  var genre: String
  var members: Int
}

private struct Lineup: ArtifactPayload {
  static let artifactType = ArtifactType("band/lineup")
  var name: String
  var instruments: [String]
}

private struct Album: ArtifactPayload {
  static let artifactType = ArtifactType("band/album")
  var title: String
  var tracks: [String]
}

private struct Campaign: ArtifactPayload, Hashable {
  static let artifactType = ArtifactType("band/campaign")
  var slogan: String
}

private struct Argument: ArtifactPayload, Hashable {
  static let artifactType = ArtifactType("debate/argument")
  var topic: String
  var side: String
  var round: Int
}

private struct Ruling: ArtifactPayload, Hashable {
  static let artifactType = ArtifactType("debate/ruling")
  var topic: String
  var arguments: Int
}

/// The programs in which agents hand work on, in a line and in a circle.
@Suite struct PipelineProgramTests {
  @Test(arguments: Setup.all)
  func `band formation: concept, line-up, album and campaign follow one another`(setup: Setup) async throws {
    let instruments = ["voice", "guitar", "bass", "drums", "keys"]
    let agents = [
      Agent("scout").consumes(Concept.self).publishes(Lineup.self, .exactly(1))
        .runs { (concept: Concept, _) in
          Lineup(name: "The \(concept.genre) \(concept.members)", instruments: Array(instruments.prefix(concept.members)))
        },
      Agent("producer").consumes(Lineup.self) { !$0.instruments.isEmpty }.publishes(Album.self, .exactly(1))
        .runs { (lineup: Lineup, _) in Album(title: "\(lineup.name) live", tracks: lineup.instruments.map { "\($0) solo" }) },
      Agent("marketer").consumes(Album.self).publishes(Campaign.self, .exactly(1))
        .runs { (album: Album, _) in Campaign(slogan: "\(album.title): \(album.tracks.count) tracks, \(album.tracks.last ?? "none") last")
        },
    ]
    try await withBoard(setup, agents) { board in
      for (genre, members) in [("Jazz", 3), ("Punk", 4), ("Drone", 1), ("Silent", 0)] {
        try await board.publish(Concept(genre: genre, members: members), in: genre)
      }
      try await board.settle()
      #expect(
        Set(try await board.values(Campaign.self)) == [
          Campaign(slogan: "The Jazz 3 live: 3 tracks, bass solo last"),
          Campaign(slogan: "The Punk 4 live: 4 tracks, drums solo last"),
          Campaign(slogan: "The Drone 1 live: 1 tracks, voice solo last"),
        ])
      // The silent band ends at its line-up.
      let silent = try await board.artifacts(Lineup.self).first { $0.correlation == CorrelationID("Silent") }
      #expect(try await board.verdict(try #require(silent), of: "producer").detail == "the predicate said no")
    }
  }

  @Test(arguments: Setup.all)
  func `debate club: two sides answer each other for as many rounds as were agreed, then a judge rules`(setup: Setup) async throws {
    let rounds = 3
    func side(_ name: String, against other: String) -> Agent {
      Agent(name).consumes(Argument.self) { $0.side == other && $0.round < rounds * 2 }.publishes(Argument.self, .exactly(1))
        .runs { (argument: Argument, _) in Argument(topic: argument.topic, side: name, round: argument.round + 1) }
    }
    let judge = Agent("judge").consumes(Argument.self).activated(when: .atLeast(6, Argument.self))
      .batched(size: 6, scope: .correlation).publishes(Ruling.self)
      .runs { context in
        let arguments = try context.inputs(Argument.self)
        try context.publish(Ruling(topic: arguments[0].topic, arguments: Set(arguments.map(\.round)).count))
      }
    try await withBoard(setup, [side("pro", against: "contra"), side("contra", against: "pro"), judge]) { board in
      let topics = (0..<9).map { "topic \($0)" }
      for topic in topics { try await board.publish(Argument(topic: topic, side: "pro", round: 1), in: topic) }
      let report = try await board.settle()
      #expect(report.waiting.isEmpty)
      let expected = topics.flatMap { topic in
        (1...6).map { Argument(topic: topic, side: $0.isMultiple(of: 2) ? "contra" : "pro", round: $0) }
      }
      #expect(Set(try await board.values(Argument.self)) == Set(expected))
      #expect(Set(try await board.values(Ruling.self)) == Set(topics.map { Ruling(topic: $0, arguments: 6) }))
      #expect(try await board.artifacts(Ruling.self).count == 9)
    }
  }
}
