import FlockCore

/// What a shard keeps of a correlation: runs, counts for conditions, cancellation, sets that wait for a condition.
struct CorrelationTable: Sendable {
  var byID: [GroupKey: Int32] = [:]
  var slab = Slab<CorrelationEntry>()
  /// One item for each entry, with the instant at which it was last put here.
  var idle = Fifo<GroupExpiry>()
  var touched: ContiguousArray<Int32> = []
  /// Entries of cancelled correlations: none spares every artifact the look-up.
  var cancelled = 0
}

struct CorrelationEntry: SlabElement {
  mutating func vacate() {
    counts = []
    held = []
  }

  var id: CorrelationID
  var generation: UInt32
  /// Runs on produced artifacts.
  var runs: Int32 = 0
  /// By leaf of the registry, as far as one was counted.
  var counts: [Int32] = []
  var isCancelled = false
  var lastSeen: Timestamp
  /// Completed sets whose activation does not hold yet.
  var held: [HeldSet] = []
  var isPersisted = false
  var isDirty = false
  /// As the committed state has it.
  var storedRuns: Int32 = 0
  /// Something other than the number of runs differs from the committed state.
  var hasOtherChanges = false
}

struct HeldSet: Sendable {
  var subscription: Int32
  var inputs: RunInputs
  var refs: InputRefs
  var at: Timestamp
  var isPersisted: Bool
}

extension ShardKernel {
  /// The correlation's entry, made if need be.
  /// - Parameter onlyRuns: the caller changes nothing but the number of runs.
  mutating func correlationSlot(_ id: CorrelationID, onlyRuns: Bool = false) -> Int32 {
    let key = GroupKey(id.value)
    if let slot = correlations.byID[key] {
      touch(correlation: slot, onlyRuns: onlyRuns)
      return slot
    }
    generation &+= 1
    let slot = correlations.slab.insert(CorrelationEntry(id: id, generation: generation, lastSeen: now))
    correlations.byID[key] = slot
    correlations.idle.insert(GroupExpiry(deadline: now, slot: slot, generation: generation))
    touch(correlation: slot, onlyRuns: onlyRuns)
    if correlations.slab.liveCount > configuration.maximumCorrelations { forgetOldestCorrelation(but: slot) }
    return slot
  }

  /// The committed number of runs may lag by so many, less one, after a crash: a long loop is not made to write its count each
  /// time it turns. Small limits are kept to the run, and an orderly end writes what is missing.
  var runCountGrain: Int32 { Int32(max(1, min(16, configuration.maximumRunsPerCorrelation / 64))) }

  @inline(__always)
  mutating func touch(correlation slot: Int32, onlyRuns: Bool = false) {
    if !onlyRuns { correlations.slab[slot].hasOtherChanges = true }
    correlations.slab[slot].lastSeen = now
    if !correlations.slab[slot].isDirty {
      correlations.slab[slot].isDirty = true
      correlations.touched.append(slot)
    }
    isDirty = true
  }

  func isCancelled(_ id: CorrelationID) -> Bool {
    guard correlations.cancelled > 0, let slot = correlations.byID[GroupKey(id.value)] else { return false }
    return correlations.slab[slot].isCancelled
  }

  /// Removes an entry; its waiting sets expire with a reason.
  private mutating func forget(correlation slot: Int32) {
    let entry = correlations.slab[slot]
    for set in entry.held { drop(set, reason: .windowExpired) }
    if entry.isPersisted { pendingDeletes.append(StateKey.correlation(entry.id)) }
    if entry.isCancelled { correlations.cancelled -= 1 }
    correlations.byID[GroupKey(entry.id.value)] = nil
    correlations.slab.remove(slot)
    counters.forgottenCorrelations += 1
    isDirty = true
  }

