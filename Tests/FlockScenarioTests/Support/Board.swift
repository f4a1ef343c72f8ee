import Flock
import FlockCore
import FlockKernel
import Testing

/// A running program with what a scenario asks of its board.
struct Board: Sendable {
  let flock: Flock
  let store: any BlackboardStore

  @discardableResult
  func publish<T: ArtifactPayload>(_ value: T, in correlation: String? = nil, visibility: Visibility = .public) async throws
    -> Artifact
  {
    try await flock.publish(
      value, PublishOptions(correlation: correlation.map { CorrelationID($0) }, visibility: visibility))
  }

  @discardableResult
  func settle(flush: Bool = true) async throws -> IdleReport { try await flock.runUntilIdle(flush: flush) }

  /// Every artifact of the type, oldest first.
  func artifacts<T: ArtifactPayload>(_ type: T.Type) async throws -> [Artifact] {
    var query = ArtifactQuery()
    query.filter.types = [T.artifactType.name]
    query.limit = ArtifactQuery.maximumLimit
    let page = try await store.artifacts(query)
    #expect(page.next == nil, "a scenario must fit into one page")
    return page.artifacts
  }

  func values<T: ArtifactPayload>(_ type: T.Type) async throws -> [T] {
    try await artifacts(type).map { try $0.value(as: type) }
  }

  func outcomes(of agent: String) async throws -> [Outcome] {
    try await store.outcomes(limit: 10_000).filter { $0.agent.name == agent }
  }

  /// The verdict of the agent's only subscription on the artifact's type.
  func verdict(_ artifact: Artifact, of agent: String) async throws -> Explanation.Line {
    let lines = try await flock.explain(artifact.id).lines.filter { $0.agent == agent && $0.verdict != .otherType }
    return try #require(lines.first, "agent '\(agent)' has no subscription on \(artifact.type)")
  }

  func deadLetters() async throws -> [DeadLetter] { try await store.deadLetters(limit: 1000) }
}

/// Runs a program on a fresh store and shuts it down in order, whatever the body does.
func withBoard(
  _ setup: Setup, _ agents: [Agent], clock: any FlockClock = SystemClock(),
  configuration: FlockConfiguration = FlockConfiguration(), _ body: (Board) async throws -> Void
) async throws {
  let place = try StorePlace(setup, clock: clock)
  try await withBoard(at: place, agents, clock: clock, configuration: configuration, body)
}

/// The same on a store that may have been used before.
func withBoard(
  at place: StorePlace, _ agents: [Agent], clock: any FlockClock = SystemClock(),
  configuration: FlockConfiguration = FlockConfiguration(), _ body: (Board) async throws -> Void
) async throws {
  let store = try await place.open()
  let flock = try Flock(agents: agents, store: store, configuration: configuration, clock: clock)
  do {
    try await body(Board(flock: flock, store: store))
  } catch {
    try? await flock.shutdown(grace: .zero)
    await store.close()
    throw error
  }
  try await flock.shutdown()
  await store.close()
}
