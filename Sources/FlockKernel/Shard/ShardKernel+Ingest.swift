import FlockCore

extension ShardKernel {
  /// Feeds the next records of the shard's log.
  ///
  /// - Precondition: the batch begins at ``ingestedOffset``.
  public mutating func ingest(_ batch: RecordBatch) {
    precondition(batch.firstOffset == ingestedOffset, "a batch must begin at the ingested offset")
    guard !batch.records.isEmpty else { return }
    events.ingest(from: batch.firstOffset, count: batch.records.count)
    var offset = batch.firstOffset
    let latest = clock + configuration.maximumClockSkew
    for logged in batch.records {
      let at = logged.appendedAt > latest ? clock : logged.appendedAt
      if at > now { now = at }
      if at.nanoseconds > nextWindowEnd { endWindows(before: at) }
      switch logged.record {
      case .artifact(let artifact): ingest(artifact, offset: offset, at: at)
      case .relay(let relay): ingest(relay, offset: offset, at: at)
      case .invocation(let invocation): ingest(invocation, offset: offset)
      case .control(let control): ingest(control)
      }
      offset += 1
    }
    events.flushVerdicts()
    ingestedOffset = offset
    metaDirty = true
    isDirty = true
  }

  private mutating func ingest(_ artifact: Artifact, offset: Int64, at: Timestamp) {
    counters.artifactsIngested += 1
    guard dedup.insert(artifact.id.value) else {
      counters.duplicates += 1
      return
    }
    guard let route = route(of: artifact) else { return }
    if !route.leaves.isEmpty {
      let home = shardCount == 1 ? shard : router.shard(of: artifact.correlation.value)
      if home == shard {
        countLeaves(artifact)
      } else {
        relay(to: home, .counted, SubscriptionID(0), UniqueID.zero, artifact.correlation, [artifact])
      }
    }
    let ref = InputRef(offset: offset, index: 0)
    for (number, input) in route.subscriptions {
      match(artifact, ref, subscription: number, input: input, at: at)
    }
  }

  private mutating func ingest(_ invocation: Invocation, offset: Int64) {
    counters.artifactsIngested += 1
    guard let agent = registry.index(ofAgent: invocation.agent.name) else { return }
    let id = RunIdentity.invocation(agent: invocation.agent.name, input: invocation.artifact.id)
    open(
      id: id, subscription: -1, agent: Int32(agent), inputs: .one(invocation.artifact),
      refs: .one(InputRef(offset: offset, index: 0)), correlation: invocation.artifact.correlation, trigger: .invocation)
  }

  private mutating func ingest(_ relay: Relay, offset: Int64, at: Timestamp) {
    guard relayHigh.indices.contains(relay.sourceShard) else {
      counters.refusedRelays += 1
      return
    }
    let mark = relayHigh[relay.sourceShard]
    guard (relay.sequence, relay.index) > (mark.sequence, mark.index) else {
      counters.duplicates += 1
      return
    }
    relayHigh[relay.sourceShard] = RelayMark(sequence: relay.sequence, index: relay.index, isDirty: true)
    switch relay.stage {
    case .counted:
      for artifact in relay.artifacts { countLeaves(artifact) }
    case .cancelled:
      cancelHere(relay.correlation)
    case .matched:
      guard let subscription = registry.subscription(relay.subscription), let artifact = relay.artifacts.first,
        let input = subscription.inputs.firstIndex(where: { $0.type.symbol == artifact.type.symbol })
      else { return }
      if isCancelled(artifact.correlation) { return note(artifact.id, Int32(subscription.index), .correlationCancelled) }
      accept(
        artifact, InputRef(offset: offset, index: 0), subscription: Int32(subscription.index), input: Int32(input),
        key: relay.key, at: at)
    case .completedSet:
      guard let subscription = registry.subscription(relay.subscription) else { return }
      if relay.artifacts.allSatisfy({ isCancelled($0.correlation) }) {
        for artifact in relay.artifacts { note(artifact.id, Int32(subscription.index), .correlationCancelled) }
        return
      }
      let refs = relay.artifacts.indices.map { InputRef(offset: offset, index: Int32($0)) }
      batchOrRun(Int32(subscription.index), RunInputs(relay.artifacts), InputRefs(refs), at: at)
    }
  }

