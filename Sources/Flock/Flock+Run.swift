public import FlockCore
public import FlockKernel
import Synchronization

/// What is left when nothing is queued, running or due.
public struct IdleReport: Sendable {
  /// What still waits and for what, at most 1 000 items a shard.
  public var waiting: [WaitingItem]
  public var counters: KernelCounters
  /// Outcomes that ended badly and can be replayed.
  public var deadLetters: Int

  public init(waiting: [WaitingItem], counters: KernelCounters, deadLetters: Int) {
    self.waiting = waiting
    self.counters = counters
    self.deadLetters = deadLetters
  }
}

extension Flock {
  /// Works until nothing is queued, running or due.
  ///
  /// Waits for retries and for artifacts that become visible later, hands over what batches hold, and ignores clocks that
  /// go on for ever (`every`, `cron`).
  /// - Parameter flush: false leaves batches alone; the report then lists them.
  /// - Throws: ``FlockError`` with `.shutDown` when another task shuts the flock down meanwhile; what ended the work.
  @discardableResult
  public func runUntilIdle(flush: Bool = true) async throws -> IdleReport {
    try await start()
    while true {
      try await waitUntilQuiet()
      guard flush, try await flushBatches() else { break }
    }
    for hooks in configuration.hooks { await hooks.didBecomeIdle() }
    return try await report()
  }

  /// Works until the condition holds over the artifacts of the board, or of one correlation.
  /// - Returns: true as soon as it holds; false at the time-out, or when everything is idle and it does not hold.
  public func run(until condition: Condition, in correlation: CorrelationID? = nil, timeout: Duration? = nil) async throws -> Bool {
    try await start()
    let deadline = timeout.map { clock.now() + $0 } ?? .distantFuture
    var counter = ConditionCounter(condition, correlation: correlation, shards: store.shardCount)
    while true {
      if try await counter.update(from: store) { return true }
      try node.throwIfFailed()
      if clock.now() >= deadline { return false }
      if node.state.withLock({ $0.isQuiet }) {
        if try await counter.update(from: store) { return true }
        if node.state.withLock({ $0.isQuiet }), timeout == nil { return false }
      }
      await clock.sleep(until: min(deadline, clock.now() + .milliseconds(1)))
    }
  }

  func waitUntilQuiet() async throws {
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      let isOver = node.state.withLock { state -> Bool in
        if state.isQuiet { return true }
        if case .running = state.phase {
          state.idleWaiters.append(continuation)
          return false
        }
        return true
      }
      if isOver { continuation.resume() } else { node.kick(clock.now().nanoseconds) }
    }
    try node.throwIfFailed()
    if node.isStopping { throw FlockError(.shutDown, "the flock was shut down before it was idle; its store has what is left") }
  }

  /// Hands over every batch. Answers whether there was one.
  private func flushBatches() async throws -> Bool {
    var held = false
    for shard in 0..<store.shardCount {
      if try await node.inspect(shard, { $0.holdsBatches }) {
        held = true
        try node.post(shard) { $0.isFlushing = true }
      }
    }
    return held
  }

  /// What waits now.
  public func report() async throws -> IdleReport {
    var report = IdleReport(waiting: [], counters: KernelCounters(), deadLetters: 0)
    for shard in 0..<store.shardCount {
      let (waiting, counters) = try await node.inspect(shard) { ($0.waiting(), $0.counters) }
      report.waiting += waiting
      report.counters.add(counters)
    }
    report.deadLetters = report.waiting.count { $0.kind == .deadLetter }
    return report
  }

  // MARK: Direct calls

  /// Runs one agent on a value that no subscription sees, once, and returns what it published. The input and the outputs
  /// are on the board; what consumes the outputs runs as usual.
  /// - Throws: ``FlockError`` with `.unknownAgent`, `.timedOut`, or `.engineFailed` with the dead letter's cause.
  public func invoke<T: ArtifactPayload>(
    _ agent: String, _ value: T, _ options: PublishOptions = PublishOptions(), timeout: Duration? = nil
  ) async throws -> [Artifact] {
    try await invoke(agent, type: T.artifactType, payload: Box(value), options, timeout: timeout)
  }

  public func invoke(
    _ agent: String, type: ArtifactType, payload: Payload, _ options: PublishOptions = PublishOptions(),
    timeout: Duration? = nil
  ) async throws -> [Artifact] {
    guard registry.index(ofAgent: agent) != nil else {
      throw FlockError(
        .unknownAgent, "there is no agent '\(agent)'; there are: \(registry.agents.map(\.name).sorted().joined(separator: ", "))")
    }
    try options.validate()
    try await start()
    let now = clock.now()
    let artifact = Artifact(
      id: options.id ?? nextIDs(1, at: now)[0], type: type, payload: try stored(payload, type),
      correlation: options.correlation, partitionKey: options.partitionKey, tags: options.tags,
      visibility: options.visibility, createdAt: now)
    let run = Invocation.run(of: artifact.id, agent: agent)
    let (outcome, outputs) = try await withCheckedThrowingContinuation { continuation in
      let waiter = OutcomeWaiter(continuation)
      let failed = node.state.withLock { state -> (any Error)? in
        guard state.mayTurn else { return FlockError(.shutDown, "this flock was shut down or has failed") }
        state.outcomeWaiters[run, default: []].append(waiter)
        return nil
      }
      if let failed { return waiter.resume(throwing: failed) }
      if let timeout { clock.schedule(at: now + timeout) { [weak node] in node?.giveUpWaiting(run, waiter, timeout) } }
      Task {
        do {
          let receipt = try await append([.invocation(Invocation(agent: Symbol(agent), artifact: artifact))])
          if receipt.duplicates > 0 { try await checkInvoked(artifact.id, agent, receipt.positions[0]) }
          // The outcome of an id that was invoked before is there already.
          if let known = try await store.outcomes(of: run).last { await node.answer(run, known, store) }
        } catch {
          node.failWaiters(run, error)
        }
      }
    }
    guard outcome.kind == .success else {
      let failure = outcome.failure
      throw FlockError(
        .engineFailed, "agent '\(agent)': \(failure?.cause.word ?? "cancelled"): \(failure?.message ?? "the run was cancelled")")
    }
    return outputs
  }

  /// - Throws: ``FlockError`` when what is stored under the id is no call of the agent: it would never end.
  private func checkInvoked(_ id: ArtifactID, _ agent: String, _ position: Position) async throws {
    let batch = try await store.read(shard: position.shard, from: position.offset, maximum: 1)
    if case .invocation(let known)? = batch.records.first?.record, known.agent.name == agent { return }
    throw FlockError(
      .invalidConfiguration,
      "the id \(id) names an artifact that was not handed to agent '\(agent)'; call it with an id of its own, or without one")
  }

  // MARK: Control

  /// Makes a dead-lettered or cancelled run anew, once: a second request for the same number is refused and counted.
  /// - Parameter fresh: forgets its steps: every effect is made again.
  public func replay(_ letter: DeadLetter, fresh: Bool = false, requestedBy: String = "") async throws {
    try await control(.replay(run: letter.run, number: letter.replayNumber, fresh: fresh), letter.shard, requestedBy)
  }

  /// Forgets a dead letter.
  public func drop(_ letter: DeadLetter, requestedBy: String = "") async throws {
    try await control(.drop(run: letter.run, number: letter.replayNumber), letter.shard, requestedBy)
  }

  /// Cancels everything of a correlation on every shard; runs whose other inputs belong elsewhere go on.
  public func cancel(_ correlation: CorrelationID, requestedBy: String = "") async throws {
    try await append([.control(Control(.cancelCorrelation(correlation), requestedBy: requestedBy))])
  }

  /// Cancels an open run. It can be replayed.
  public func cancel(run: RunID, requestedBy: String = "") async throws {
    for shard in 0..<store.shardCount {
      try await control(.cancelRun(run), shard, requestedBy)
    }
  }

  private func control(_ command: Control.Command, _ shard: Int, _ requestedBy: String) async throws {
    guard (0..<store.shardCount).contains(shard) else {
      throw FlockError(.replayRefused, "shard \(shard) does not exist; the store has \(store.shardCount)")
    }
    try await append([.control(Control(command, shard: shard, requestedBy: requestedBy))])
  }
}

