public import FlockCore

extension ShardKernel {
  /// A set becomes a run: named, counted against its correlation's limit, and handed to the scheduler.
  mutating func start(_ number: Int32, _ inputs: RunInputs, _ refs: InputRefs, trigger: RunTrigger = .artifacts) {
    let subscription = registry.subscriptions[Int(number)]
    let id = RunIdentity.run(namespace: registry.namespace, subscription: subscription.id, inputs: inputs)
    let correlation = inputs.commonCorrelation ?? CorrelationID(id.value.stamped(version: 8))
    if inputs.nextDepth > 1, exceedsRunLimit(correlation) {
      let slot = open(
        id: id, subscription: number, agent: Int32(subscription.agentIndex), inputs: inputs, refs: refs,
        correlation: correlation, trigger: trigger, isReady: false)
      for artifact in inputs.artifacts { note(artifact.id, number, .runLimit) }
      return giveUp(
        slot,
        Failure(
          .runLimit,
          "correlation \(correlation) has had \(configuration.maximumRunsPerCorrelation) runs on produced artifacts, the limit"
            + " (maximumRunsPerCorrelation); a feedback loop that should go on needs an until() or a higher limit"),
        startedAt: now)
    }
    open(
      id: id, subscription: number, agent: Int32(subscription.agentIndex), inputs: inputs, refs: refs,
      correlation: correlation, trigger: trigger)
  }

  private mutating func exceedsRunLimit(_ correlation: CorrelationID) -> Bool {
    let slot = correlationSlot(correlation, onlyRuns: true)
    if Int(correlations.slab[slot].runs) >= configuration.maximumRunsPerCorrelation { return true }
    correlations.slab[slot].runs += 1
    return false
  }

  /// Makes the entry of a run. Its place stays the same until the run has ended.
  @discardableResult
  mutating func open(
    id: RunID, subscription: Int32, agent: Int32, inputs: RunInputs, refs: InputRefs, correlation: CorrelationID,
    trigger: RunTrigger, isReady: Bool = true
  ) -> Int32 {
    generation &+= 1
    let slot = runs.insert(
      RunEntry(
        id: id, subscription: subscription, generation: generation, phase: .open, replayNumber: 0, attempt: 1, crashes: 0,
        inputs: inputs, refs: refs, correlation: correlation, trigger: trigger, createdAt: now, dueAt: now, ledger: -1,
        isPersisted: false, isDirty: true, agentIndex: agent, isSuspect: false, endedAt: now))
    openRuns += 1
    touchedRuns.append(slot)
    isDirty = true
    if isReady { offer(slot) }
    return slot
  }

  /// To the scheduler, unless something holds it back.
  mutating func offer(_ slot: Int32) {
    let ref = RunRef(slot: slot, generation: runs[slot].generation)
    if suspects.holdsRuns {
      runs[slot].phase = .held
      runs[slot].isSuspect = suspects.phase == .gathering
      return
    }
    let subscription = Int(runs[slot].subscription)
    if subscription >= 0, deadLetterCounts[subscription] >= Int32(configuration.maximumDeadLetters) {
      runs[slot].phase = .held
      for artifact in runs[slot].inputs.artifacts { note(artifact.id, runs[slot].subscription, .paused) }
      runs[slot].isPaused = true
      pausedRuns[subscription].append(ref)
      return
    }
    runs[slot].phase = .open
    activeRuns += 1
    counters.runsStarted += 1
    ready.append(ref)
  }

  /// Runs that a full dead-letter box held back go on as soon as there is room.
  mutating func resumePaused(_ subscription: Int) {
    while deadLetterCounts[subscription] < Int32(configuration.maximumDeadLetters),
      let ref = pausedRuns[subscription].popFirst()
    {
      if isCurrent(ref), runs[ref.slot].isPaused {
        runs[ref.slot].isPaused = false
        offer(ref.slot)
      }
    }
  }

  // MARK: Ends

