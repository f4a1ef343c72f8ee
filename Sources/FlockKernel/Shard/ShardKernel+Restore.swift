import FlockCore

extension ShardKernel {
  /// Fills an empty kernel from a committed state.
  ///
  /// Call ``advance(to:)`` before. Runs that were open are open again; after an unclean end they are suspects, and so is
  /// what records and timers begin until ``settleSuspects()`` has seen all that the dead process may have seen: call it
  /// after each ``fireTimers(frontier:)`` and ingest, and ``startSchedules()`` once.
  /// - Parameter records: those at ``ShardState/referencedOffsets()``.
  /// - Throws: ``FlockError`` with `.subscriptionChanged` when a subscription that holds something was changed,
  ///   `.corruptStore` when a value cannot be read, `.trimmed` when a record is missing.
  public mutating func restore(_ state: ShardState, records: [Int64: LogRecord]) throws {
    let meta = try StoredMeta(in: state)
    if let meta {
      ingestedOffset = meta.ingestedOffset
      sequence = meta.sequence
      now = max(now, meta.now)
    }
    let stored = Restorer(records: records)
    let changed = try changedSubscriptions(state)
    try restoreCorrelations(state)
    for (key, value) in state.entries {
      switch StateKey.Kind(rawValue: key.first ?? 0) {
      case .run: try restoreRun(key, value, stored)
      case .pool: try restoreMember(key, value, stored, changed)
      case .delayed: try restoreDelayed(key, value, stored)
      case .schedule: try restoreSchedule(key, value)
      case .relay: try restoreRelay(key, value)
      case .suspects: try restoreSuspects(value)
      default: break
      }
    }
    for (key, value) in try inOrderOfCompletion(state, .batch) { try restoreItem(key, value, stored, changed) }
    for (key, value) in try inOrderOfCompletion(state, .held) { try restoreHeld(key, value, stored) }
    try restoreLedgers(state)
    let isUnclean = meta != nil && meta?.isCleanlyClosed == false
    events.plain(.restored, ingestedOffset, sequence, isUnclean ? 1 : 0)
    isDirty = true
    if isUnclean {
      suspects.phase = .gathering
      suspects.zoneEnd = min(state.logEnd, ingestedOffset + Int64(configuration.maximumUncommittedRecords))
      // Before the end of the log time had not passed beyond its records.
      suspects.timersUpTo = suspects.zoneEnd == state.logEnd ? now : .distantPast
    } else {
      // A group that was running at an orderly end did not crash.
      suspects.isDirty = suspects.isPersisted
      suspects.candidates = []
      suspects.group = []
    }
    for slot in runs.indices where runs.contains(slot) {
      switch runs[slot].phase {
      case .open:
        if isUnclean {
          runs[slot].phase = .held
          runs[slot].isSuspect = true
        } else {
          offer(slot)
        }
      case .waiting:
        timers.insert(runs[slot].dueAt.nanoseconds, .retry(RunRef(slot: slot, generation: runs[slot].generation)))
      case .ended:
        let expiry = runs[slot].endedAt + configuration.deadLetterRetention
        timers.insert(expiry.nanoseconds, .deadLetterExpiry(RunRef(slot: slot, generation: runs[slot].generation)))
      case .held: break
      }
    }
    settleSuspects()
  }

  private struct Restorer {
    let records: [Int64: LogRecord]

    func artifact(_ ref: InputRef) throws -> Artifact {
      guard let record = records[ref.offset] else {
        throw FlockError(.trimmed, "the state refers to offset \(ref.offset), which the log no longer has", isFatal: true)
      }
      switch record {
      case .artifact(let artifact): return artifact
      case .invocation(let invocation): return invocation.artifact
      case .relay(let relay) where relay.artifacts.indices.contains(Int(ref.index)): return relay.artifacts[Int(ref.index)]
      case .relay, .control:
        throw FlockError(.corruptStore, "the state refers to offset \(ref.offset), which holds no artifact", isFatal: true)
      }
    }
  }

