import FlockCore

extension ShardKernel {
  /// Outcomes that wait for the next commit.
  public var pendingOutcomes: Int { outcomes.count }

  /// Takes everything since the last commit, in one piece. The shell makes it durable or discards the kernel.
  public mutating func makeCommit() -> ShardCommit {
    sequence += 1
    var commit = ShardCommit(shard: shard, sequence: sequence, ingestedOffset: ingestedOffset, instant: now)
    commit.changes.reserveCapacity(pendingDeletes.count + 4)
    for key in pendingDeletes { commit.changes.append(StateChange(key: key, value: nil)) }
    pendingDeletes.removeAll(keepingCapacity: true)
    writeRuns(into: &commit)
    writePools(into: &commit)
    writeBatches(into: &commit)
    writeDelayed(into: &commit)
    writeCorrelations(into: &commit)
    writeSmallTables(into: &commit)
    swap(&commit.outcomes, &outcomes)
    swap(&commit.outputs, &outputs)
    swap(&commit.deadLetters, &deadLetters)
    swap(&commit.endedDeadLetters, &endedDeadLetters)
    swap(&commit.relays, &relays)
    swap(&commit.reasons, &reasons)
    commit.events = events.take()
    isDirty = false
    return commit
  }

  private mutating func writeRuns(into commit: inout ShardCommit) {
    for slot in touchedRuns where runs.contains(slot) && runs[slot].isDirty {
      runs[slot].isDirty = false
      runs[slot].isPersisted = true
      commit.changes.append(
        StateChange(key: StateKey.run(runs[slot].id), value: StateCoding.encode(runs[slot], registry: registry)))
      let ledger = runs[slot].ledger
      guard ledger >= 0 else { continue }
      let run = runs[slot].id
      if ledgers[ledger].isContextDirty, let context = ledgers[ledger].context {
        ledgers[ledger].isContextDirty = false
        commit.changes.append(StateChange(key: StateKey.context(run), value: context))
      }
      for index in ledgers[ledger].steps.indices where ledgers[ledger].steps[index].isDirty {
        ledgers[ledger].steps[index].isDirty = false
        ledgers[ledger].steps[index].isPersisted = true
        let step = ledgers[ledger].steps[index]
        commit.changes.append(
          StateChange(
            key: StateKey.step(run, step.key),
            value: StateCoding.encode(step, freshNumber: ledgers[ledger].freshNumber)))
      }
    }
    touchedRuns.removeAll(keepingCapacity: true)
  }

  private mutating func writePools(into commit: inout ShardCommit) {
    for touched in touchedPools {
      let pool = Int(touched.pool)
      guard pools[pool].members.contains(touched.member), !pools[pool].members[touched.member].isPersisted else { continue }
      pools[pool].members[touched.member].isPersisted = true
      let member = pools[pool].members[touched.member]
      var writer = StateCoding.writer()
      writer.write(member.at)
      commit.changes.append(
        StateChange(
          key: StateKey.pool(registry.subscriptions[pool].id, pools[pool].slab[member.group].key, member.ref),
          value: writer.bytes))
    }
    touchedPools.removeAll(keepingCapacity: true)
  }

  private mutating func writeBatches(into commit: inout ShardCommit) {
    for touched in touchedBatches {
      let set = Int(touched.pool)
      guard batches[set].slab.contains(touched.slot), batches[set].slab[touched.slot].generation == touched.generation else {
        continue
      }
      let key = batches[set].slab[touched.slot].key
      var index = batches[set].slab[touched.slot].items.count - 1
      while index >= 0, !batches[set].slab[touched.slot].items[index].isPersisted {
        batches[set].slab[touched.slot].items[index].isPersisted = true
        let item = batches[set].slab[touched.slot].items[index]
        guard let first = item.refs.list.first else { break }
        var writer = StateCoding.writer()
        writer.write(item.at)
        StateCoding.write(item.refs, into: &writer)
        commit.changes.append(
          StateChange(key: StateKey.batch(registry.subscriptions[set].id, key, first), value: writer.bytes))
        index -= 1
      }
    }
    touchedBatches.removeAll(keepingCapacity: true)
  }

