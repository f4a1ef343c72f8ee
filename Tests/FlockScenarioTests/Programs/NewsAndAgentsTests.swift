import Flock
import FlockCore
import FlockKernel
import Synchronization
import Testing

private struct Event: ArtifactPayload {
  static let artifactType = ArtifactType("news/event")
  var number: Int
}

private struct Article: ArtifactPayload, Hashable {
  static let artifactType = ArtifactType("news/article")
  var event: Int
  var desk: String
}

private struct Digest: ArtifactPayload, Hashable {
  static let artifactType = ArtifactType("news/digest")
  var events: [Int]
  var desks: [String]
}

private struct Mission: ArtifactPayload, Hashable {
  static let artifactType = ArtifactType("spies/mission")
  var code: Int
}

private struct Dispatch: ArtifactPayload, Hashable {
  static let artifactType = ArtifactType("spies/dispatch")
  var code: Int
  var from: String
  var knew: [Int]
}

@Suite struct NewsAndAgentsTests {
  private static let desks = ["world", "sport", "arts"]

  private static func newsroom(_ editor: Agent) -> [Agent] {
    desks.map { desk in
      Agent(desk).consumes(Event.self).publishes(Article.self, .exactly(1))
        .runs { (event: Event, context) in Article(event: event.number, desk: context.agent) }
    } + [
      editor.publishes(Digest.self, .exactly(1)).runs { context in
        let articles = try context.inputs(Article.self)
        try context.publish(Digest(events: articles.map(\.event), desks: articles.map(\.desk).sorted()))
      }
    ]
  }

  @Test(arguments: Setup.all)
  func `news agency: every desk writes about every event, and each event has a digest of its own`(setup: Setup) async throws {
    let editor = Agent("editor").consumes(Article.self).batched(size: 3, scope: .correlation)
    try await withBoard(setup, Self.newsroom(editor)) { board in
      try await board.flock.publish(contentsOf: (0..<20).map { Event(number: $0) })
      let report = try await board.settle(flush: false)
      #expect(report.waiting.isEmpty)
      let digests = try await board.values(Digest.self)
      #expect(digests.count == 20)
      #expect(Set(digests) == Set((0..<20).map { Digest(events: [$0, $0, $0], desks: ["arts", "sport", "world"]) }))
    }
  }

  @Test(arguments: Setup.all)
  func `news agency: a digest of whatever comes first takes each article exactly once`(setup: Setup) async throws {
    let editor = Agent("editor").consumes(Article.self).batched(size: 7)
    try await withBoard(setup, Self.newsroom(editor)) { board in
      try await board.flock.publish(contentsOf: (0..<20).map { Event(number: $0) })
      try await board.settle(flush: false)
      let articles = try await board.artifacts(Article.self)
      #expect(articles.count == 60)
      let fates = try await board.fates(of: articles, agent: "editor")
      fates.expectEachOnce(articles)
      #expect(fates.sizes == Array(repeating: 7, count: 8))
      #expect(fates.leftOver.count == 4)
      try await board.settle()
      let end = try await board.fates(of: articles, agent: "editor")
      end.expectEachOnce(articles)
      #expect(end.sizes == [4] + Array(repeating: 7, count: 8))
      #expect(end.leftOver.isEmpty)
    }
  }

  @Test(arguments: Setup.all)
  func `secret agents: a mission reaches its agent alone, and a dispatch headquarters alone`(setup: Setup) async throws {
    let spies = ["falcon", "raven", "heron"].map { name in
      Agent(name).consumes(Mission.self).shown(RecentContext())
        .publishes(Dispatch.self, .exactly(1), visibility: .agents("headquarters"))
        .runs { (mission: Mission, context) in
          Dispatch(
            code: mission.code, from: context.agent,
            knew: try context.board.filter { $0.type == Mission.artifactType }.map { try $0.value(as: Mission.self).code }.sorted())
        }
    }
    let read = Mutex<[Dispatch]>([])
    let headquarters = Agent("headquarters").consumes(Dispatch.self).publishes(Digest.self)
      .runs { context in
        let dispatch = try context.input(Dispatch.self)
        read.withLock { $0.append(dispatch) }
      }
    let double = Agent("double agent").labels("secret").consumes(Dispatch.self).consumes(Mission.self).publishes(Digest.self).runs { _ in }
    try await withBoard(setup, spies + [headquarters, double]) { board in
      let missions = [(7, "falcon"), (1, "raven"), (9, "raven"), (4, "heron")]
      for (code, name) in missions {
        try await board.publish(Mission(code: code), visibility: .agents(name))
        try await board.settle()
      }
      // Raven's second mission is the only one whose agent had seen another before.
      #expect(
        Set(read.withLock { $0 }) == [
          Dispatch(code: 7, from: "falcon", knew: []), Dispatch(code: 1, from: "raven", knew: []),
          Dispatch(code: 9, from: "raven", knew: [1]), Dispatch(code: 4, from: "heron", knew: []),
        ])
      #expect(try await board.outcomes(of: "double agent").isEmpty)
      var query = ArtifactQuery()
      query.filter.identity = Identity(name: "double agent", labels: ["secret"])
      #expect(try await board.store.artifacts(query).artifacts.isEmpty)
      query.filter.identity = Identity(name: "raven")
      #expect(try await board.store.artifacts(query).artifacts.map { try $0.value(as: Mission.self).code }.sorted() == [1, 9])
    }
  }
}
