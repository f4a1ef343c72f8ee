import Flock
import FlockCore
import FlockKernel
import FlockTestKit
import Synchronization

/// A store whose commits and publications fail or wait as a test says.
final class FaultyStore: BlackboardStore {
  struct Plan: Sendable {
    /// Each fails one commit, in order.
    var commitErrors: [FlockError] = []
    var publishErrors: [FlockError] = []
    /// Commits wait for it.
    var commitLatch: Latch?
  }

  let base: MemoryStore
  private let plan = Mutex(Plan())
  private let made = Mutex<[ShardCommit]>([])

  init(_ base: MemoryStore = MemoryStore()) { self.base = base }

  func plan(_ change: (inout sending Plan) -> Void) { plan.withLock { change(&$0) } }

  /// Every commit that was tried, in order.
  var tried: [ShardCommit] { made.withLock { $0 } }
  var latch: Latch? { plan.withLock { $0.commitLatch } }

  func nextCommitError(_ commit: ShardCommit) -> FlockError? {
    made.withLock { $0.append(commit) }
    return plan.withLock { $0.commitErrors.isEmpty ? nil : $0.commitErrors.removeFirst() }
  }

  var shardCount: Int { base.shardCount }
  var keepsBytes: Bool { base.keepsBytes }
  var maximumOutcomeBytes: Int { base.maximumOutcomeBytes }

  func publish(_ records: [LogRecord]) async throws -> PublishReceipt {
    if let error = plan.withLock({ $0.publishErrors.isEmpty ? nil : $0.publishErrors.removeFirst() }) { throw error }
    return try await base.publish(records)
  }

  func openSession(shard: Int, wake: @escaping @Sendable () -> Void) async throws -> any ShardSession {
    FaultySession(store: self, base: try await base.openSession(shard: shard, wake: wake))
  }

  func read(shard: Int, from offset: Int64, maximum: Int) async throws -> RecordBatch {
    try await base.read(shard: shard, from: offset, maximum: maximum)
  }

  func artifact(_ id: ArtifactID) async throws -> Artifact? { try await base.artifact(id) }
  func artifacts(_ query: ArtifactQuery) async throws -> ArtifactPage { try await base.artifacts(query) }
  func summary(_ filter: ArtifactFilter) async throws -> BoardSummary { try await base.summary(filter) }
  func consumptions(of id: ArtifactID) async throws -> [Consumption] { try await base.consumptions(of: id) }
  func outcomes(of run: RunID) async throws -> [Outcome] { try await base.outcomes(of: run) }
  func outcomes(limit: Int) async throws -> [Outcome] { try await base.outcomes(limit: limit) }
  func outputs(of run: RunID) async throws -> [Artifact] { try await base.outputs(of: run) }
  func reasons(for id: ArtifactID) async throws -> [NonFiring] { try await base.reasons(for: id) }
  func deadLetters(limit: Int) async throws -> [DeadLetter] { try await base.deadLetters(limit: limit) }
  func children(of id: ArtifactID) async throws -> [Artifact] { try await base.children(of: id) }
  func close() async { await base.close() }
}

private struct FaultySession: ShardSession {
  let store: FaultyStore
  let base: any ShardSession

  func restore() async throws -> RestoredShard { try await base.restore() }

  func records(from offset: Int64, maximum: Int) async throws -> RecordBatch? {
    try await base.records(from: offset, maximum: maximum)
  }

  func commit(_ commit: ShardCommit) async throws {
    await store.latch?.waitStubbornly()
    if let error = store.nextCommitError(commit) { throw error }
    try await base.commit(commit)
  }

  func release() async { await base.release() }
}