  /// The subscriptions whose declaration differs from the stored one.
  private mutating func changedSubscriptions(_ state: ShardState) throws -> Set<SubscriptionID> {
    var changed: Set<SubscriptionID> = []
    var known: [SubscriptionID: UInt64] = [:]
    for (key, value) in state.entries where key.first == StateKey.Kind.digest.rawValue {
      var keyReader = ByteReader(Array(key.dropFirst()))
      var reader = try StateCoding.reader(value)
      known[SubscriptionID(try keyReader.uint64())] = try reader.uint64()
    }
    for subscription in registry.subscriptions {
      guard let digest = known[subscription.id] else {
        hasNewDigests = true
        continue
      }
      if digest != subscription.digest {
        changed.insert(subscription.id)
        hasNewDigests = true
      }
    }
    return changed
  }

  private func refuseChange(_ subscription: CompiledSubscription) throws {
    guard configuration.changedSubscription == .refuse else { return }
    throw FlockError(
      .subscriptionChanged,
      "agent '\(subscription.agent.name)', subscription '\(subscription.name)' was declared differently when its groups or batches"
        + " were collected; give the new one a name of its own, restore the old declaration until they are through, or set"
        + " changedSubscription to .expire", isFatal: true)
  }

  private mutating func restoreRun(_ key: [UInt8], _ value: [UInt8], _ stored: Restorer) throws {
    let run = try StoredRun(value)
    var keyReader = ByteReader(Array(key.dropFirst()))
    let id = RunID(try keyReader.uniqueID())
    let subscription = registry.subscription(run.subscription)
    guard let agent = subscription?.agentIndex ?? registry.index(ofAgent: run.agent) else {
      // Its agent is not in this program: the entry stays as it is and is adopted when the agent is back.
      orphanedRuns += 1
      return
    }
    guard subscription != nil || run.subscription.value == 0 else {
      orphanedRuns += 1
      return
    }
    generation &+= 1
    let artifacts = try run.refs.map(stored.artifact)
    _ = runs.insert(
      RunEntry(
        id: id, subscription: subscription.map { Int32($0.index) } ?? -1, generation: generation, phase: run.phase,
        replayNumber: run.replayNumber, attempt: run.attempt, crashes: run.crashes, inputs: RunInputs(artifacts),
        refs: InputRefs(run.refs), correlation: run.correlation, trigger: run.trigger, createdAt: run.createdAt,
        dueAt: run.instant, ledger: -1, isPersisted: true, isDirty: false, agentIndex: Int32(agent), isSuspect: false,
        endedAt: run.instant))
    if run.phase == .ended {
      if let subscription { deadLetterCounts[subscription.index] += 1 }
    } else {
      openRuns += 1
    }
  }

  private mutating func restoreLedgers(_ state: ShardState) throws {
    var slots: [UniqueID: Int32] = [:]
    for slot in runs.indices where runs.contains(slot) { slots[runs[slot].id.value] = slot }
    for (key, value) in state.entries {
      let kind = StateKey.Kind(rawValue: key.first ?? 0)
      guard kind == .step || kind == .context else { continue }
      var keyReader = ByteReader(Array(key.dropFirst()))
      guard let slot = slots[try keyReader.uniqueID()] else { continue }
      if runs[slot].ledger < 0 { runs[slot].ledger = ledgers.insert(Ledger()) }
      let ledger = runs[slot].ledger
      if kind == .context {
        ledgers[ledger].context = value
        continue
      }
      let occurrence = Int(try keyReader.uint32())
      let name = try keyReader.string()
      var reader = try StateCoding.reader(value)
      ledgers[ledger].freshNumber = try reader.uint32()
      let digest = try reader.uniqueID()
      let isIdempotent = try reader.bool()
      guard let stepState = StepSummary.State(rawValue: try reader.uint8()) else {
        throw FlockError(.corruptStore, "a stored step has an unknown state")
      }
      let failures = try reader.uint32()
      let isPermitted = try reader.bool()
      ledgers[ledger].steps.append(
        Ledger.Step(
          key: StepKey(name: name, occurrence: occurrence), digest: digest, isIdempotent: isIdempotent, state: stepState,
          result: try reader.data(), failures: failures, isAsked: false, isPermitted: isPermitted, isPersisted: true,
          isDirty: false))
    }
  }

