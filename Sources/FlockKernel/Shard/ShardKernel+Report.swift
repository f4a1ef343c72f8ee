public import FlockCore

/// What a shard still waits for, for reports and `explain`.
public struct WaitingItem: Sendable, Hashable {
  public enum Kind: String, Sendable {
    case gate, join, batch, activation, visibility, retry, deadLetter, timer, paused, suspect, orphan
  }

  public let kind: Kind
  public let agent: String
  public let subscription: String
  /// For a person: of what there is how much, and what is missing.
  public let detail: String
  /// Artifacts that it holds, at most 100.
  public let artifacts: [ArtifactID]
  /// When it ends or goes on by itself.
  public let until: Timestamp?

  public init(
    kind: Kind, agent: String, subscription: String, detail: String, artifacts: [ArtifactID] = [],
    until: Timestamp? = nil
  ) {
    self.kind = kind
    self.agent = agent
    self.subscription = subscription
    self.detail = detail
    self.artifacts = artifacts
    self.until = until
  }
}

extension ShardKernel {
  /// Everything that waits, in a stable order.
  /// - Parameter limit: items at the most. Default 1 000.
  public func waiting(limit: Int = 1000) -> [WaitingItem] {
    var items: [WaitingItem] = []
    for pool in pools.indices { appendGroups(pool, &items, limit) }
    for set in batches.indices { appendBatches(set, &items, limit) }
    for slot in correlations.slab.indices where correlations.slab.contains(slot) {
      for held in correlations.slab[slot].held where items.count < limit {
        items.append(item(.activation, held.subscription, "a complete set waits for its activation", held.inputs.artifacts))
      }
    }
    for slot in delayed.indices where delayed.contains(slot) && items.count < limit {
      items.append(item(.visibility, delayed[slot].subscription, "hidden until then", [delayed[slot].artifact], delayed[slot].due))
    }
    for slot in runs.indices where runs.contains(slot) && items.count < limit { appendRun(slot, &items) }
    for index in schedules.indices where items.count < limit {
      if let next = schedules[index].next { items.append(item(.timer, Int32(index), "iteration \(schedules[index].iteration)", [], next)) }
    }
    if orphanedRuns > 0 {
      items.append(
        WaitingItem(
          kind: .orphan, agent: "", subscription: "", detail: "\(orphanedRuns) stored runs of agents that this program does not have"))
    }
    return items
  }

  private func item(
    _ kind: WaitingItem.Kind, _ subscription: Int32, _ detail: String, _ artifacts: [Artifact], _ until: Timestamp? = nil
  ) -> WaitingItem {
    let compiled = registry.subscriptions[Int(subscription)]
    return WaitingItem(
      kind: kind, agent: compiled.agent.name, subscription: compiled.name, detail: detail,
      artifacts: artifacts.prefix(100).map(\.id), until: until)
  }

  private func appendGroups(_ pool: Int, _ items: inout [WaitingItem], _ limit: Int) {
    let subscription = registry.subscriptions[pool]
    for slot in pools[pool].slab.indices where pools[pool].slab.contains(slot) && items.count < limit {
      let group = pools[pool].slab[slot]
      var parts: [String] = []
      var artifacts: [Artifact] = []
      for (index, input) in subscription.inputs.enumerated() {
        parts.append("\(group.have[index]) of \(input.count) \(input.type.name)")
        var member = group.head[index]
        while member >= 0, artifacts.count < 100 {
          artifacts.append(pools[pool].members[member].artifact)
          member = pools[pool].members[member].next
        }
      }
      var until: Timestamp?
      if case .time(let window)? = subscription.declaration.window { until = group.firstAt + window }
      items.append(
        item(subscription.isJoin ? .join : .gate, Int32(pool), "has " + parts.joined(separator: ", "), artifacts, until))
    }
  }

  private func appendBatches(_ set: Int, _ items: inout [WaitingItem], _ limit: Int) {
    let batch = registry.subscriptions[set].declaration.batch
    for slot in batches[set].slab.indices where batches[set].slab.contains(slot) && items.count < limit {
      let group = batches[set].slab[slot]
      let size = batch?.size.map { " of \($0)" } ?? ""
      items.append(
        item(
          .batch, Int32(set), "has \(group.items.count)\(size)", group.items.prefix(100).flatMap(\.inputs.artifacts),
          batch?.timeout.map { group.firstAt + $0 }))
    }
  }

  private func appendRun(_ slot: Int32, _ items: inout [WaitingItem]) {
    let run = runs[slot]
    let agent = registry.agents[Int(run.agentIndex)].name
    let name = run.subscription >= 0 ? registry.subscriptions[Int(run.subscription)].name : "invocation"
    let ids = run.inputs.artifacts.prefix(100).map(\.id)
    switch run.phase {
    case .waiting:
      items.append(
        WaitingItem(
          kind: .retry, agent: agent, subscription: name, detail: "run \(run.id), attempt \(run.attempt)", artifacts: Array(ids),
          until: run.dueAt))
    case .ended:
      items.append(
        WaitingItem(
          kind: .deadLetter, agent: agent, subscription: name, detail: "run \(run.id), number \(run.replayNumber)", artifacts: Array(ids),
          until: run.endedAt + configuration.deadLetterRetention))
    case .held:
      items.append(
        WaitingItem(
          kind: run.isSuspect ? .suspect : .paused, agent: agent, subscription: name, detail: "run \(run.id)", artifacts: Array(ids)))
    case .open: break
    }
  }

  /// Sizes that must stay bounded.
  public var stateSizes: [(name: String, count: Int)] {
    [
      ("runs", runs.liveCount), ("pooled", pools.reduce(0) { $0 + $1.members.liveCount }),
      ("groups", pools.reduce(0) { $0 + $1.slab.liveCount }), ("batches", batches.reduce(0) { $0 + $1.slab.liveCount }),
      ("correlations", correlations.slab.liveCount), ("ledgers", ledgers.liveCount), ("delayed", delayed.liveCount),
      ("timers", timers.count),
    ]
  }
}