  var shardCount: Int { router.shardCount }

  @inline(__always)
  func route(of artifact: Artifact) -> Registry.TypeRoutes? {
    let index = Int(artifact.type.symbol.index)
    guard index < registry.routes.count else { return nil }
    return registry.routes[index]
  }

  // MARK: Matching

  /// One artifact against one subscription on its type, at the artifact's own shard.
  mutating func match(_ artifact: Artifact, _ ref: InputRef, subscription number: Int32, input: Int32, at: Timestamp) {
    let subscription = registry.subscriptions[Int(number)]
    if artifact.producer == subscription.agent, !subscription.declaration.allowsSelfTrigger {
      return note(artifact.id, number, .selfTrigger)
    }
    if subscription.hasFilters, let reason = refusal(artifact, subscription) { return note(artifact.id, number, reason) }
    if case .public = artifact.visibility {
    } else {
      guard let from = artifact.visibility.visibleFrom(for: subscription.identity, createdAt: artifact.createdAt) else {
        return note(artifact.id, number, .visibility)
      }
      if from > now { return delay(artifact, ref, number, input, until: from) }
    }
    if correlations.slab.liveCount > 0, isCancelled(artifact.correlation) {
      return note(artifact.id, number, .correlationCancelled)
    }
    for predicate in subscription.inputs[Int(input)].predicates {
      switch verdict(of: predicate, on: artifact.payload) {
      case .yes: continue
      case .no: return note(artifact.id, number, .predicate)
      case .failed: return note(artifact.id, number, .predicateFailed)
      case .undecodable: return quarantine(artifact, ref, number)
      }
    }
    route(artifact, ref, number, input, subscription, at: at)
  }

  /// What matched goes to the shard on which its rule lives.
  private mutating func route(
    _ artifact: Artifact, _ ref: InputRef, _ number: Int32, _ input: Int32, _ subscription: CompiledSubscription,
    at: Timestamp
  ) {
    if subscription.isImmediate, !subscription.usesConditions {
      return start(number, .one(artifact), .one(ref))
    }
    var key = UniqueID.zero
    if let extractor = subscription.inputs[Int(input)].key, subscription.isJoin {
      switch joinKey(extractor, artifact.payload) {
      case .success(let value): key = value
      case .failure(.undecodable): return quarantine(artifact, ref, number)
      case .failure: return note(artifact.id, number, .predicateFailed)
      }
    } else if subscription.required > 1 {
      switch subscription.declaration.scope {
      case .correlation: key = artifact.correlation.value
      case .board, .shard: key = UniqueID(high: 0, low: 1)
      }
    }
    let home = firstHome(of: subscription, artifact, key)
    if home == shard {
      accept(artifact, ref, subscription: number, input: input, key: key, at: at)
    } else {
      relay(to: home, .matched, subscription.id, key, artifact.correlation, [artifact])
    }
  }

  private func firstHome(of subscription: CompiledSubscription, _ artifact: Artifact, _ key: UniqueID) -> Int {
    guard shardCount > 1 else { return shard }
    if subscription.isJoin {
      return subscription.declaration.scope == .shard ? shard : router.shard(of: key)
    }
    if subscription.required > 1 || subscription.usesConditions {
      switch subscription.declaration.scope {
      case .correlation: return router.shard(of: artifact.correlation.value)
      case .board: return home(of: subscription)
      case .shard: return shard
      }
    }
    return batchHome(of: subscription, artifact.correlation)
  }

  func home(of subscription: CompiledSubscription) -> Int { router.shard(ofKey: subscription.id.description) }

  func batchHome(of subscription: CompiledSubscription, _ correlation: CorrelationID?) -> Int {
    guard shardCount > 1, let batch = subscription.declaration.batch else { return shard }
    switch batch.scope {
    case .shard: return shard
    case .board: return home(of: subscription)
    case .correlation: return correlation.map { router.shard(of: $0.value) } ?? home(of: subscription)
    }
  }

