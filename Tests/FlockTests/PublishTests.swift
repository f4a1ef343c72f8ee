import Flock
import FlockCore
import FlockKernel
import FlockTestKit
import Testing

@Suite struct PublishTests {
  @Test func `a publication begins its own correlation, or joins the one that it names`() async throws {
    let flock = try Flock(agents: [.maker])
    let alone = try await flock.publish(Job(number: 1))
    #expect(alone.correlation.value == alone.id.value)
    #expect(alone.producer == .external)
    #expect(alone.depth == 0)
    let wanted = CorrelationID("order 4")
    let tagged = try await flock.publish(Job(number: 2), PublishOptions(correlation: wanted, tags: ["a"], visibility: .agents("x")))
    #expect(tagged.correlation == wanted)
    let stored = try #require(try await flock.store.artifact(tagged.id))
    #expect(stored.tags == ["a"])
    #expect(stored.visibility == .agents("x"))
    #expect(try stored.value(as: Job.self) == Job(number: 2))
    #expect(alone.id.value.version == 7)
  }

  @Test func `publishing many keeps their order and gives each its own correlation`() async throws {
    let flock = try Flock(agents: [.maker])
    let many = try await flock.publish(contentsOf: (0..<1000).map { Job(number: $0) })
    #expect(try many.map { try $0.value(as: Job.self).number } == Array(0..<1000))
    #expect(Set(many.map(\.correlation)).count == 1000)
    #expect(many.map(\.id) == many.map(\.id).sorted())
    #expect(try await flock.store.all(Job.self).map(\.number) == Array(0..<1000))
    #expect(try await flock.publish(contentsOf: [Job]()).isEmpty)
  }

  @Test(arguments: [1, 8])
  func `the same id published again is worked on once`(shards: Int) async throws {
    try await withFlock([.maker], store: MemoryStore(shards: shards)) { flock in
      let id = try await flock.publish(Job(number: 1)).id
      for _ in 0..<5 { try await flock.publish(Job(number: 1), PublishOptions(id: id)) }
      try await flock.runUntilIdle()
      try await flock.publish(Job(number: 1), PublishOptions(id: id))
      let report = try await flock.runUntilIdle()
      #expect(report.counters.successes == 1)
      #expect(try await flock.store.products() == [1])
    }
  }

  @Test func `an id names one artifact`() async throws {
    let flock = try Flock(agents: [.maker])
    let id = try await flock.publish(Job(number: 1)).id
    let error = await #expect(throws: FlockError.self) {
      try await flock.publish(contentsOf: [Job(number: 1), Job(number: 2)], PublishOptions(id: id))
    }
    #expect(error?.code == .invalidConfiguration)
  }

  @Test func `what a publication carries has limits, and nothing is stored beyond them`() async throws {
    let flock = try Flock(agents: [.maker])
    var deep = Visibility.public
    for _ in 0..<9 { deep = .agents([], otherwise: deep) }
    let refused: [(PublishOptions, ErrorCode)] = [
      (PublishOptions(tags: Tags((0..<65).map(String.init))), .limitExceeded),
      (PublishOptions(tags: [String(repeating: "x", count: 257)]), .limitExceeded),
      (PublishOptions(tags: [""]), .limitExceeded), (PublishOptions(visibility: deep), .limitExceeded),
      (PublishOptions(visibility: .after(.zero)), .invalidConfiguration), (PublishOptions(partitionKey: ""), .limitExceeded),
      (PublishOptions(partitionKey: String(repeating: "k", count: 513)), .limitExceeded),
    ]
    for (options, code) in refused {
      let error = await #expect(throws: FlockError.self) { try await flock.publish(Job(number: 1), options) }
      #expect(error?.code == code)
      // The same limits hold for artifacts that the caller made, and for direct calls.
      let made = Artifact(
        id: ArtifactID(UniqueID(high: 7, low: 7)), type: Job.artifactType, payload: Box(Job(number: 1)),
        partitionKey: options.partitionKey, tags: options.tags, visibility: options.visibility, createdAt: flock.clock.now())
      let second = await #expect(throws: FlockError.self) { try await flock.publish(artifacts: [made]) }
      #expect(second?.code == code)
      let third = await #expect(throws: FlockError.self) { try await flock.invoke("maker", Job(number: 1), options) }
      #expect(third?.code == code)
    }
    #expect(try await flock.store.summary(ArtifactFilter()).total == 0)
    try await flock.shutdown()
  }

  @Test(arguments: [1, 8])
  func `what was published before the start is worked on after it`(shards: Int) async throws {
    let store = MemoryStore(shards: shards)
    let flock = try Flock(agents: [.maker], store: store)
    try await flock.publish(contentsOf: (0..<2000).map { Job(number: $0) })
    #expect(try await store.outcomes(limit: 10).isEmpty)
    try await within(.seconds(30)) { _ = try await flock.runUntilIdle() }
    #expect(try await store.products() == Array(0..<2000))
    try await flock.shutdown()
  }

  @Test(arguments: [1, 8])
  func `publishers at once lose nothing and repeat nothing, round after round`(shards: Int) async throws {
    for _ in 0..<10 {
      try await withFlock([.maker], store: MemoryStore(shards: shards)) { flock in
        try await flock.start()
        try await withThrowingTaskGroup(of: Void.self) { group in
          for publisher in 0..<8 {
            group.addTask {
              for number in 0..<25 { try await flock.publish(Job(number: publisher * 25 + number)) }
            }
          }
          try await group.waitForAll()
        }
        let report = try await flock.runUntilIdle()
        #expect(report.counters.successes == 200)
        #expect(try await flock.store.products() == Array(0..<200))
      }
    }
  }

  @Test func `a refused publication says how to mend it, and a failed one stores nothing`() async throws {
    let store = FaultyStore()
    store.plan { $0.publishErrors = [FlockError(.storeUnavailable, "the disk is full", isRetriable: true)] }
    let flock = try Flock(agents: [.maker], store: store)
    let error = await #expect(throws: FlockError.self) { try await flock.publish(Job(number: 1)) }
    #expect(error?.code == .storeUnavailable)
    try await flock.publish(Job(number: 2))
    try await flock.runUntilIdle()
    #expect(try await store.products() == [2])
    try await flock.shutdown()
  }
}