  /// An attempt ended. A reference to a run that ended otherwise meanwhile changes nothing.
  /// - Returns: false when the result came too late and was refused.
  @discardableResult
  public mutating func finish(_ ref: RunRef, _ result: consuming AttemptResult, startedAt: Timestamp) -> Bool {
    guard isCurrent(ref), runs[ref.slot].phase == .open else { return false }
    let slot = ref.slot
    activeRuns -= 1
    isDirty = true
    switch result {
    case .success(let outputs):
      events.finished(ref, kind: 1, outputs: outputs.count)
      if runs[slot].ledger >= 0, let missed = ledgers[runs[slot].ledger].firstUnasked {
        giveUp(
          slot,
          Failure(
            .nondeterministicRun,
            "the run ended without asking for step '\(missed)', whose success an earlier attempt recorded;"
              + " a run must ask for the same steps each time"),
          startedAt: startedAt)
      } else {
        succeed(slot, outputs, startedAt: startedAt)
      }
    case .failure(let failure, let isRetriable, let step):
      events.finished(ref, kind: isRetriable ? 2 : 3, outputs: Int(failure.cause.rawValue))
      events.text(failure.message)
      fail(slot, failure, isRetriable: isRetriable, step: step, startedAt: startedAt)
    case .cancelled(let reason):
      events.finished(ref, kind: 4, outputs: 0)
      events.text(reason)
      cancel(slot, reason, startedAt: startedAt)
    case .returned:
      events.finished(ref, kind: 5, outputs: 0)
      markDirty(slot)
    }
    suspectEnded(ref)
    return true
  }

  private mutating func succeed(_ slot: Int32, _ published: consuming RunOutputs, startedAt: Timestamp) {
    let count = published.count
    switch published {
    case .none: break
    case .one(let artifact): outputs.append(artifact)
    case .many(let artifacts): outputs.append(contentsOf: artifacts)
    }
    record(slot, .success, outputs: count, startedAt: startedAt, failure: nil)
    counters.successes += 1
    close(slot)
  }

  private mutating func fail(
    _ slot: Int32, _ failure: Failure, isRetriable: Bool, step: StepKey?, startedAt: Timestamp
  ) {
    let agent = registry.agents[Int(runs[slot].agentIndex)]
    if runs[slot].ledger >= 0 { ledgers[runs[slot].ledger].endAttempt(failedStep: step) }
    guard isRetriable, runs[slot].attempt < UInt32(max(1, agent.retry.maximumAttempts)) else {
      return giveUp(slot, failure, startedAt: startedAt)
    }
    let pause = agent.retry.backoff(run: runs[slot].id, afterAttempt: Int(runs[slot].attempt))
    runs[slot].attempt += 1
    runs[slot].phase = .waiting
    runs[slot].dueAt = now + pause
    markDirty(slot)
    counters.retries += 1
    timers.insert(runs[slot].dueAt.nanoseconds, .retry(RunRef(slot: slot, generation: runs[slot].generation)))
  }

  /// Ends a run as a dead letter, which can be replayed.
  mutating func giveUp(_ slot: Int32, _ failure: Failure, startedAt: Timestamp) {
    record(slot, .deadLetter, outputs: 0, startedAt: startedAt, failure: failure)
    let entry = runs[slot]
    let subscription = entry.subscription
    deadLetters.append(
      DeadLetter(
        run: entry.id, replayNumber: entry.replayNumber, shard: shard,
        subscription: subscription >= 0 ? registry.subscriptions[Int(subscription)].id : SubscriptionID(0),
        agent: registry.agents[Int(entry.agentIndex)].name, correlation: entry.correlation,
        inputs: entry.inputs.artifacts, attempts: entry.attempt, failure: failure,
        steps: entry.ledger >= 0 ? ledgers[entry.ledger].summaries : [], at: now))
    counters.deadLetters += 1
    keepForReplay(slot)
  }

  mutating func cancel(_ slot: Int32, _ reason: String, startedAt: Timestamp) {
    record(slot, .cancelled, outputs: 0, startedAt: startedAt, failure: Failure(.cancelled, reason))
    counters.cancelled += 1
    keepForReplay(slot)
  }

  private mutating func keepForReplay(_ slot: Int32) {
    if runs[slot].ledger >= 0 { ledgers[runs[slot].ledger].endAttempt(failedStep: nil) }
    runs[slot].phase = .ended
    runs[slot].endedAt = now
    openRuns -= 1
    if runs[slot].subscription >= 0 { deadLetterCounts[Int(runs[slot].subscription)] += 1 }
    markDirty(slot)
    let ref = RunRef(slot: slot, generation: runs[slot].generation)
    timers.insert((now + configuration.deadLetterRetention).nanoseconds, .deadLetterExpiry(ref))
  }

  private mutating func record(
    _ slot: Int32, _ kind: Outcome.Kind, outputs: Int, startedAt: Timestamp, failure: Failure?
  ) {
    let entry = runs[slot]
    outcomes.append(
      Outcome(
        run: entry.id, replayNumber: entry.replayNumber,
        subscription: entry.subscription >= 0 ? registry.subscriptions[Int(entry.subscription)].id : SubscriptionID(0),
        agent: registry.agentSymbols[Int(entry.agentIndex)], kind: kind, attempts: entry.attempt,
        correlation: entry.correlation, inputs: entry.inputs.parents, outputCount: Int32(outputs), startedAt: startedAt,
        finishedAt: now, failure: failure))
  }

