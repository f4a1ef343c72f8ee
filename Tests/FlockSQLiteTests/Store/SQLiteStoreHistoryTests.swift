#if SQLite
import Flock
import FlockCore
import FlockKernel
import FlockSQLite
import Testing

/// Queries against the memory store, which finds its answers in another way.
@Suite struct SQLiteStoreHistoryTests {
  private let bench: StoreBench

  init() throws { bench = try StoreBench() }

  private static let rules: [Visibility] = [
    .public, .public, .agents("ann", "bob"), .labels("secret"), .labels([], otherwise: nil), .tenant("t1"),
    .after(.seconds(100)), .after(.seconds(300), then: .tenant("t1")), .agents(["zoe"], otherwise: .labels("secret", "top")), .agents(),
  ]

  /// Artifacts of all kinds; many were created at the same instant, and not in the order of the log.
  private func artifacts(_ count: Int, seed: UInt64) -> [Artifact] {
    var random = SplitMix64(state: seed)
    let start = bench.clock.now()
    return (0..<count).map { number in
      let tags = ["red", "green", "blue"].filter { _ in Int.random(in: 0..<3, using: &random) == 0 }
      return bench.artifact(
        ["bug", "fix", "note"].randomElement(using: &random)!, text: "\(number)",
        producer: ["external", "triage", "fixer"].randomElement(using: &random)!,
        correlation: Bool.random(using: &random) ? CorrelationID("case-\(Int.random(in: 0..<5, using: &random))") : nil,
        tags: Tags(tags), visibility: Self.rules.randomElement(using: &random)!,
        createdAt: start + .seconds(Int.random(in: 0..<40, using: &random)))
    }
  }

  private func filters(_ artifacts: [Artifact]) -> [ArtifactFilter] {
    let start = bench.clock.now()
    var filters: [ArtifactFilter] = []
    func add(_ change: (inout ArtifactFilter) -> Void) {
      var filter = ArtifactFilter()
      change(&filter)
      filters.append(filter)
    }
    add { _ in }
    add { $0.types = ["bug"] }
    add { $0.types = ["bug", "note", "unknown"] }
    add { $0.types = ["unknown"] }
    add { $0.producers = ["triage"] }
    add {
      $0.producers = ["triage", "external"]
      $0.types = ["fix"]
    }
    add { $0.correlation = CorrelationID("case-1") }
    add { $0.correlation = artifacts[0].correlation }
    add {
      $0.correlation = CorrelationID("case-2")
      $0.types = ["bug"]
      $0.tags = ["red"]
    }
    add { $0.tags = ["red"] }
    add {
      $0.tags = ["red", "blue"]
      $0.producers = ["fixer"]
    }
    add { $0.tags = ["none"] }
    add { $0.visibility = [.public] }
    add { $0.visibility = [.agents, .after] }
    add { $0.from = start + .seconds(10) }
    add { $0.until = start + .seconds(10) }
    add {
      $0.from = start + .seconds(10)
      $0.until = start + .seconds(11)
      $0.types = ["bug"]
    }
    add {
      $0.from = start + .seconds(20)
      $0.until = start + .seconds(10)
    }
    add { $0.until = .distantPast }
    add {
      $0.from = start + .seconds(5)
      $0.until = start + .seconds(30)
      $0.tags = ["green"]
    }
    for identity in [
      Identity.anonymous, Identity(name: "ann"), Identity(name: "x", labels: ["secret"]), Identity(name: "x", labels: ["secret", "top"]),
      Identity(name: "zoe", tenant: "t1"),
    ] {
      add { $0.identity = identity }
      add {
        $0.identity = identity
        $0.visibleAt = start + .seconds(200)
      }
      add {
        $0.identity = identity
        $0.visibleAt = start + .seconds(1000)
        $0.tags = ["red"]
      }
    }
    return filters
  }

