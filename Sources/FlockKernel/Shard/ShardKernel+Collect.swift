import FlockCore

extension ShardKernel {
  /// What matched arrives at its rule: in a group, or straight on as a set of one.
  mutating func accept(
    _ artifact: Artifact, _ ref: InputRef, subscription number: Int32, input: Int32, key: UniqueID, at: Timestamp
  ) {
    let subscription = registry.subscriptions[Int(number)]
    if subscription.required > 1 || subscription.isJoin {
      collect(artifact, ref, number, Int(input), key, subscription, at: at)
    } else {
      complete(number, .one(artifact), .one(ref), at: at)
    }
  }

  // MARK: Gates and joins

  private mutating func collect(
    _ artifact: Artifact, _ ref: InputRef, _ number: Int32, _ input: Int, _ key: UniqueID,
    _ subscription: CompiledSubscription, at: Timestamp
  ) {
    let pool = Int(number)
    var slot = pools[pool].groups[GroupKey(key)] ?? -1
    if slot >= 0, case .count(let window)? = subscription.declaration.window,
      pools[pool].slab[slot].memberCount >= Int32(clamping: window + 1)
    {
      // The group's own arrivals are what the window counts.
      expire(pool, slot, reason: .windowExpired)
      slot = -1
    }
    if slot < 0 { slot = beginGroup(pool, key, subscription, at: at) }
    let member = pools[pool].members.insert(
      PoolMember(group: slot, artifact: artifact, ref: ref, at: at, next: -1, isPersisted: false))
    let tail = pools[pool].slab[slot].tail[input]
    if tail >= 0 { pools[pool].members[tail].next = member } else { pools[pool].slab[slot].head[input] = member }
    pools[pool].slab[slot].tail[input] = member
    if pools[pool].slab[slot].have[input] < Int32(subscription.inputs[input].count) { pools[pool].slab[slot].missing -= 1 }
    pools[pool].slab[slot].have[input] += 1
    pools[pool].slab[slot].memberCount += 1
    touchedPools.append(TouchedMember(pool: number, slot: slot, member: member, generation: pools[pool].slab[slot].generation))
    isDirty = true
    if pools[pool].slab[slot].missing == 0 {
      handOver(pool, slot, subscription, at: at)
    } else if pools[pool].members.liveCount > configuration.maximumPooledArtifacts {
      expireOldest(pool)
    }
  }

  private mutating func beginGroup(_ pool: Int, _ key: UniqueID, _ subscription: CompiledSubscription, at: Timestamp) -> Int32 {
    generation &+= 1
    let slot = pools[pool].slab.insert(
      PoolGroup(key: key, generation: generation, firstAt: at, missing: subscription.required))
    pools[pool].groups[GroupKey(key)] = slot
    pools[pool].age.insert(GroupExpiry(deadline: at, slot: slot, generation: generation))
    if case .time(let window)? = subscription.declaration.window {
      let deadline = at + window
      pools[pool].expiry.insert(GroupExpiry(deadline: deadline, slot: slot, generation: generation))
      nextWindowEnd = min(nextWindowEnd, deadline.nanoseconds)
    }
    pools[pool].compactQueues()
    return slot
  }

  /// Takes the earliest needed artifacts of each type; what is left over stays for the next round.
  private mutating func handOver(_ pool: Int, _ slot: Int32, _ subscription: CompiledSubscription, at: Timestamp) {
    var artifacts: [Artifact] = []
    var refs: [InputRef] = []
    artifacts.reserveCapacity(Int(subscription.required))
    refs.reserveCapacity(Int(subscription.required))
    var missing: Int32 = 0
    for input in subscription.inputs.indices {
      let count = Int32(subscription.inputs[input].count)
      for _ in 0..<count {
        let member = pools[pool].slab[slot].head[input]
        let entry = pools[pool].members[member]
        artifacts.append(entry.artifact)
        refs.append(entry.ref)
        if entry.isPersisted { pendingDeletes.append(StateKey.pool(subscription.id, pools[pool].slab[slot].key, entry.ref)) }
        pools[pool].slab[slot].head[input] = entry.next
        if entry.next < 0 { pools[pool].slab[slot].tail[input] = -1 }
        pools[pool].members.remove(member)
      }
      pools[pool].slab[slot].have[input] -= count
      pools[pool].slab[slot].memberCount -= count
      missing += max(0, count - pools[pool].slab[slot].have[input])
    }
    pools[pool].slab[slot].missing = missing
    if pools[pool].slab[slot].memberCount == 0 {
      pools[pool].groups[GroupKey(pools[pool].slab[slot].key)] = nil
      pools[pool].slab.remove(slot)
    } else {
      // The next round begins with what is left over, and so does its window.
      beginRound(pool, slot, subscription)
    }
    complete(Int32(pool), RunInputs(artifacts), InputRefs(refs), at: at)
  }

  private mutating func beginRound(_ pool: Int, _ slot: Int32, _ subscription: CompiledSubscription) {
    generation &+= 1
    var first = Timestamp.distantFuture
    for input in subscription.inputs.indices {
      let head = pools[pool].slab[slot].head[input]
      if head >= 0 { first = min(first, pools[pool].members[head].at) }
    }
    pools[pool].slab[slot].firstAt = first
    pools[pool].slab[slot].generation = generation
    pools[pool].age.insert(GroupExpiry(deadline: first, slot: slot, generation: generation))
    if case .time(let window)? = subscription.declaration.window {
      let deadline = first + window
      pools[pool].expiry.insert(GroupExpiry(deadline: deadline, slot: slot, generation: generation))
      nextWindowEnd = min(nextWindowEnd, deadline.nanoseconds)
    }
    pools[pool].compactQueues()
  }