  /// The run is over and nothing of it is kept.
  private mutating func close(_ slot: Int32) {
    if runs[slot].phase == .ended {
      if runs[slot].subscription >= 0 {
        deadLetterCounts[Int(runs[slot].subscription)] -= 1
        resumePaused(Int(runs[slot].subscription))
      }
    } else {
      openRuns -= 1
    }
    if runs[slot].ledger >= 0 {
      for key in ledgers[runs[slot].ledger].storedKeys(of: runs[slot].id) { pendingDeletes.append(key) }
      ledgers.remove(runs[slot].ledger)
    }
    if runs[slot].isPersisted { pendingDeletes.append(StateKey.run(runs[slot].id)) }
    runs.remove(slot)
    isDirty = true
  }

  @inline(__always)
  mutating func markDirty(_ slot: Int32) {
    isDirty = true
    guard !runs[slot].isDirty else { return }
    runs[slot].isDirty = true
    touchedRuns.append(slot)
  }

  /// An input that nobody can decode is set aside with its cause, never matched and never silently passed over.
  mutating func quarantine(_ artifact: Artifact, _ ref: InputRef, _ number: Int32) {
    let subscription = registry.subscriptions[Int(number)]
    note(artifact.id, number, .undecodable)
    let slot = open(
      id: RunIdentity.quarantine(subscription: subscription.id, input: artifact.id), subscription: number,
      agent: Int32(subscription.agentIndex), inputs: .one(artifact), refs: .one(ref), correlation: artifact.correlation,
      trigger: .artifacts, isReady: false)
    giveUp(
      slot,
      Failure(
        .undecodable,
        "artifact \(artifact.id) is stored as '\(artifact.type.name)' version \(artifact.type.version) and does not decode as what"
          + " '\(subscription.name)' reads; implement migrate(_:fromVersion:) and replay it"),
      startedAt: now)
  }

  // MARK: Control

  mutating func ingest(_ control: Control) {
    switch control.command {
    case .replay(let run, let number, let fresh):
      guard let slot = endedRun(run, number) else { return refuse(control) }
      replay(slot, fresh: fresh)
    case .drop(let run, let number):
      guard let slot = endedRun(run, number) else { return refuse(control) }
      endedDeadLetters.append((run, number))
      close(slot)
    case .cancelRun(let run):
      guard let slot = openRun(run) else { return refuse(control) }
      withdraw(slot, "cancelled by \(control.requestedBy.isEmpty ? "an operator" : control.requestedBy)")
    case .cancelCorrelation(let correlation):
      for target in 0..<shardCount where target != shard {
        relay(to: target, .cancelled, SubscriptionID(0), UniqueID.zero, correlation, [])
      }
      cancelHere(correlation)
    }
  }

  private mutating func refuse(_ control: Control) { counters.refusedControls += 1 }

  private func endedRun(_ id: RunID, _ number: UInt32) -> Int32? {
    runs.indices.first {
      runs.contains($0) && runs[$0].id == id && runs[$0].phase == .ended && runs[$0].replayNumber == number
    }
  }

  private func openRun(_ id: RunID) -> Int32? {
    runs.indices.first { runs.contains($0) && runs[$0].id == id && runs[$0].phase != .ended }
  }

  private mutating func replay(_ slot: Int32, fresh: Bool) {
    endedDeadLetters.append((runs[slot].id, runs[slot].replayNumber))
    runs[slot].replayNumber += 1
    runs[slot].attempt = 1
    runs[slot].crashes = 0
    runs[slot].phase = .open
    generation &+= 1
    runs[slot].generation = generation
    openRuns += 1
    if runs[slot].ledger >= 0 {
      if fresh {
        for key in ledgers[runs[slot].ledger].storedKeys(of: runs[slot].id) { pendingDeletes.append(key) }
        ledgers.remove(runs[slot].ledger)
        runs[slot].ledger = -1
      } else {
        ledgers[runs[slot].ledger].beginReplay()
      }
    }
    if runs[slot].subscription >= 0 { deadLetterCounts[Int(runs[slot].subscription)] -= 1 }
    markDirty(slot)
    offer(slot)
    if runs[slot].subscription >= 0 { resumePaused(Int(runs[slot].subscription)) }
  }

