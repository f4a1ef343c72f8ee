import FlockCore
import FlockKernel

/// One rule on one shard, played from the shard's log in the plainest way: lists, no limits, no state that is saved.
struct ReferenceMatcher {
  struct Member {
    var artifact: Artifact
    var type: Int
    var at: Timestamp
  }

  struct Set {
    var artifacts: [Artifact]
    var at: Timestamp
    var ids: [ArtifactID] { artifacts.map(\.id) }
  }

  /// Sets that must go to the batch of another shard.
  struct Outgoing {
    var shard: Int
    var ids: [ArtifactID]
  }

  let rule: ReferenceRule
  let subscription: SubscriptionID
  let agent: String
  let shard: Int
  let router: ShardRouter
  private(set) var runs: [Swift.Set<ArtifactID>] = []
  /// In the order in which a run is given them, where a batch does not mix sets.
  private(set) var orderedRuns: [[ArtifactID]] = []
  private(set) var expired: [ArtifactID] = []
  private(set) var outgoingMembers: [Outgoing] = []
  private(set) var outgoingSets: [Outgoing] = []
  private var groups: [String: [Member]] = [:]
  private var batches: [String: [Set]] = [:]

  init(_ rule: ReferenceRule, shard: Int, router: ShardRouter) {
    self.rule = rule
    self.shard = shard
    self.router = router
    agent = "agent-\(rule.name)"
    subscription = SubscriptionID(agent: agent, name: rule.name)
  }

  mutating func feed(_ log: [LoggedRecord]) {
    for logged in log { feed(logged) }
  }

  private mutating func feed(_ logged: LoggedRecord) {
    pass(to: logged.appendedAt)
    switch logged.record {
    case .artifact(let artifact):
      guard let member = member(artifact, at: logged.appendedAt) else { return }
      let home = home(of: member)
      if home == shard { arrive(member) } else { outgoingMembers.append(Outgoing(shard: home, ids: [artifact.id])) }
    case .relay(let relay) where relay.subscription == subscription:
      switch relay.stage {
      case .matched:
        for artifact in relay.artifacts {
          if let member = member(artifact, at: logged.appendedAt) { arrive(member) }
        }
      case .completedSet: collect(Set(artifacts: relay.artifacts, at: logged.appendedAt))
      default: break
      }
    default: break
    }
  }

  // MARK: Who takes part

  private func value(_ artifact: Artifact) -> (type: Int, key: Int, number: Int)? {
    if artifact.type == Alpha.artifactType, let value = try? artifact.value(as: Alpha.self) { return (0, value.key, value.number) }
    if artifact.type == Beta.artifactType, let value = try? artifact.value(as: Beta.self) { return (1, value.key, value.number) }
    if artifact.type == Gamma.artifactType, let value = try? artifact.value(as: Gamma.self) { return (2, value.key, value.number) }
    return nil
  }

  func takes(_ artifact: Artifact) -> Bool { member(artifact, at: .origin) != nil }

  private func member(_ artifact: Artifact, at instant: Timestamp) -> Member? {
    guard let value = value(artifact), rule.counts[value.type] > 0, value.number >= rule.minimum else { return nil }
    let tags = artifact.tags.names
    if !rule.anyTags.isEmpty, !rule.anyTags.names.contains(where: tags.contains) { return nil }
    guard rule.allTags.names.allSatisfy(tags.contains) else { return nil }
    return Member(artifact: artifact, type: value.type, at: instant)
  }

  /// The shard on which the rule lives for this artifact.
  private func home(of member: Member) -> Int {
    let board = router.shard(ofKey: subscription.description)
    if rule.isKeyed {
      var hasher = StableHasher(domain: .scope)
      (value(member.artifact)?.key ?? 0).combine(into: &hasher)
      return router.shard(of: hasher.finalize())
    }
    if rule.isGate { return rule.scope == .board ? board : router.shard(of: member.artifact.correlation.value) }
    if rule.hasBatch { return rule.batchScope == .board ? board : router.shard(of: member.artifact.correlation.value) }
    return shard
  }

  // MARK: Groups

  private func groupName(_ member: Member) -> String {
    if rule.isKeyed { return "key \(value(member.artifact)?.key ?? 0)" }
    return rule.scope == .board ? "board" : member.artifact.correlation.description
  }

  private mutating func arrive(_ member: Member) {
    guard rule.isGate else { return collect(Set(artifacts: [member.artifact], at: member.at)) }
    let name = groupName(member)
    var members = groups[name] ?? []
    if case .count(let window) = rule.window, members.count > window {
      // So many have come after the first that this one is too late.
      expired += members.map(\.artifact.id)
      members = []
    }
    members.append(member)
    var taken: [Int] = []
    for type in 0..<3 {
      let places = members.indices.filter { members[$0].type == type }
      guard places.count >= rule.counts[type] else {
        groups[name] = members
        return
      }
      taken += places.prefix(rule.counts[type])
    }
    groups[name] = members.indices.filter { !taken.contains($0) }.map { members[$0] }
    complete(Set(artifacts: taken.map { members[$0].artifact }, at: member.at))
  }

  private mutating func complete(_ set: Set) {
    if rule.hasBatch, rule.isGate {
      let home =
        rule.batchScope == .board
        ? router.shard(ofKey: subscription.description) : router.shard(of: set.artifacts[0].correlation.value)
      if home != shard { return outgoingSets.append(Outgoing(shard: home, ids: set.ids)) }
    }
    collect(set)
  }

  // MARK: Batches

  private mutating func collect(_ set: Set) {
    guard rule.hasBatch else { return run([set]) }
    let name = rule.batchScope == .correlation ? set.artifacts[0].correlation.description : "board"
    batches[name, default: []].append(set)
    if let size = rule.batchSize, batches[name]?.count == size { run(batches.removeValue(forKey: name) ?? []) }
  }

  private mutating func run(_ sets: [Set]) {
    runs.append(Swift.Set(sets.flatMap(\.ids)))
    orderedRuns.append(sets.flatMap(\.ids))
  }

  /// Ends what is over strictly before (windows), or at (batches), the instant.
  mutating func pass(to instant: Timestamp) {
    if case .milliseconds(let window) = rule.window {
      for name in groups.keys.sorted() {
        guard let first = groups[name]?.map(\.at).min(), first + .milliseconds(window) < instant else { continue }
        expired += (groups[name] ?? []).map(\.artifact.id)
        groups[name] = nil
      }
    }
    if let timeout = rule.batchMilliseconds {
      for name in batches.keys.sorted() {
        guard let first = batches[name]?.first?.at, first + .milliseconds(timeout) <= instant else { continue }
        run(batches.removeValue(forKey: name) ?? [])
      }
    }
  }

  /// What still waits: single artifacts in groups, and in batches.
  var pooled: [ArtifactID] { groups.values.flatMap { $0.map(\.artifact.id) } }
  var batched: [ArtifactID] { batches.values.flatMap { $0.flatMap(\.ids) } }

  mutating func flush() {
    for name in batches.keys.sorted() { run(batches.removeValue(forKey: name) ?? []) }
  }
}
