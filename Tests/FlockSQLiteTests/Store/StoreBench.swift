#if SQLite
import Flock
import FlockCore
import FlockKernel
import FlockSQLite
import Synchronization

/// A clock that stands where the test puts it. Wake-ups are the system's.
final class StoreClock: FlockClock {
  private let instant: Mutex<Timestamp>

  init(_ start: Timestamp = Timestamp(nanoseconds: 1_800_000_000_000_000_000)) { instant = Mutex(start) }

  func now() -> Timestamp { instant.withLock { $0 } }
  func advance(_ duration: Duration) { instant.withLock { $0 = $0 + duration } }

  func schedule(at instant: Timestamp, _ wake: @escaping @Sendable () -> Void) {
    SystemClock().schedule(at: instant, wake)
  }
}

/// A board in a directory of its own, and what tests put on it.
final class StoreBench: Sendable {
  let file: DatabaseFile
  let clock = StoreClock()
  let configuration: SQLiteStoreConfiguration
  private let ids = Mutex(IDGenerator(seed: 7))

  init(_ change: (inout SQLiteStoreConfiguration) -> Void = { _ in }) throws {
    file = try DatabaseFile()
    var configuration = SQLiteStoreConfiguration()
    configuration.durability = .processCrash
    configuration.retention.publisherRetryHorizon = .zero
    change(&configuration)
    self.configuration = configuration
  }

  func open(shards: Int? = nil, readOnly: Bool = false, path: String? = nil) async throws -> SQLiteStore {
    try await SQLiteStore.open(
      path: path ?? file.path, shards: shards, readOnly: readOnly, configuration: configuration, clock: clock)
  }

  func nextID() -> ArtifactID { ids.withLock { $0.next(at: clock.now()) } }

  func artifact(
    _ type: String = "note", text: String = "x", id: ArtifactID? = nil, producer: String = "external",
    correlation: CorrelationID? = nil, partitionKey: String? = nil, tags: Tags = Tags(), visibility: Visibility = .public,
    createdAt: Timestamp? = nil, run: RunID = .none, parents: Parents = .none, depth: UInt32 = 0
  ) -> Artifact {
    Artifact(
      id: id ?? nextID(), type: ArtifactType(type), payload: EncodedPayload(bytes: Array("{\"text\":\"\(text)\"}".utf8)),
      producer: Symbol(producer), correlation: correlation, partitionKey: partitionKey, tags: tags, visibility: visibility,
      createdAt: createdAt ?? clock.now(), run: run, parents: parents, depth: depth)
  }

  /// An outcome of one run over the inputs, with what it published.
  func outcome(_ run: RunID, of inputs: [Artifact], outputs: Int = 0, kind: Outcome.Kind = .success, replay: UInt32 = 0) -> Outcome {
    Outcome(
      run: run, replayNumber: replay, subscription: SubscriptionID(agent: "worker", name: "note"), agent: Symbol("worker"),
      kind: kind, attempts: 1, correlation: inputs.first?.correlation ?? CorrelationID("none"),
      inputs: Parents(inputs.map(\.id)), outputCount: Int32(outputs), startedAt: clock.now(), finishedAt: clock.now(),
      failure: kind == .success ? nil : Failure(.attemptsExhausted, "it failed"))
  }

  func output(_ run: RunID, _ index: UInt32 = 0, of inputs: [Artifact], correlation: CorrelationID? = nil) -> Artifact {
    artifact(
      "answer", id: RunIdentity.output(run: run, replayNumber: 0, slot: 0, index: index), producer: "worker",
      correlation: correlation ?? inputs.first?.correlation, run: run, parents: Parents(inputs.map(\.id)), depth: 1)
  }

  /// The next commit of a session that ingested up to an offset.
  func commit(_ sequence: Int64, ingested: Int64 = 0, shard: Int = 0) -> ShardCommit {
    var commit = ShardCommit(shard: shard, sequence: sequence, ingestedOffset: ingested, instant: clock.now())
    commit.changes.append(StateChange(key: [1], value: StoreBench.meta(ingested: ingested, sequence: sequence)))
    commit.events = [1, UInt8(truncatingIfNeeded: sequence)]
    return commit
  }

  /// The kernel's own entry for the offset that it has ingested: version, offset, sequence, instant, clean end.
  static func meta(ingested: Int64, sequence: Int64) -> [UInt8] {
    var writer = ByteWriter()
    writer.write(1 as UInt8)
    writer.write(ingested)
    writer.write(sequence)
    writer.write(0 as Int64)
    writer.write(false)
    return writer.bytes
  }

  /// The kernel's own entry for a delayed artifact, which refers to an offset.
  static func delayed(_ offset: Int64) -> StateChange {
    var key = ByteWriter()
    key.write(5 as UInt8)
    key.write(42 as UInt64)
    key.write(offset)
    key.write(0 as Int32)
    var value = ByteWriter()
    value.write(1 as UInt8)
    value.write(0 as Int64)
    return StateChange(key: key.bytes, value: value.bytes)
  }

  func run(_ number: UInt64) -> RunID { RunID(UniqueID(high: 0xABCD, low: number)) }

  /// Looks at the file beside the store.
  func rows(_ sql: String) throws -> Int64 { try file.open().integer(sql) }

  /// Acts as another program on the file.
  func execute(_ sql: String) throws { try file.open().execute(sql) }
}

extension SQLiteStore {
  func publish(artifacts: [Artifact]) async throws -> PublishReceipt { try await publish(artifacts.map(LogRecord.artifact)) }

  func session(_ shard: Int = 0) async throws -> any ShardSession { try await openSession(shard: shard) {} }
}

extension Artifact {
  /// Everything that a store must give back.
  var fields: [String] {
    get throws {
      [
        "\(id)", "\(type)", String(decoding: try payload.encoded(), as: UTF8.self), producer.name, "\(correlation)",
        partitionKey ?? "-", tags.names.joined(separator: ","), "\(visibility)", "\(createdAt.nanoseconds)", "\(run)",
        "\(parents)", "\(depth)",
      ]
    }
  }
}

/// The code of what a body throws.
func code(_ body: () async throws -> Void) async -> ErrorCode? {
  do {
    try await body()
    return nil
  } catch {
    return (error as? FlockError)?.code
  }
}

/// Waits, without blocking a thread, until something holds; false after ten seconds.
func soon(_ condition: () async throws -> Bool) async throws -> Bool {
  let deadline = ContinuousClock.now + .seconds(10)
  while try await !condition() {
    guard ContinuousClock.now < deadline else { return false }
    await Task.yield()
  }
  return true
}
#endif