  /// Stops an open run wherever it is; the first of cancel and outcome wins.
  private mutating func withdraw(_ slot: Int32, _ reason: String) {
    if runs[slot].phase == .open {
      activeRuns -= 1
      withdrawn.append(RunRef(slot: slot, generation: runs[slot].generation))
    }
    if runs[slot].isPaused {
      runs[slot].isPaused = false
      let ref = RunRef(slot: slot, generation: runs[slot].generation)
      pausedRuns[Int(runs[slot].subscription)].filter { $0 != ref }
    }
    cancel(slot, reason, startedAt: now)
    suspectEnded(RunRef(slot: slot, generation: runs[slot].generation))
  }

  /// This shard's part of cancelling a correlation: its inputs leave groups and sets; a run ends if all of its inputs
  /// belong to cancelled correlations, otherwise it goes on.
  mutating func cancelHere(_ correlation: CorrelationID) {
    let entry = correlationSlot(correlation)
    guard !correlations.slab[entry].isCancelled else { return }
    correlations.slab[entry].isCancelled = true
    correlations.cancelled += 1
    for set in correlations.slab[entry].held { drop(set, reason: .correlationCancelled) }
    correlations.slab[entry].held = []
    for slot in runs.indices where runs.contains(slot) && runs[slot].phase != .ended {
      let inputs = runs[slot].inputs.artifacts
      let isOurs = inputs.isEmpty ? runs[slot].correlation == correlation : inputs.allSatisfy { isCancelled($0.correlation) }
      if isOurs { withdraw(slot, "its correlation was cancelled") }
    }
    for slot in delayed.indices where delayed.contains(slot) && delayed[slot].artifact.correlation == correlation {
      note(delayed[slot].artifact.id, delayed[slot].subscription, .correlationCancelled)
      removeDelayed(slot)
    }
    for pool in pools.indices { removeMembers(pool, of: correlation) }
    for set in batches.indices { removeItems(set, of: correlation) }
  }

  mutating func removeDelayed(_ slot: Int32) {
    if delayed[slot].isPersisted {
      pendingDeletes.append(
        StateKey.delayed(registry.subscriptions[Int(delayed[slot].subscription)].id, delayed[slot].ref))
    }
    delayed.remove(slot)
    isDirty = true
  }

  private mutating func removeMembers(_ pool: Int, of correlation: CorrelationID) {
    for slot in pools[pool].slab.indices where pools[pool].slab.contains(slot) {
      var kept: [(input: Int, member: PoolMember)] = []
      var isTouched = false
      let group = pools[pool].slab[slot]
      for input in registry.subscriptions[pool].inputs.indices {
        var member = group.head[input]
        while member >= 0 {
          let entry = pools[pool].members[member]
          if entry.artifact.correlation == correlation { isTouched = true } else { kept.append((input, entry)) }
          member = entry.next
        }
      }
      guard isTouched else { continue }
      expire(pool, slot, reason: .correlationCancelled)
      reasons.removeAll { reason in
        reason.reason == .correlationCancelled && kept.contains { $0.member.artifact.id == reason.artifact }
      }
      // In order of arrival: the first of them begins the group's window.
      for (input, member) in kept.sorted(by: { $0.member.ref < $1.member.ref }) {
        accept(member.artifact, member.ref, subscription: Int32(pool), input: Int32(input), key: group.key, at: member.at)
      }
    }
  }

  private mutating func removeItems(_ set: Int, of correlation: CorrelationID) {
    let subscription = registry.subscriptions[set]
    for slot in batches[set].slab.indices where batches[set].slab.contains(slot) {
      let group = batches[set].slab[slot]
      let items = group.items
      var kept: [BatchItem] = []
      for item in items {
        if item.inputs.artifacts.allSatisfy({ $0.correlation == correlation }) {
          for artifact in item.inputs.artifacts { note(artifact.id, Int32(set), .correlationCancelled) }
          if item.isPersisted, let first = item.refs.list.first {
            pendingDeletes.append(StateKey.batch(subscription.id, group.key, first))
          }
        } else {
          kept.append(item)
        }
      }
      guard kept.count < items.count else { continue }
      batches[set].slab[slot].items = kept
      if let first = kept.first {
        batches[set].slab[slot].firstAt = first.at
      } else {
        batches[set].groups[GroupKey(group.key)] = nil
        batches[set].slab.remove(slot)
      }
    }
  }

  mutating func expireDeadLetter(_ ref: RunRef) {
    guard isCurrent(ref), runs[ref.slot].phase == .ended else { return }
    endedDeadLetters.append((runs[ref.slot].id, runs[ref.slot].replayNumber))
    close(ref.slot)
  }
}