  private func refusal(_ artifact: Artifact, _ subscription: CompiledSubscription) -> NonFiring.Reason? {
    let declaration = subscription.declaration
    if let sources = declaration.sources, !sources.contains(artifact.producer) { return .source }
    if !declaration.anyTags.isEmpty, declaration.anyTags.isDisjoint(with: artifact.tags) { return .tags }
    if !declaration.allTags.isEmpty, !artifact.tags.isSuperset(of: declaration.allTags) { return .tags }
    return nil
  }

  private mutating func delay(_ artifact: Artifact, _ ref: InputRef, _ number: Int32, _ input: Int32, until due: Timestamp) {
    generation &+= 1
    let slot = delayed.insert(
      DelayedMatch(
        artifact: artifact, ref: ref, subscription: number, input: input, due: due, generation: generation,
        isPersisted: false))
    touchedDelayed.append(slot)
    timers.insert(due.nanoseconds, .visible(slot: slot, generation: generation))
    note(artifact.id, number, .visibleLater)
  }

  mutating func note(_ artifact: ArtifactID, _ subscription: Int32, _ reason: NonFiring.Reason) {
    isDirty = true
    guard reasons.count < configuration.maximumReasons else {
      droppedReasons += 1
      return
    }
    reasons.append(
      NonFiring(artifact: artifact, subscription: registry.subscriptions[Int(subscription)].id, reason: reason, at: now))
  }

  mutating func relay(
    to target: Int, _ stage: Relay.Stage, _ subscription: SubscriptionID, _ key: UniqueID, _ correlation: CorrelationID,
    _ artifacts: [Artifact]
  ) {
    isDirty = true
    relays.append(
      Relay(
        sourceShard: shard, targetShard: target, sequence: sequence + 1, index: Int32(relays.count), stage: stage,
        subscription: subscription, key: key, correlation: correlation, artifacts: artifacts))
  }

  // MARK: Closures

  mutating func verdict(of matcher: Matcher, on payload: Payload) -> Verdict {
    if let recorded = nextRecordedVerdict() { return Verdict(rawValue: recorded) ?? .failed }
    let verdict: Verdict
    do {
      verdict = try matcher.verdict(payload) ? .yes : .no
    } catch let error as FlockError where error.code == .decodingFailed || error.code == .unsupportedVersion {
      verdict = .undecodable
    } catch {
      verdict = .failed
    }
    events.verdicts.append(verdict.rawValue)
    return verdict
  }

  private enum KeyFailure: Error { case failed, undecodable }

  /// A join key is a verdict as well: sixteen recorded bytes behind a `yes`.
  private mutating func joinKey(_ extractor: KeyExtractor, _ payload: Payload) -> Result<UniqueID, KeyFailure> {
    if let recorded = nextRecordedVerdict() {
      switch Verdict(rawValue: recorded) {
      case .yes:
        var bytes: [UInt8] = []
        for _ in 0..<16 { bytes.append(nextRecordedVerdict() ?? 0) }
        return UniqueID(bytes: bytes).map(Result.success) ?? .failure(.failed)
      case .undecodable: return .failure(.undecodable)
      default: return .failure(.failed)
      }
    }
    do {
      let key = try extractor.key(payload)
      events.verdicts.append(Verdict.yes.rawValue)
      withUnsafeBytes(of: (key.high.bigEndian, key.low.bigEndian)) { events.verdicts.append(contentsOf: $0) }
      return .success(key)
    } catch let error as FlockError where error.code == .decodingFailed || error.code == .unsupportedVersion {
      events.verdicts.append(Verdict.undecodable.rawValue)
      return .failure(.undecodable)
    } catch {
      events.verdicts.append(Verdict.failed.rawValue)
      return .failure(.failed)
    }
  }

  private mutating func nextRecordedVerdict() -> UInt8? {
    guard let recorded = verdicts.recorded else { return nil }
    guard verdicts.at < recorded.count else { return Verdict.failed.rawValue }
    defer { verdicts.at += 1 }
    events.verdicts.append(recorded[verdicts.at])
    return recorded[verdicts.at]
  }
}