extension Node {
  func giveUpWaiting(_ run: RunID, _ waiter: OutcomeWaiter, _ timeout: Duration) {
    let isWaiting = state.withLock { state -> Bool in
      guard var waiters = state.outcomeWaiters[run], let index = waiters.firstIndex(where: { $0 === waiter }) else { return false }
      waiters.remove(at: index)
      state.outcomeWaiters[run] = waiters.isEmpty ? nil : waiters
      return true
    }
    guard isWaiting else { return }
    waiter.resume(
      throwing: FlockError(.timedOut, "run \(run) did not end within \(timeout); it goes on and its outcome can be queried"))
  }

  func failWaiters(_ run: RunID, _ error: any Error) {
    for waiter in state.withLock({ $0.outcomeWaiters.removeValue(forKey: run) ?? [] }) { waiter.resume(throwing: error) }
  }

  func answer(_ run: RunID, _ outcome: Outcome, _ store: any BlackboardStore) async {
    let waiters = state.withLock { $0.outcomeWaiters.removeValue(forKey: run) ?? [] }
    guard !waiters.isEmpty else { return }
    do {
      let outputs = try await store.outputs(of: run)
      for waiter in waiters { waiter.resume(returning: (outcome, outputs)) }
    } catch {
      for waiter in waiters { waiter.resume(throwing: error) }
    }
  }
}

/// Counts a condition's leaves over the logs, each record once.
struct ConditionCounter {
  private let condition: Condition
  private let leaves: [Condition.Leaf]
  private let correlation: CorrelationID?
  private var offsets: [Int64]
  private var counts: [Int]

  init(_ condition: Condition, correlation: CorrelationID?, shards: Int) {
    self.condition = condition
    self.correlation = correlation
    leaves = condition.leaves
    offsets = Array(repeating: 0, count: shards)
    counts = Array(repeating: 0, count: leaves.count)
  }

  mutating func update(from store: any BlackboardStore) async throws -> Bool {
    for shard in offsets.indices {
      while true {
        let batch = try await store.read(shard: shard, from: offsets[shard], maximum: 1024)
        guard !batch.records.isEmpty else { break }
        for logged in batch.records {
          if let artifact = logged.record.artifact { count(artifact) }
        }
        offsets[shard] = batch.endOffset
      }
    }
    return condition.holds(counts)
  }

  private mutating func count(_ artifact: Artifact) {
    if let correlation, artifact.correlation != correlation { return }
    for (index, leaf) in leaves.enumerated() where leaf.type.symbol == artifact.type.symbol {
      if let producer = leaf.producer, producer != artifact.producer { continue }
      if let matcher = leaf.matcher, (try? matcher.verdict(artifact.payload)) != true { continue }
      counts[index] += 1
    }
  }
}