  private mutating func restoreMember(
    _ key: [UInt8], _ value: [UInt8], _ stored: Restorer, _ changed: Set<SubscriptionID>
  ) throws {
    var keyReader = ByteReader(Array(key.dropFirst()))
    guard let subscription = registry.subscription(SubscriptionID(try keyReader.uint64())) else { return }
    let ref = InputRef(offset: try keyReader.int64(), index: try keyReader.int32())
    let group = try keyReader.uniqueID()
    var reader = try StateCoding.reader(value)
    let at = try reader.timestamp()
    let artifact = try stored.artifact(ref)
    let isChanged = changed.contains(subscription.id)
    if isChanged { try refuseChange(subscription) }
    guard !isChanged, let input = subscription.inputs.firstIndex(where: { $0.type.symbol == artifact.type.symbol }) else {
      pendingDeletes.append(key)
      note(artifact.id, Int32(subscription.index), .windowExpired)
      counters.expiredGroups += 1
      return
    }
    // The order of the keys is the order of arrival; the groups were incomplete, so that nothing completes here.
    accept(artifact, ref, subscription: Int32(subscription.index), input: Int32(input), key: group, at: at)
    if let last = touchedPools.last {
      pools[subscription.index].members[last.member].isPersisted = true
      touchedPools.removeLast()
    }
  }

  /// Sets are stored under their first inputs; the order in which they came is that of their last ones.
  private func inOrderOfCompletion(
    _ state: ShardState, _ kind: StateKey.Kind
  ) throws -> [(key: [UInt8], value: [UInt8])] {
    var sets: [(at: Timestamp, last: InputRef, entry: (key: [UInt8], value: [UInt8]))] = []
    for entry in state.entries where entry.key.first == kind.rawValue {
      var reader = try StateCoding.reader(entry.value)
      let at = try reader.timestamp()
      sets.append((at, try StateCoding.refs(&reader).max() ?? InputRef(offset: 0, index: 0), entry))
    }
    return sets.sorted { $0.at != $1.at ? $0.at < $1.at : $0.last < $1.last }.map(\.entry)
  }

  private mutating func restoreItem(
    _ key: [UInt8], _ value: [UInt8], _ stored: Restorer, _ changed: Set<SubscriptionID>
  ) throws {
    var keyReader = ByteReader(Array(key.dropFirst()))
    guard let subscription = registry.subscription(SubscriptionID(try keyReader.uint64())) else { return }
    var reader = try StateCoding.reader(value)
    let at = try reader.timestamp()
    let refs = try StateCoding.refs(&reader)
    let artifacts = try refs.map(stored.artifact)
    if changed.contains(subscription.id) {
      try refuseChange(subscription)
      pendingDeletes.append(key)
      for artifact in artifacts { note(artifact.id, Int32(subscription.index), .windowExpired) }
      counters.expiredGroups += 1
      return
    }
    batchOrRun(Int32(subscription.index), RunInputs(artifacts), InputRefs(refs), at: at)
    if let last = touchedBatches.last, batches[subscription.index].slab.contains(last.slot) {
      let index = batches[subscription.index].slab[last.slot].items.count - 1
      batches[subscription.index].slab[last.slot].items[index].isPersisted = true
      touchedBatches.removeLast()
    }
  }

  private mutating func restoreHeld(_ key: [UInt8], _ value: [UInt8], _ stored: Restorer) throws {
    var keyReader = ByteReader(Array(key.dropFirst()))
    guard let subscription = registry.subscription(SubscriptionID(try keyReader.uint64())) else { return }
    var reader = try StateCoding.reader(value)
    let at = try reader.timestamp()
    let refs = try StateCoding.refs(&reader)
    let artifacts = try refs.map(stored.artifact)
    guard let correlation = artifacts.first?.correlation else { return }
    let slot = correlations.byID[GroupKey(correlation.value)] ?? correlationSlot(correlation)
    correlations.slab[slot].held.append(
      HeldSet(
        subscription: Int32(subscription.index), inputs: RunInputs(artifacts), refs: InputRefs(refs), at: at,
        isPersisted: true))
  }

