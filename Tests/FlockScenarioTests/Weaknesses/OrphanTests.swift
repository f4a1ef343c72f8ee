#if SQLite
import Flock
import FlockCore
import FlockKernel
import FlockSQLite
import Testing

private struct Entry: ArtifactPayload {
  static let artifactType = ArtifactType("orphan/entry")
  var number: Int
}

private struct Derived: ArtifactPayload {
  static let artifactType = ArtifactType("orphan/derived")
  var number: Int
}

@Suite struct OrphanTests {
  @Test(arguments: Setup.sqlite)
  func `weakness 14: deleting old artifacts leaves no tags, edges, consumptions or reasons behind`(setup: Setup) async throws {
    let place = try StorePlace(setup, clock: SystemClock())
    let store = try await place.openFile { $0.retention.publisherRetryHorizon = .zero }
    let agents = [
      Agent("deriver").consumes(Entry.self).publishes(Derived.self).runs { (entry: Entry, _) in Derived(number: entry.number) },
      Agent("picky").consumes(Entry.self) { $0.number < 0 }.publishes(Derived.self).runs { _ in },
    ]
    let flock = try Flock(agents: agents, store: store)
    let entries = try await flock.publish(contentsOf: (0..<20).map { Entry(number: $0) }, PublishOptions(tags: ["old"]))
    try await flock.runUntilIdle()
    try await flock.shutdown()
    let middle = SystemClock().now()
    let next = try Flock(agents: agents, store: store)
    let kept = try await next.publish(Entry(number: 100), PublishOptions(tags: ["new"]))
    try await next.runUntilIdle()
    try await next.shutdown()

    #expect(try await store.deleteArtifacts(before: middle) == 40)
    let summary = try await store.summary(ArtifactFilter())
    #expect(summary.total == 2)
    #expect(summary.byTag == ["new": 1])
    for entry in entries {
      #expect(try await store.artifact(entry.id) == nil)
      #expect(try await store.children(of: entry.id).isEmpty)
      #expect(try await store.consumptions(of: entry.id).isEmpty)
      #expect(try await store.reasons(for: entry.id).isEmpty)
    }
    #expect(try await store.children(of: kept.id).count == 1)
    #expect(try await store.reasons(for: kept.id).count == 1)
    #expect(try await store.integrityProblems().isEmpty)
    await store.close()
  }
}
#endif