  /// - Parameter newest: the entry that is being made, whose caller is about to use it.
  private mutating func forgetOldestCorrelation(but newest: Int32) {
    while correlations.slab.liveCount > 1, let item = correlations.idle.popFirst() {
      guard correlations.slab.contains(item.slot), correlations.slab[item.slot].generation == item.generation else { continue }
      if correlations.slab[item.slot].lastSeen > item.deadline || item.slot == newest {
        correlations.idle.insert(
          GroupExpiry(deadline: correlations.slab[item.slot].lastSeen, slot: item.slot, generation: item.generation))
        continue
      }
      forget(correlation: item.slot)
      return
    }
  }

  /// Ends the entries that nothing has touched for `correlationIdle`. Entries with waiting sets stay.
  mutating func forgetIdleCorrelations() {
    while let item = correlations.idle.first, item.deadline + configuration.correlationIdle < now {
      correlations.idle.popFirst()
      guard correlations.slab.contains(item.slot), correlations.slab[item.slot].generation == item.generation else { continue }
      let entry = correlations.slab[item.slot]
      if entry.lastSeen > item.deadline || !entry.held.isEmpty {
        let deadline = entry.held.isEmpty ? entry.lastSeen : now
        correlations.idle.insert(GroupExpiry(deadline: deadline, slot: item.slot, generation: item.generation))
        continue
      }
      forget(correlation: item.slot)
    }
  }

  mutating func drop(_ set: HeldSet, reason: NonFiring.Reason) {
    if set.isPersisted, let ref = set.refs.list.first {
      pendingDeletes.append(StateKey.held(registry.subscriptions[Int(set.subscription)].id, ref))
    }
    for artifact in set.inputs.artifacts { note(artifact.id, set.subscription, reason) }
  }

  // MARK: Conditions

  /// Counts an artifact for the conditions that speak of its type, and looks again at what waits for them.
  mutating func countLeaves(_ artifact: Artifact) {
    guard let route = route(of: artifact), !route.leaves.isEmpty else { return }
    var slot: Int32 = -1
    for number in route.leaves {
      let leaf = registry.leaves[Int(number)].leaf
      if let producer = leaf.producer, producer != artifact.producer { continue }
      if let matcher = leaf.matcher, verdict(of: matcher, on: artifact.payload) != .yes { continue }
      if slot < 0 { slot = correlationSlot(artifact.correlation) }
      if correlations.slab[slot].counts.count < registry.leaves.count {
        correlations.slab[slot].counts += Array(
          repeating: 0, count: registry.leaves.count - correlations.slab[slot].counts.count)
      }
      correlations.slab[slot].counts[Int(number)] += 1
    }
    if slot >= 0, !correlations.slab[slot].held.isEmpty { reconsiderHeld(slot) }
  }

  func holds(_ condition: Condition, _ leaves: [Int32], _ correlation: CorrelationID) -> Bool {
    let counts = correlations.byID[GroupKey(correlation.value)].map { correlations.slab[$0].counts } ?? []
    return condition.holds(leaves.map { Int($0) < counts.count ? Int(counts[Int($0)]) : 0 })
  }

  /// Sets whose activation holds now go on; those whose `until` holds end with a reason.
  mutating func reconsiderHeld(_ slot: Int32) {
    let held = correlations.slab[slot].held
    let correlation = correlations.slab[slot].id
    correlations.slab[slot].held = []
    for set in held {
      let subscription = registry.subscriptions[Int(set.subscription)]
      if let until = subscription.declaration.until, holds(until, subscription.untilLeaves, correlation) {
        drop(set, reason: .until)
      } else if let activation = subscription.declaration.activation,
        !holds(activation, subscription.activationLeaves, correlation)
      {
        correlations.slab[slot].held.append(set)
      } else {
        if set.isPersisted, let ref = set.refs.list.first { pendingDeletes.append(StateKey.held(subscription.id, ref)) }
        batchOrRun(set.subscription, set.inputs, set.refs, at: now)
      }
    }
  }
}