  private mutating func restoreDelayed(_ key: [UInt8], _ value: [UInt8], _ stored: Restorer) throws {
    var keyReader = ByteReader(Array(key.dropFirst()))
    guard let subscription = registry.subscription(SubscriptionID(try keyReader.uint64())) else { return }
    let ref = InputRef(offset: try keyReader.int64(), index: try keyReader.int32())
    var reader = try StateCoding.reader(value)
    let due = try reader.timestamp()
    let artifact = try stored.artifact(ref)
    guard let input = subscription.inputs.firstIndex(where: { $0.type.symbol == artifact.type.symbol }) else {
      pendingDeletes.append(key)
      return
    }
    generation &+= 1
    let slot = delayed.insert(
      DelayedMatch(
        artifact: artifact, ref: ref, subscription: Int32(subscription.index), input: Int32(input), due: due,
        generation: generation, isPersisted: true))
    timers.insert(due.nanoseconds, .visible(slot: slot, generation: generation))
  }

  private mutating func restoreSchedule(_ key: [UInt8], _ value: [UInt8]) throws {
    var keyReader = ByteReader(Array(key.dropFirst()))
    guard let subscription = registry.subscription(SubscriptionID(try keyReader.uint64())) else { return }
    var reader = try StateCoding.reader(value)
    let next = try reader.timestamp()
    schedules[subscription.index].next = next == .distantFuture ? nil : next
    schedules[subscription.index].iteration = Int(try reader.int64())
    schedules[subscription.index].isStarted = true
  }

  private mutating func restoreRelay(_ key: [UInt8], _ value: [UInt8]) throws {
    var keyReader = ByteReader(Array(key.dropFirst()))
    let source = Int(try keyReader.uint32())
    guard relayHigh.indices.contains(source) else { return }
    var reader = try StateCoding.reader(value)
    relayHigh[source] = RelayMark(sequence: try reader.int64(), index: try reader.int32())
  }

  private mutating func restoreSuspects(_ value: [UInt8]) throws {
    var reader = try StateCoding.reader(value)
    func list() throws -> [RunID] {
      var ids: [RunID] = []
      for _ in 0..<(try reader.elements(minimumSize: 16)) { ids.append(RunID(try reader.uniqueID())) }
      return ids
    }
    suspects.candidates = try list()
    suspects.group = try list()
    suspects.isPersisted = true
  }

  private mutating func restoreCorrelations(_ state: ShardState) throws {
    var leafByKey: [UInt64: Int] = [:]
    for leaf in registry.leaves { leafByKey[leaf.key] = leaf.index }
    for (key, value) in state.entries where key.first == StateKey.Kind.correlation.rawValue {
      var keyReader = ByteReader(Array(key.dropFirst()))
      let id = CorrelationID(try keyReader.uniqueID())
      var reader = try StateCoding.reader(value)
      generation &+= 1
      var entry = CorrelationEntry(id: id, generation: generation, lastSeen: now)
      entry.runs = try reader.int32()
      entry.isCancelled = try reader.bool()
      if entry.isCancelled { correlations.cancelled += 1 }
      entry.storedRuns = entry.runs
      entry.lastSeen = try reader.timestamp()
      entry.isPersisted = true
      for _ in 0..<(try reader.elements(minimumSize: 12)) {
        let leaf = try reader.uint64()
        let count = try reader.int32()
        guard let index = leafByKey[leaf] else { continue }
        if entry.counts.isEmpty { entry.counts = Array(repeating: 0, count: registry.leaves.count) }
        entry.counts[index] = count
      }
      let slot = correlations.slab.insert(entry)
      correlations.byID[GroupKey(id.value)] = slot
      correlations.idle.insert(GroupExpiry(deadline: entry.lastSeen, slot: slot, generation: generation))
    }
  }
}
