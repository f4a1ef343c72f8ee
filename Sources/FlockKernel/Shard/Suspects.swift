import FlockCore

/// After an unclean end every run that may have been running is a suspect. Suspects run in groups that are committed
/// before they start: first all of them; after a crash the group is halved; while a group that is not all of them runs,
/// nothing else runs in the process. Only a crash of a group of one counts against its member.
struct SuspectState: Sendable {
  enum Phase: UInt8, Sendable {
    case none
    /// The records that the dead process may have seen are being ingested again.
    case gathering
    /// A group can be chosen, of everything or alone in the process.
    case choosing
    /// The group is chosen; its commit is due.
    case committing
    case running
  }

  var phase = Phase.none
  var zoneEnd: Int64 = 0
  /// Time up to which the dead process may have fired timers and ended batches: their runs may have been running.
  var timersUpTo = Timestamp.distantPast
  /// They have been fired again.
  var hasFiredTimers = false
  var isExclusive = false
  /// Among them is one that crashes, as far as is known.
  var candidates: [RunID] = []
  /// Those that run, or ran when the process died.
  var group: [RunID] = []
  var outstanding: Set<RunRef> = []
  var round: UInt32 = 0
  var isDirty = false
  var isPersisted = false

  /// New runs wait.
  var holdsRuns: Bool {
    switch phase {
    case .none: false
    case .gathering, .choosing, .committing: true
    case .running: isExclusive
    }
  }

}

/// What the shell has to do about suspects.
public enum SuspectStage: Sendable, Hashable {
  case none
  /// Call ``ShardKernel/chooseSuspects()`` and commit; first make sure that nothing else runs if it is exclusive.
  case choose(isExclusive: Bool)
  /// Commit, then call ``ShardKernel/releaseSuspects()``.
  case commit
  /// An exclusive group runs: nothing else may.
  case runningAlone
}

extension ShardKernel {
  public var suspectStage: SuspectStage {
    switch suspects.phase {
    case .none, .gathering: .none
    case .choosing: .choose(isExclusive: suspects.isExclusive)
    case .committing: .commit
    case .running: suspects.isExclusive ? .runningAlone : .none
    }
  }

  /// After ingesting: when everything is back that the dead process may have begun, from records and from timers, decides
  /// what its end says.
  public mutating func settleSuspects() {
    guard suspects.phase == .gathering, ingestedOffset >= suspects.zoneEnd, suspects.hasFiredTimers else { return }
    isDirty = true
    let held = runs.indices.filter { runs.contains($0) && runs[$0].phase == .held && runs[$0].isSuspect }
    let present = Set(held.map { runs[$0].id })
    let crashed = suspects.group.filter { present.contains($0) }
    suspects.isDirty = true
    if crashed.count == 1, suspects.group.count == 1 {
      convict(crashed[0])
    } else if !crashed.isEmpty {
      suspects.candidates = crashed
      suspects.isExclusive = true
    } else if !suspects.candidates.filter({ present.contains($0) }).isEmpty, suspects.group.isEmpty {
      suspects.candidates = suspects.candidates.filter { present.contains($0) }
      suspects.isExclusive = true
    } else {
      suspect(held.map { runs[$0].id })
    }
    suspects.group = []
    if suspects.candidates.isEmpty { return endSuspicion() }
    suspects.phase = .choosing
  }

  /// All of them together under the normal caps; but a single one runs alone, because a crash of its group is held
  /// against it.
  private mutating func suspect(_ ids: [RunID]) {
    suspects.candidates = ids
    suspects.isExclusive = ids.count == 1
  }

  /// The process died while this run alone was running.
  private mutating func convict(_ id: RunID) {
    guard let slot = runs.indices.first(where: { runs.contains($0) && runs[$0].id == id && runs[$0].phase == .held }) else { return }
    runs[slot].crashes += 1
    markDirty(slot)
    guard runs[slot].crashes >= configuration.maximumCrashes else {
      suspects.candidates = [id]
      suspects.isExclusive = true
      return
    }
    runs[slot].phase = .open
    giveUp(
      slot,
      Failure(
        .crashedNode,
        "the process died \(runs[slot].crashes) times while this run alone was running (maximumCrashes); look for a trap in"
          + " agent '\(registry.agents[Int(runs[slot].agentIndex)].name)', or run its work in a subprocess"),
      startedAt: now)
    suspect(
      runs.indices.filter { runs.contains($0) && runs[$0].phase == .held && runs[$0].isSuspect }.map { runs[$0].id })
  }

  /// Chooses the next group. The commit that follows makes it known to whoever comes after a crash.
  public mutating func chooseSuspects() {
    guard suspects.phase == .choosing else { return }
    events.plain(.suspectsBegin, suspects.isExclusive ? 1 : 0)
    if suspects.isExclusive, suspects.candidates.count > 1 {
      suspects.group = Array(suspects.candidates.prefix((suspects.candidates.count + 1) / 2))
    } else {
      suspects.group = suspects.candidates
    }
    suspects.phase = .committing
    suspects.isDirty = true
    isDirty = true
  }

  /// After the commit: the group's runs may start.
  public mutating func releaseSuspects() {
    guard suspects.phase == .committing else { return }
    suspects.phase = .running
    suspects.round &+= 1
    suspects.outstanding = []
    let members = Set(suspects.group)
    let isExclusive = suspects.isExclusive
    // Offering looks at `holdsRuns`; the group itself is not held.
    suspects.phase = .none
    for slot in runs.indices where runs.contains(slot) && runs[slot].phase == .held && !runs[slot].isPaused {
      let isMember = members.contains(runs[slot].id) && runs[slot].isSuspect
      guard isMember || !isExclusive else { continue }
      if isMember { suspects.outstanding.insert(RunRef(slot: slot, generation: runs[slot].generation)) }
      offer(slot)
    }
    suspects.phase = .running
    timers.insert((now + configuration.suspectPatience).nanoseconds, .suspectPatience(round: suspects.round))
    if suspects.outstanding.isEmpty { groupEnded() }
  }

  mutating func suspectEnded(_ ref: RunRef) {
    guard suspects.phase == .running, suspects.outstanding.remove(ref) != nil else { return }
    if isCurrent(ref) { runs[ref.slot].isSuspect = false }
    if suspects.outstanding.isEmpty { groupEnded() }
  }

  mutating func suspectPatienceEnded(_ round: UInt32) {
    guard suspects.phase == .running, suspects.round == round else { return }
    for slot in runs.indices
    where runs.contains(slot) && suspects.outstanding.contains(RunRef(slot: slot, generation: runs[slot].generation)) {
      runs[slot].isSuspect = false
    }
    suspects.outstanding = []
    groupEnded()
  }

  /// A group that ended without a crash is innocent.
  private mutating func groupEnded() {
    let innocent = Set(suspects.group)
    suspects.candidates.removeAll { innocent.contains($0) }
    suspects.group = []
    suspects.isDirty = true
    isDirty = true
    if !suspects.candidates.isEmpty {
      suspects.phase = .choosing
    } else if suspects.isExclusive {
      // Others begin when it is durable that this group ended well: their crash must not be held against it.
      suspects.isExclusive = false
      suspects.phase = .committing
    } else {
      endSuspicion()
    }
  }

  private mutating func endSuspicion() {
    suspects.phase = .none
    suspects.candidates = []
    suspects.group = []
    suspects.isExclusive = false
    suspects.isDirty = true
    isDirty = true
    for slot in runs.indices where runs.contains(slot) && runs[slot].phase == .held && !runs[slot].isPaused {
      runs[slot].isSuspect = false
      offer(slot)
    }
  }
}