  private func stores(shards: Int, _ artifacts: [Artifact]) async throws -> (SQLiteStore, MemoryStore) {
    let store = try await bench.open(shards: shards)
    let memory = MemoryStore(shards: shards, clock: bench.clock)
    _ = try await store.publish(artifacts: artifacts)
    _ = try await memory.publish(artifacts.map(LogRecord.artifact))
    return (store, memory)
  }

  private func pages(_ store: any BlackboardStore, _ query: ArtifactQuery) async throws -> [ArtifactID] {
    var query = query
    var found: [ArtifactID] = []
    while true {
      let page = try await store.artifacts(query)
      try #require(page.artifacts.count <= query.limit)
      found += page.artifacts.map(\.id)
      guard let next = page.next else { return found }
      try #require(page.artifacts.count == query.limit)
      query.after = next
    }
  }

  @Test(arguments: [1, 8], ArtifactQuery.Order.allCases)
  func `every filter gives the pages that the memory store gives`(shards: Int, order: ArtifactQuery.Order) async throws {
    let artifacts = artifacts(300, seed: UInt64(shards))
    let (store, memory) = try await stores(shards: shards, artifacts)
    var matched = 0
    for filter in filters(artifacts) {
      for limit in [7, 1000] {
        var query = ArtifactQuery()
        query.filter = filter
        query.order = order
        query.limit = limit
        let expected = try await pages(memory, query)
        let found = try await pages(store, query)
        #expect(found == expected, "\(filter), limit \(limit)")
        matched += found.count
      }
    }
    #expect(matched > 1000)
    await store.close()
  }

  @Test(arguments: [1, 8]) func `every filter gives the summary that the memory store gives`(shards: Int) async throws {
    let artifacts = artifacts(300, seed: 99)
    let (store, memory) = try await stores(shards: shards, artifacts)
    for filter in filters(artifacts) {
      let expected = try await memory.summary(filter)
      #expect(try await store.summary(filter) == expected, "\(filter)")
    }
    let total = try await store.summary(ArtifactFilter()).total
    #expect(total == 300)
    await store.close()
  }

  @Test func `pages by hand: created first, then by id, whatever the order of the log`() async throws {
    let store = try await bench.open()
    let start = bench.clock.now()
    func id(_ low: UInt64) -> ArtifactID { ArtifactID(UniqueID(high: 7, low: low)) }
    _ = try await store.publish(artifacts: [
      bench.artifact("b", id: id(3), createdAt: start + .seconds(1)), bench.artifact("a", id: id(2), createdAt: start),
      bench.artifact("a", id: id(9), createdAt: start + .seconds(1)), bench.artifact("b", id: id(1), createdAt: start + .seconds(2)),
    ])
    var query = ArtifactQuery()
    query.limit = 2
    let first = try await store.artifacts(query)
    #expect(first.artifacts.map(\.id) == [id(2), id(3)])
    #expect(first.next == ArtifactQuery.Cursor(createdAt: start + .seconds(1), id: id(3)))
    // Published in between, before the cursor: it does not move the pages.
    _ = try await store.publish(artifacts: [bench.artifact("a", id: id(4), createdAt: start)])
    query.after = first.next
    let second = try await store.artifacts(query)
    #expect(second.artifacts.map(\.id) == [id(9), id(1)])
    #expect(second.next == nil)
    query.after = nil
    query.order = .newestFirst
    query.filter.until = start + .seconds(2)
    #expect(try await store.artifacts(query).artifacts.map(\.id) == [id(9), id(3)])
    query.limit = 0
    #expect(await code { _ = try await store.artifacts(query) } == .limitExceeded)
    await store.close()
  }

  @Test func `a page ends at its bytes and goes on behind them`() async throws {
    let bench = try StoreBench { $0.maximumPageBytes = 250 }
    let store = try await bench.open()
    _ = try await store.publish(artifacts: (0..<5).map { _ in bench.artifact(text: String(repeating: "z", count: 100)) })
    var query = ArtifactQuery()
    var sizes: [Int] = []
    repeat {
      let page = try await store.artifacts(query)
      sizes.append(page.artifacts.count)
      query.after = page.next
    } while query.after != nil
    #expect(sizes == [3, 2])
    await store.close()
  }