  mutating func expire(_ pool: Int, _ slot: Int32, reason: NonFiring.Reason) {
    let subscription = registry.subscriptions[pool]
    let group = pools[pool].slab[slot]
    for input in subscription.inputs.indices {
      var member = group.head[input]
      while member >= 0 {
        let entry = pools[pool].members[member]
        if entry.isPersisted { pendingDeletes.append(StateKey.pool(subscription.id, group.key, entry.ref)) }
        note(entry.artifact.id, Int32(pool), reason)
        pools[pool].members.remove(member)
        member = entry.next
      }
    }
    pools[pool].groups[GroupKey(group.key)] = nil
    pools[pool].slab.remove(slot)
    counters.expiredGroups += 1
    isDirty = true
  }

  private mutating func expireOldest(_ pool: Int) {
    while let item = pools[pool].age.popFirst() {
      guard pools[pool].slab.contains(item.slot), pools[pool].slab[item.slot].generation == item.generation else { continue }
      return expire(pool, item.slot, reason: .poolLimit)
    }
  }

  // MARK: Sets

  /// A set is complete: its conditions decide whether it goes on, waits or ends.
  private mutating func complete(_ number: Int32, _ inputs: RunInputs, _ refs: InputRefs, at: Timestamp) {
    let subscription = registry.subscriptions[Int(number)]
    if subscription.usesConditions, let correlation = inputs.first?.correlation {
      if let until = subscription.declaration.until, holds(until, subscription.untilLeaves, correlation) {
        for artifact in inputs.artifacts { note(artifact.id, number, .until) }
        return
      }
      if let activation = subscription.declaration.activation,
        !holds(activation, subscription.activationLeaves, correlation)
      {
        let slot = correlationSlot(correlation)
        correlations.slab[slot].held.append(
          HeldSet(subscription: number, inputs: inputs, refs: refs, at: at, isPersisted: false))
        return
      }
    }
    let home = batchHome(of: subscription, inputs.commonCorrelation)
    if subscription.declaration.batch != nil, home != shard {
      return relay(
        to: home, .completedSet, subscription.id, UniqueID.zero, inputs.first?.correlation ?? CorrelationID(UniqueID.zero),
        inputs.artifacts)
    }
    batchOrRun(number, inputs, refs, at: at)
  }

  /// On the shard of the subscription's batch, or where the set was completed when it has none.
  mutating func batchOrRun(_ number: Int32, _ inputs: RunInputs, _ refs: InputRefs, at: Timestamp) {
    let subscription = registry.subscriptions[Int(number)]
    guard let batch = subscription.declaration.batch else { return start(number, inputs, refs) }
    let home = batchHome(of: subscription, inputs.commonCorrelation)
    if home != shard {
      return relay(
        to: home, .completedSet, subscription.id, UniqueID.zero, inputs.first?.correlation ?? CorrelationID(UniqueID.zero),
        inputs.artifacts)
    }
    let key =
      batch.scope == .correlation ? (inputs.commonCorrelation?.value ?? UniqueID.zero) : UniqueID(high: 0, low: 1)
    let set = Int(number)
    var slot = batches[set].groups[GroupKey(key)] ?? -1
    if slot < 0 {
      generation &+= 1
      slot = batches[set].slab.insert(BatchGroup(key: key, generation: generation, firstAt: at))
      batches[set].groups[GroupKey(key)] = slot
      if let timeout = batch.timeout {
        let deadline = at + timeout
        batches[set].expiry.insert(GroupExpiry(deadline: deadline, slot: slot, generation: generation))
        nextWindowEnd = min(nextWindowEnd, deadline.nanoseconds - 1)
      }
      if let size = batch.size { batches[set].slab[slot].items.reserveCapacity(min(size, 1024)) }
    }
    batches[set].slab[slot].items.append(BatchItem(inputs: inputs, refs: refs, at: at, isPersisted: false))
    touchedBatches.append(TouchedMember(pool: number, slot: slot, member: 0, generation: batches[set].slab[slot].generation))
    isDirty = true
    if let size = batch.size, batches[set].slab[slot].items.count >= size { flush(set, slot) }
  }

  /// Hands a batch over, whatever it holds.
  mutating func flush(_ set: Int, _ slot: Int32) {
    let group = batches[set].slab[slot]
    let subscription = registry.subscriptions[set]
    batches[set].groups[GroupKey(group.key)] = nil
    batches[set].slab.remove(slot)
    var artifacts: [Artifact] = []
    var refs: [InputRef] = []
    artifacts.reserveCapacity(group.items.count)
    refs.reserveCapacity(group.items.count)
    for item in group.items {
      switch (item.inputs, item.refs) {
      case (.one(let artifact), .one(let ref)):
        artifacts.append(artifact)
        refs.append(ref)
      default:
        artifacts.append(contentsOf: item.inputs.artifacts)
        refs.append(contentsOf: item.refs.list)
      }
      if item.isPersisted, let first = item.refs.list.first {
        pendingDeletes.append(StateKey.batch(subscription.id, group.key, first))
      }
    }
    isDirty = true
    start(Int32(set), RunInputs(artifacts), InputRefs(refs), trigger: .batch)
  }

  /// Hands over every batch that holds something: nothing more will come.
  public mutating func flushBatches() {
    events.plain(.flush)
    for set in batches.indices where batches[set].slab.liveCount > 0 {
      for slot in batches[set].slab.indices where batches[set].slab.contains(slot) { flush(set, slot) }
    }
  }

  /// Whether some batch holds something.
  public var holdsBatches: Bool {
    for set in batches where set.slab.liveCount > 0 { return true }
    return false
  }
}

/// A member whose stored form may be missing.
struct TouchedMember: Sendable {
  var pool: Int32
  var slot: Int32
  var member: Int32
  var generation: UInt32
}
