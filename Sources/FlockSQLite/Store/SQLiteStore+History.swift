#if SQLite
public import Flock
public import FlockCore
public import FlockKernel

extension SQLiteStore {
  public func artifact(_ id: ArtifactID) async throws -> Artifact? {
    try await read { [streams] connection in
      let statement = try connection.prepare(Self.selectByID)
      try statement.bind(id.value, at: 1)
      return try statement.step() ? try SQLiteArtifactRow.artifact(statement, streams, connection) : nil
    }
  }

  /// A page ends early when its payloads have more than `maximumPageBytes`.
  public func artifacts(_ query: ArtifactQuery) async throws -> ArtifactPage {
    try query.validate()
    let now = clock.now()
    let maximumBytes = configuration.maximumPageBytes
    return try await read { [streams] connection in
      let scan = SQLiteArtifactScan(
        connection: connection, streams: streams, filter: query.filter, order: query.order, after: query.after, now: now)
      var page = ArtifactPage(artifacts: [], next: nil)
      var bytes = 0
      try scan.walk { artifact in
        if page.artifacts.count == query.limit || bytes >= maximumBytes, let last = page.artifacts.last {
          page.next = ArtifactQuery.Cursor(createdAt: last.createdAt, id: last.id)
          return false
        }
        bytes += artifact.payload.byteCount
        page.artifacts.append(artifact)
        return true
      }
      return page
    }
  }

  public func summary(_ filter: ArtifactFilter) async throws -> BoardSummary {
    let now = clock.now()
    return try await read { [streams] connection in
      try SQLiteSummary(connection: connection, streams: streams, filter: filter, now: now).make()
    }
  }

  /// Artifacts that name this one as a parent: what its consumers published, and what was published with it as a parent.
  public func children(of id: ArtifactID) async throws -> [Artifact] {
    try await read { [streams] connection in
      var keys = try SQLiteHistory(connection: connection).linked(from: id.value)
      try SQLiteHistory(connection: connection).visitConsumers(of: id) { keys += try SQLiteOutcomeRow.outputs($0) }
      return try Self.artifacts(at: keys, streams, connection).filter { $0.parents.ids.contains(id) }
    }
  }

  public func outputs(of run: RunID) async throws -> [Artifact] {
    try await read { [streams] connection in
      var keys = try SQLiteHistory(connection: connection).linked(from: run.value)
      let statement = try connection.prepare(Self.selectOutcomes)
      try statement.bind(run.value, at: 1)
      while try statement.step() { keys += try SQLiteOutcomeRow.outputs(statement) }
      return try Self.artifacts(at: keys, streams, connection).filter { $0.run == run }
    }
  }

  /// Those that retention has left, in the order of the log.
  private static func artifacts(
    at keys: [Int64], _ streams: SQLiteStreams, _ connection: SQLiteConnection
  ) throws -> [Artifact] {
    let statement = try connection.prepare(selectByKey)
    var found: [Artifact] = []
    for key in Set(keys).sorted() {
      try statement.bind(key, at: 1)
      if try statement.step() { found.append(try SQLiteArtifactRow.artifact(statement, streams, connection)) }
      statement.reset()
    }
    return found
  }

  // MARK: Runs

  public func consumptions(of id: ArtifactID) async throws -> [Consumption] {
    try await read { connection in
      var found: [Consumption] = []
      try SQLiteHistory(connection: connection).visitConsumers(of: id) { row in
        let outcome = try SQLiteOutcomeRow.outcome(row)
        found.append(
          Consumption(
            artifact: id, agent: outcome.agent.name, run: outcome.run, replayNumber: outcome.replayNumber, at: outcome.finishedAt))
      }
      return found.sorted { $0.at < $1.at }
    }
  }

  public func outcomes(of run: RunID) async throws -> [Outcome] {
    try await read { connection in
      let statement = try connection.prepare(Self.selectOutcomes)
      try statement.bind(run.value, at: 1)
      return try Self.outcomes(statement)
    }
  }

  /// The newest by commit, then ordered by their ends.
  public func outcomes(limit: Int) async throws -> [Outcome] {
    try await read { connection in
      let statement = try connection.prepare(Self.selectNewest)
      try statement.bind(Int64(max(0, limit)), at: 1)
      let newestFirst = try Self.outcomes(statement)
      // Stable: what ended at the same instant stays in the order of the commits.
      return newestFirst.enumerated()
        .sorted { ($1.element.finishedAt, $0.offset) < ($0.element.finishedAt, $1.offset) }.map(\.element)
    }
  }

