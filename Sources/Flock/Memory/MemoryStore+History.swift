public import FlockCore
public import FlockKernel
import Synchronization

extension MemoryStore {
  public func artifact(_ id: ArtifactID) async throws -> Artifact? {
    for shard in shards {
      if let artifact = shard.contents.withLock({ $0.artifact(id) }) { return artifact }
    }
    return nil
  }

  public func artifacts(_ query: ArtifactQuery) async throws -> ArtifactPage {
    try query.validate()
    let now = clock.now()
    var found: [Artifact] = []
    for shard in shards { found += shard.contents.withLock { $0.matching(query, now: now) } }
    if shardCount > 1 { found.sort { precedes($0, $1, query.order) } }
    let page = Array(found.prefix(query.limit))
    let next = found.count > query.limit ? page.last.map { ArtifactQuery.Cursor(createdAt: $0.createdAt, id: $0.id) } : nil
    return ArtifactPage(artifacts: page, next: next)
  }

  public func summary(_ filter: ArtifactFilter) async throws -> BoardSummary {
    let now = clock.now()
    var summary = BoardSummary()
    for shard in shards {
      shard.contents.withLock { contents in
        contents.updateIndex()
        for number in contents.index.all {
          if let artifact = contents.artifact(at: number), filter.accepts(artifact, now: now) { summary.add(artifact) }
        }
      }
    }
    return summary
  }

  public func consumptions(of id: ArtifactID) async throws -> [Consumption] {
    var found: [Consumption] = []
    for shard in shards {
      found += shard.contents.withLock { contents in
        contents.updateOutcomes()
        return (contents.index.outcomesByInput[id] ?? []).map { number in
          let outcome = contents.outcomes[Int(number)]
          return Consumption(
            artifact: id, agent: outcome.agent.name, run: outcome.run, replayNumber: outcome.replayNumber, at: outcome.finishedAt)
        }
      }
    }
    return found.sorted { $0.at < $1.at }
  }

  public func outcomes(of run: RunID) async throws -> [Outcome] {
    var found: [Outcome] = []
    for shard in shards {
      found += shard.contents.withLock { contents in
        contents.updateOutcomes()
        return (contents.index.outcomesByRun[run] ?? []).map { contents.outcomes[Int($0)] }
      }
    }
    return found.sorted { $0.replayNumber < $1.replayNumber }
  }

  public func outcomes(limit: Int) async throws -> [Outcome] {
    var found: [Outcome] = []
    for shard in shards { found += shard.contents.withLock { $0.outcomes.suffix(max(0, limit)) } }
    return Array(found.sorted { $0.finishedAt > $1.finishedAt }.prefix(max(0, limit)))
  }

  public func outputs(of run: RunID) async throws -> [Artifact] {
    var found: [Artifact] = []
    for shard in shards {
      found += shard.contents.withLock { contents in
        contents.updateIndex()
        return (contents.index.byRun[run] ?? []).compactMap { contents.artifact(at: $0) }
      }
    }
    return found
  }

  public func children(of id: ArtifactID) async throws -> [Artifact] {
    var found: [Artifact] = []
    for shard in shards {
      found += shard.contents.withLock { contents in
        contents.updateIndex()
        return (contents.index.byParent[id] ?? []).compactMap { contents.artifact(at: $0) }
      }
    }
    return found
  }

  public func reasons(for id: ArtifactID) async throws -> [NonFiring] {
    var found: [NonFiring] = []
    for shard in shards {
      found += shard.contents.withLock { contents in contents.reasons[contents.reasonsHead...].filter { $0.artifact == id } }
    }
    return found
  }

  public func deadLetters(limit: Int) async throws -> [DeadLetter] {
    var found: [DeadLetter] = []
    for shard in shards { found += shard.contents.withLock { $0.deadLetters.suffix(max(0, limit)) } }
    return Array(found.sorted { $0.at > $1.at }.prefix(max(0, limit)))
  }
}

private func precedes(_ a: Artifact, _ b: Artifact, _ order: ArtifactQuery.Order) -> Bool {
  switch order {
  case .oldestFirst: (a.createdAt, a.id) < (b.createdAt, b.id)
  case .newestFirst: (b.createdAt, b.id) < (a.createdAt, a.id)
  }
}

extension MemoryShard {
  /// Up to one more than the limit, in order.
  fileprivate mutating func matching(_ query: ArtifactQuery, now: Timestamp) -> [Artifact] {
    updateIndex()
    var numbers: [UInt32]
    if let correlation = query.filter.correlation {
      numbers = index.byCorrelation[correlation] ?? []
    } else if query.filter.types.count == 1 {
      numbers = Symbol.existing(query.filter.types[0]).flatMap { index.byType[$0] } ?? []
    } else {
      numbers = index.all
    }
    if query.order == .newestFirst { numbers.reverse() }
    var found: [Artifact] = []
    for number in numbers {
      guard let artifact = artifact(at: number), query.filter.accepts(artifact, now: now) else { continue }
      if let after = query.after {
        let isPast =
          query.order == .oldestFirst
          ? (artifact.createdAt, artifact.id) > (after.createdAt, after.id)
          : (artifact.createdAt, artifact.id) < (after.createdAt, after.id)
        guard isPast else { continue }
      }
      found.append(artifact)
    }
    // The log's order is that of appending; pages are ordered by creation.
    found.sort { precedes($0, $1, query.order) }
    return Array(found.prefix(query.limit + 1))
  }
}