  @Test func `lineage that was published, not run, is found both ways`() async throws {
    let store = try await bench.open(shards: 4)
    let parents = [bench.artifact(), bench.artifact()]
    let run = bench.run(77)
    let child = bench.artifact(run: run, parents: Parents(parents.map(\.id)), depth: 1)
    let grandchild = bench.artifact(parents: .one(child.id), depth: 2)
    _ = try await store.publish(artifacts: parents + [child, grandchild])
    #expect(try await store.children(of: parents[0].id).map(\.id) == [child.id])
    #expect(try await store.children(of: parents[1].id).map(\.id) == [child.id])
    #expect(try await store.outputs(of: run).map(\.id) == [child.id])
    let down = try await store.lineage(of: parents[0].id, .down)
    #expect(Set(down.artifacts.map(\.id)) == [parents[0].id, child.id, grandchild.id])
    let up = try await store.lineage(of: grandchild.id, .up)
    #expect(Set(up.artifacts.map(\.id)) == Set(parents.map(\.id) + [child.id, grandchild.id]))
    await store.close()
  }

  @Test func `the newest outcomes and dead letters come first, and no more than asked`() async throws {
    let store = try await bench.open()
    let session = try await store.session()
    for number in 1...5 {
      bench.clock.advance(.seconds(1))
      let input = bench.artifact()
      var commit = bench.commit(Int64(number))
      let run = bench.run(UInt64(number))
      commit.outcomes = [bench.outcome(run, of: [input], kind: .deadLetter)]
      commit.deadLetters = [
        DeadLetter(
          run: run, replayNumber: 0, shard: 0, subscription: SubscriptionID(1), agent: "worker", correlation: input.correlation,
          inputs: [input], attempts: 1, failure: Failure(.permanent, ""), steps: [], at: bench.clock.now())
      ]
      try await session.commit(commit)
    }
    #expect(try await store.outcomes(limit: 3).map(\.run) == [5, 4, 3].map { bench.run($0) })
    #expect(try await store.deadLetters(limit: 2).map(\.run) == [5, 4].map { bench.run($0) })
    #expect(try await store.outcomes(limit: 0).isEmpty)
    #expect(try await store.deadLetters(limit: -1).isEmpty)
    #expect(try await store.eventRecords(shard: 0, from: 3, limit: 2).map(\.sequence) == [3, 4])
    #expect(await code { _ = try await store.eventRecords(shard: 1) } == .notFound)
    await store.close()
  }

  @Test func `what is not there is nothing, not an error`() async throws {
    let store = try await bench.open()
    #expect(try await store.artifact(bench.nextID()) == nil)
    #expect(try await store.outcomes(of: bench.run(1)).isEmpty)
    #expect(try await store.outputs(of: bench.run(1)).isEmpty)
    #expect(try await store.children(of: bench.nextID()).isEmpty)
    #expect(try await store.consumptions(of: bench.nextID()).isEmpty)
    #expect(try await store.reasons(for: bench.nextID()).isEmpty)
    #expect(try await store.summary(ArtifactFilter()) == BoardSummary())
    #expect(try await store.artifacts(ArtifactQuery()).artifacts.isEmpty)
    await store.close()
  }

  @Test func `a query that begins before a commit sees nothing of it`() async throws {
    let store = try await bench.open()
    let reader = try await bench.open(readOnly: true)
    _ = try await store.publish(artifacts: (0..<100).map { _ in bench.artifact() })
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        for _ in 0..<20 { _ = try await store.publish(artifacts: (0..<50).map { _ in bench.artifact() }) }
      }
      for _ in 0..<2 {
        group.addTask {
          for _ in 0..<20 {
            let summary = try await reader.summary(ArtifactFilter())
            try #require(summary.total % 50 == 0 && summary.byType["note"] == summary.total)
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(try await reader.summary(ArtifactFilter()).total == 1100)
    await reader.close()
    await store.close()
  }
}
#endif
