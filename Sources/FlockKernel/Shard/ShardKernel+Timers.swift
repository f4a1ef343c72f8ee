public import FlockCore

extension ShardKernel {
  /// Starts the clocks of timer subscriptions that live on this shard; a restored one keeps its next occurrence.
  public mutating func startSchedules() {
    for subscription in registry.subscriptions {
      guard let schedule = subscription.declaration.schedule, shardCount == 1 || home(of: subscription) == shard else { continue }
      let index = subscription.index
      if !schedules[index].isStarted {
        schedules[index].isStarted = true
        schedules[index].next = schedule.first(from: now)
        schedules[index].isDirty = true
        isDirty = true
      }
      if let next = schedules[index].next { timers.insert(next.nanoseconds, .schedule(subscription: Int32(index))) }
    }
  }

  /// Fires what is due.
  ///
  /// - Parameter frontier: the instant up to which the log has been read: windows and batches are counted in the log's
  ///   time, so that a backlog after downtime is treated as it would have been without the downtime.
  public mutating func fireTimers(frontier: Timestamp) {
    if frontier.nanoseconds > nextWindowEnd { endWindows(before: frontier) }
    if suspects.phase == .gathering, ingestedOffset >= suspects.zoneEnd, frontier >= suspects.timersUpTo {
      suspects.hasFiredTimers = true
    }
    guard let first = timers.first, first.instant <= now.nanoseconds else {
      forgetIdleCorrelations()
      return
    }
    events.plain(.timers)
    while let item = timers.first, item.instant <= now.nanoseconds {
      _ = timers.popFirst()
      switch item.payload {
      case .retry(let ref):
        if isCurrent(ref), runs[ref.slot].phase == .waiting {
          markDirty(ref.slot)
          offer(ref.slot)
        }
      case .visible(let slot, let generation):
        guard delayed.contains(slot), delayed[slot].generation == generation else { continue }
        let match = delayed[slot]
        removeDelayed(slot)
        self.match(match.artifact, match.ref, subscription: match.subscription, input: match.input, at: now)
      case .schedule(let subscription):
        fire(Int(subscription), due: Timestamp(nanoseconds: item.instant))
      case .deadLetterExpiry(let ref):
        expireDeadLetter(ref)
      case .suspectPatience(let round):
        suspectPatienceEnded(round)
      }
    }
    events.flushVerdicts()
  }

  private mutating func fire(_ index: Int, due: Timestamp) {
    let subscription = registry.subscriptions[index]
    guard let schedule = subscription.declaration.schedule, schedules[index].next == due else { return }
    isDirty = true
    schedules[index].isDirty = true
    var occurrences = [due]
    var next = schedule.next(after: due)
    while let instant = next, instant <= now, occurrences.count < Schedule.maximumCatchUp {
      occurrences.append(instant)
      next = schedule.next(after: instant)
    }
    if let instant = next, instant <= now {
      // More were missed than are caught up: go on after now.
      next = instant
      if case .every(let interval) = schedule.kind, interval > .zero {
        let behind = (now - instant).inNanoseconds / interval.inNanoseconds + 1
        next = instant + .nanoseconds(interval.inNanoseconds * behind)
      } else {
        while let passed = next, passed <= now { next = schedule.next(after: passed) }
      }
    }
    switch schedule.misfire {
    case .all: break
    case .once: occurrences = [occurrences[occurrences.count - 1]]
    case .skip: if occurrences.count > 1 { occurrences = [] }
    }
    for occurrence in occurrences {
      if let limit = schedule.maximumRepeats, schedules[index].iteration >= limit { break }
      let iteration = schedules[index].iteration
      schedules[index].iteration += 1
      let id = RunIdentity.timer(namespace: registry.namespace, subscription: subscription.id, occurrence: occurrence)
      open(
        id: id, subscription: Int32(index), agent: Int32(subscription.agentIndex), inputs: .none, refs: .none,
        correlation: CorrelationID(id.value.stamped(version: 8)),
        trigger: .timer(occurrence: occurrence, iteration: iteration))
    }
    if let limit = schedule.maximumRepeats, schedules[index].iteration >= limit { next = nil }
    schedules[index].next = next
    if let next { timers.insert(next.nanoseconds, .schedule(subscription: Int32(index))) }
  }

  /// Ends the windows and hands over the batches whose time ended before `instant`.
  mutating func endWindows(before instant: Timestamp) {
    nextWindowEnd = .max
    for pool in pools.indices {
      while let item = pools[pool].expiry.first, item.deadline < instant {
        pools[pool].expiry.popFirst()
        guard pools[pool].slab.contains(item.slot), pools[pool].slab[item.slot].generation == item.generation else { continue }
        expire(pool, item.slot, reason: .windowExpired)
      }
      if let item = pools[pool].expiry.first { nextWindowEnd = min(nextWindowEnd, item.deadline.nanoseconds) }
    }
    for set in batches.indices {
      while let item = batches[set].expiry.first, item.deadline <= instant {
        batches[set].expiry.popFirst()
        guard batches[set].slab.contains(item.slot), batches[set].slab[item.slot].generation == item.generation else { continue }
        // Its first sets may have left it since.
        let deadline = batches[set].slab[item.slot].firstAt + (registry.subscriptions[set].declaration.batch?.timeout ?? .zero)
        if deadline > instant {
          batches[set].expiry.insert(GroupExpiry(deadline: deadline, slot: item.slot, generation: item.generation))
          continue
        }
        flush(set, item.slot)
      }
      if let item = batches[set].expiry.first { nextWindowEnd = min(nextWindowEnd, item.deadline.nanoseconds - 1) }
    }
  }

  /// The next instant at which ``fireTimers(frontier:)`` has something to do, if nothing else happens before.
  public var nextDue: Timestamp? {
    if suspects.phase == .gathering, ingestedOffset >= suspects.zoneEnd { return now }
    let window = nextWindowEnd == .max ? Int64.max : nextWindowEnd + 1
    let timer = timers.first?.instant ?? .max
    let next = min(window, timer)
    return next == .max ? nil : Timestamp(nanoseconds: next)
  }

  /// Whether something waits for an instant that comes by itself: a retry or an artifact that becomes visible later.
  public var hasPendingDelays: Bool { delayed.liveCount > 0 || openRuns > activeRuns + heldBack }

  /// Runs that wait for room among the dead letters, and for nothing that comes by itself.
  private var heldBack: Int { pausedRuns.reduce(0) { $0 + $1.count } }

  /// Nothing is open but what a full dead-letter box holds back, and nothing becomes due but clocks.
  public var isQuiet: Bool { delayed.liveCount == 0 && openRuns == heldBack }
}
