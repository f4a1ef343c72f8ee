import Flock
import FlockCore
import FlockKernel
import Testing

private struct Story: ArtifactPayload {
  static let artifactType = ArtifactType("fan/story")
  var number: Int
}

private struct Article: ArtifactPayload, Hashable {
  static let artifactType = ArtifactType("fan/article")
  var story: Int
  var desk: String
}

private struct Page: ArtifactPayload, Hashable {
  static let artifactType = ArtifactType("fan/page")
  var story: Int
  var page: Int
}

@Suite struct FanOutTests {
  private static let desks = ["world", "business", "technology", "sport", "culture", "weather"]

  @Test(arguments: Setup.all)
  func `one artifact reaches every subscriber, each in a run of its own`(setup: Setup) async throws {
    let agents = Self.desks.map { desk in
      Agent(desk).consumes(Story.self).publishes(Article.self, .exactly(1))
        .runs { (story: Story, context) in Article(story: story.number, desk: context.agent) }
    }
    try await withBoard(setup, agents) { board in
      let stories = try await board.flock.publish(contentsOf: (0..<25).map { Story(number: $0) })
      let report = try await board.settle()
      #expect(report.counters.successes == 150)
      let expected = (0..<25).flatMap { story in Self.desks.map { Article(story: story, desk: $0) } }
      let articles = try await board.values(Article.self)
      #expect(articles.count == 150)
      #expect(Set(articles) == Set(expected))
      #expect(Set(try await board.store.consumptions(of: stories[3].id).map(\.agent)) == Set(Self.desks))
      #expect(try await board.store.children(of: stories[3].id).count == 6)
    }
  }

  @Test(arguments: Setup.all)
  func `one run publishes many, all in one step and in order`(setup: Setup) async throws {
    let printer = Agent("printer").consumes(Story.self).publishes(Page.self, .exactly(12))
      .runs { (story: Story, _) in (1...12).map { Page(story: story.number, page: $0) } }
    let reader = Agent("reader").consumes(Page.self).publishes(Article.self)
      .runs { (page: Page, _) in Article(story: page.story, desk: "page \(page.page)") }
    try await withBoard(setup, [printer, reader]) { board in
      let stories = try await board.flock.publish(contentsOf: (0..<10).map { Story(number: $0) })
      try await board.settle()
      let expected = (0..<10).flatMap { story in (1...12).map { Article(story: story, desk: "page \($0)") } }
      #expect(Set(try await board.values(Article.self)) == Set(expected))
      #expect(try await board.artifacts(Article.self).count == 120)
      let run = try #require(try await board.store.consumptions(of: stories[4].id).first?.run)
      let pages = try await board.store.outputs(of: run).map { try $0.value(as: Page.self) }
      #expect(Set(pages) == Set((1...12).map { Page(story: 4, page: $0) }))
      #expect(try await board.store.outcomes(of: run).map(\.outputCount) == [12])
    }
  }
}