  private mutating func writeDelayed(into commit: inout ShardCommit) {
    for slot in touchedDelayed where delayed.contains(slot) && !delayed[slot].isPersisted {
      delayed[slot].isPersisted = true
      let match = delayed[slot]
      var writer = StateCoding.writer()
      writer.write(match.due)
      commit.changes.append(
        StateChange(
          key: StateKey.delayed(registry.subscriptions[Int(match.subscription)].id, match.ref), value: writer.bytes))
    }
    touchedDelayed.removeAll(keepingCapacity: true)
  }

  private mutating func writeCorrelations(into commit: inout ShardCommit) {
    let grain = isCleanlyClosed ? 1 : runCountGrain
    if isCleanlyClosed {
      for slot in correlations.slab.indices
      where correlations.slab.contains(slot) && correlations.slab[slot].runs != correlations.slab[slot].storedRuns {
        touch(correlation: slot, onlyRuns: true)
      }
    }
    for slot in correlations.touched where correlations.slab.contains(slot) && correlations.slab[slot].isDirty {
      correlations.slab[slot].isDirty = false
      guard correlations.slab[slot].hasOtherChanges || correlations.slab[slot].runs - correlations.slab[slot].storedRuns >= grain else {
        continue
      }
      correlations.slab[slot].hasOtherChanges = false
      correlations.slab[slot].storedRuns = correlations.slab[slot].runs
      correlations.slab[slot].isPersisted = true
      commit.changes.append(
        StateChange(
          key: StateKey.correlation(correlations.slab[slot].id),
          value: StateCoding.encode(correlations.slab[slot], leaves: registry.leaves)))
      for index in correlations.slab[slot].held.indices where !correlations.slab[slot].held[index].isPersisted {
        correlations.slab[slot].held[index].isPersisted = true
        let set = correlations.slab[slot].held[index]
        guard let first = set.refs.list.first else { continue }
        var writer = StateCoding.writer()
        writer.write(set.at)
        StateCoding.write(set.refs, into: &writer)
        commit.changes.append(
          StateChange(
            key: StateKey.held(registry.subscriptions[Int(set.subscription)].id, first), value: writer.bytes))
      }
    }
    correlations.touched.removeAll(keepingCapacity: true)
  }

  private mutating func writeSmallTables(into commit: inout ShardCommit) {
    for index in schedules.indices where schedules[index].isDirty {
      schedules[index].isDirty = false
      var writer = StateCoding.writer()
      writer.write(schedules[index].next ?? .distantFuture)
      writer.write(Int64(schedules[index].iteration))
      commit.changes.append(
        StateChange(key: StateKey.schedule(registry.subscriptions[index].id), value: writer.bytes))
    }
    for source in relayHigh.indices where relayHigh[source].isDirty {
      relayHigh[source].isDirty = false
      var writer = StateCoding.writer()
      writer.write(relayHigh[source].sequence)
      writer.write(relayHigh[source].index)
      commit.changes.append(StateChange(key: StateKey.relay(source), value: writer.bytes))
    }
    if suspects.isDirty {
      suspects.isDirty = false
      if suspects.candidates.isEmpty, suspects.group.isEmpty {
        if suspects.isPersisted { commit.changes.append(StateChange(key: StateKey.suspects, value: nil)) }
        suspects.isPersisted = false
      } else {
        suspects.isPersisted = true
        var writer = StateCoding.writer()
        for list in [suspects.candidates, suspects.group] {
          writer.writeCount(list.count)
          for id in list { writer.write(id.value) }
        }
        commit.changes.append(StateChange(key: StateKey.suspects, value: writer.bytes))
      }
    }
    if hasNewDigests {
      hasNewDigests = false
      for subscription in registry.subscriptions {
        var writer = StateCoding.writer()
        writer.write(subscription.digest)
        commit.changes.append(StateChange(key: StateKey.digest(subscription.id), value: writer.bytes))
      }
    }
    var meta = StateCoding.writer()
    meta.write(ingestedOffset)
    meta.write(sequence)
    meta.write(now)
    meta.write(isCleanlyClosed)
    commit.changes.append(StateChange(key: StateKey.meta, value: meta.bytes))
    metaDirty = false
  }

  /// The last commit of an orderly end says so: whoever comes next suspects nobody.
  public mutating func closeCleanly() {
    events.plain(.closed)
    isCleanlyClosed = true
    isDirty = true
  }
}
