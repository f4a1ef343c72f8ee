import Flock
import FlockCore
import FlockKernel
import Synchronization

extension StoreConformance {
  static let queryCases: [Case] = [
    Case("every filter gives what a plain list gives, in both orders and in pages of any size") { kit in
      let (store, scene) = try await kit.storeWithScene()
      let oracle = BoardOracle(artifacts: scene.artifacts)
      for (name, filter) in scene.filters {
        for order in ArtifactQuery.Order.allCases {
          let expected = oracle.ordered(filter, order, now: QueryScene.instant)
          for limit in [1, 7, 50, ArtifactQuery.maximumLimit] where limit > 1 || expected.count < 60 {
            let found = try await pages(of: store, filter, order, limit: limit)
            try requireEqual(found, expected, "\(name), \(order), in pages of \(limit)")
          }
        }
      }
      await store.close()
    },
    Case("a summary counts what the same filter finds") { kit in
      let (store, scene) = try await kit.storeWithScene()
      let oracle = BoardOracle(artifacts: scene.artifacts)
      for (name, filter) in scene.filters {
        let found = try await store.summary(filter)
        try requireEqual(found, oracle.summary(filter, now: QueryScene.instant), "the summary of: \(name)")
      }
      await store.close()
    },
    Case("pages repeat nothing and miss nothing while others publish") { kit in
      let (store, scene) = try await kit.storeWithScene()
      let oracle = BoardOracle(artifacts: scene.artifacts)
      let isDone = Atomic<Bool>(false)
      // Publishes before, among and after the instants of the scene.
      async let publisher: Int = {
        var published = 0
        repeat {
          var maker = ArtifactMaker(seed: UInt64(1000 + published))
          for pause in [-20, 60, 500] {
            _ = try await store.publish([maker.artifact(Item(number: -1), producer: Symbol("noise"), after: .microseconds(pause))])
            published += 1
          }
          await Task.yield()
        } while !isDone.load(ordering: .relaxed) && published < 3000
        return published
      }()
      for (name, filter) in scene.filters {
        for order in ArtifactQuery.Order.allCases {
          let found = try await pages(of: store, filter, order, limit: 9)
          try requireEqual(Set(found).count, found.count, "\(name), \(order): different artifacts among all found")
          let known = Set(scene.artifacts.map(\.id))
          try requireEqual(
            found.filter(known.contains), oracle.ordered(filter, order, now: QueryScene.instant), "\(name), \(order), of what was there")
        }
      }
      isDone.store(true, ordering: .relaxed)
      let published = try await publisher
      try require(published > 0, "nobody published meanwhile")
      await store.close()
    },
    Case("a page has at most as many artifacts as allowed, and says whether more follow") { kit in
      let store = try await kit.store()
      var maker = ArtifactMaker()
      _ = try await store.publish(try maker.items(0..<10))
      var query = ArtifactQuery()
      for (limit, hasNext) in [(9, true), (10, false), (11, false)] {
        query.limit = limit
        let page = try await store.artifacts(query)
        try requireEqual(page.artifacts.count, min(limit, 10), "artifacts of a page of \(limit)")
        try requireEqual(page.next != nil, hasNext, "whether a page of \(limit) of 10 has a next one")
      }
      for limit in [0, -1, ArtifactQuery.maximumLimit + 1] {
        query.limit = limit
        let refused = query
        try await requireRefusal(.limitExceeded, "a page of \(limit)") { try await store.artifacts(refused) }
      }
      let letters = try await store.deadLetters(limit: 0)
      let outcomes = try await store.outcomes(limit: 0)
      try require(letters.isEmpty && outcomes.isEmpty, "a limit of 0 gives something")
      await store.close()
    },
    Case("an empty board has empty answers") { kit in
      let store = try await kit.store()
      let page = try await store.artifacts(ArtifactQuery())
      try require(page.artifacts.isEmpty && page.next == nil, "an empty board has artifacts")
      let summary = try await store.summary(ArtifactFilter())
      try requireEqual(summary, BoardSummary(), "the summary of an empty board")
      let outcomes = try await store.outcomes(limit: 10)
      let letters = try await store.deadLetters(limit: 10)
      try require(outcomes.isEmpty && letters.isEmpty, "an empty board has outcomes or dead letters")
      await store.close()
    },
  ]

  /// The scene arrives in another order than that of its instants.
  fileprivate func storeWithScene() async throws -> (any BlackboardStore, QueryScene) {
    let first = try await store()
    let scene = try QueryScene()
    var random = SplitMix64(state: 5)
    let shuffled = scene.artifacts.shuffled(using: &random)
    for start in stride(from: 0, to: shuffled.count, by: 30) {
      _ = try await first.publish(Array(shuffled[start..<min(start + 30, shuffled.count)]))
    }
    return (try await reopened(first), scene)
  }

  fileprivate static func pages(
    of store: any BlackboardStore, _ filter: ArtifactFilter, _ order: ArtifactQuery.Order, limit: Int
  ) async throws -> [ArtifactID] {
    var query = ArtifactQuery()
    query.filter = filter
    query.order = order
    query.limit = limit
    var found: [ArtifactID] = []
    while true {
      let page = try await store.artifacts(query)
      try require(page.artifacts.count <= limit, "a page of \(limit) holds \(page.artifacts.count)")
      found += page.artifacts.map(\.id)
      guard let next = page.next else { return found }
      try require(!page.artifacts.isEmpty, "an empty page has a next one")
      // A cursor survives being written down.
      query.after = try requireValue(ArtifactQuery.Cursor(next.description), "the cursor '\(next)', read back,")
      guard found.count <= 100_000 else { throw ConformanceFailure("the pages do not end") }
    }
  }
}