  private static func outcomes(_ statement: SQLiteStatement) throws -> [Outcome] {
    var found: [Outcome] = []
    while try statement.step() { found.append(try SQLiteOutcomeRow.outcome(statement)) }
    return found
  }

  public func reasons(for id: ArtifactID) async throws -> [NonFiring] {
    try await read { connection in
      let statement = try connection.prepare(Self.selectReasons)
      try statement.bind(id.value, at: 1)
      var found: [NonFiring] = []
      while try statement.step() { found += try SQLiteReasonCoding.decode(statement.bytes(0), of: id) }
      return found
    }
  }

  public func deadLetters(limit: Int) async throws -> [DeadLetter] {
    try await read { connection in
      let statement = try connection.prepare(Self.selectDeadLetters)
      try statement.bind(Int64(max(0, limit)), at: 1)
      var found: [DeadLetter] = []
      while try statement.step() { found.append(try SQLiteDeadLetterCoding.decode(statement.bytes(0))) }
      return found
    }
  }

  /// The event records of a shard's commits that are kept, oldest first, beginning with a commit sequence.
  /// - Parameter limit: 1 to 10 000.
  public func eventRecords(shard: Int, from sequence: Int64 = 0, limit: Int = 1000) async throws -> [(sequence: Int64, bytes: [UInt8])] {
    try check(shard)
    return try await read { connection in
      let statement = try connection.prepare(Self.selectEvents)
      try statement.bind(SQLiteLogKey.key(shard, max(0, sequence)), at: 1)
      try statement.bind(SQLiteLogKey.key(shard + 1, 0), at: 2)
      try statement.bind(Int64(min(max(1, limit), 10_000)), at: 3)
      var found: [(sequence: Int64, bytes: [UInt8])] = []
      while try statement.step() { found.append((SQLiteLogKey.offset(statement.int64(0)), statement.bytes(1))) }
      return found
    }
  }

  private static let selectByID = SQLiteQuery("SELECT \(SQLiteArtifactRow.columns) FROM artifacts AS a WHERE a.id = ?")
  private static let selectByKey = SQLiteQuery("SELECT \(SQLiteArtifactRow.columns) FROM artifacts AS a WHERE a.position = ?")
  private static let selectOutcomes = SQLiteQuery(
    "SELECT \(SQLiteOutcomeRow.columns) FROM outcomes AS o WHERE o.run = ? ORDER BY o.replay")
  private static let selectNewest = SQLiteQuery("SELECT \(SQLiteOutcomeRow.columns) FROM outcomes AS o ORDER BY o.id DESC LIMIT ?")
  private static let selectReasons = SQLiteQuery("SELECT entries FROM reasons WHERE artifact = ? ORDER BY id")
  private static let selectDeadLetters = SQLiteQuery("SELECT bytes FROM dead_letters ORDER BY at DESC, id DESC LIMIT ?")
  private static let selectEvents = SQLiteQuery(
    "SELECT position, bytes FROM events WHERE position >= ? AND position < ? ORDER BY position LIMIT ?")
}

/// Look-ups that several queries share.
struct SQLiteHistory {
  let connection: SQLiteConnection

  /// The rows of the outcomes that consumed an artifact.
  func visitConsumers(of id: ArtifactID, _ body: (SQLiteStatement) throws -> Void) throws {
    let statement = try connection.prepare(Self.selectConsumers)
    try statement.bind(id.value, at: 1)
    while try statement.step() { try body(statement) }
  }

  /// The keys of artifacts that were published with this parent or run, not as outputs of a run of this board.
  func linked(from source: UniqueID) throws -> [Int64] {
    let statement = try connection.prepare(Self.selectLinks)
    try statement.bind(source, at: 1)
    var keys: [Int64] = []
    while try statement.step() { keys.append(statement.int64(0)) }
    return keys
  }

  private static let selectConsumers = SQLiteQuery(
    """
    SELECT \(SQLiteOutcomeRow.columns) FROM consumptions AS c JOIN outcomes AS o ON o.id = c.outcome
    WHERE c.artifact = ? ORDER BY c.outcome
    """)
  private static let selectLinks = SQLiteQuery("SELECT position FROM links WHERE source = ? ORDER BY position")
}
#endif
