import FlockCore
public import FlockKernel
import Synchronization

/// A blackboard with agents: publish typed artifacts, and the agents that subscribe to them run.
///
/// ```swift
/// let flock = try Flock(agents: [triage, fixer])
/// try await flock.publish(Bug(title: "crash", severity: 3))
/// let report = try await flock.runUntilIdle()
/// ```
public final class Flock: Sendable {
  public let store: any BlackboardStore
  public let configuration: FlockConfiguration
  public let clock: any FlockClock
  public let registry: Registry
  let node: Node
  let agents: [AgentRuntime]
  private let ids: Mutex<IDGenerator>
  private let life: Mutex<Life>

  private struct Life {
    enum Phase { case new, starting, running, stopped }
    var phase = Phase.new
    var waiters: [CheckedContinuation<Void, any Error>] = []
    var stopWaiters: [CheckedContinuation<Void, Never>] = []
  }

  /// - Throws: ``FlockError`` with `.invalidConfiguration` that names the agent and what to change.
  public init(
    agents: [Agent], store: any BlackboardStore = MemoryStore(), configuration: FlockConfiguration = FlockConfiguration(),
    clock: any FlockClock = SystemClock()
  ) throws {
    registry = try Registry(
      agents.map(\.definition), namespace: configuration.kernel.namespace, shardCount: store.shardCount)
    self.agents = try agents.enumerated().map { index, agent in
      guard let engine = agent.engine else {
        throw FlockError(.invalidConfiguration, "agent '\(agent.name)' has no engine; add runs { ... } or runs(on:)")
      }
      guard !agent.definition.subscriptions.isEmpty || !agent.definition.outputs.isEmpty else {
        throw FlockError(.invalidConfiguration, "agent '\(agent.name)' neither consumes nor publishes anything")
      }
      return AgentRuntime(agent, index: index, engine: engine)
    }
    self.store = store
    self.configuration = configuration
    self.clock = clock
    var generator = SystemRandomNumberGenerator()
    ids = Mutex(IDGenerator(seed: generator.next()))
    life = Mutex(Life())
    node = Node(agents: self.agents, registry: registry, store: store, clock: clock, configuration: configuration)
  }

  // MARK: Life

  /// Takes over the store's shards, resumes what is unfinished, and begins to work. Publishing before is allowed: what
  /// was published waits. Called by ``runUntilIdle(flush:)`` and ``run()`` if need be; a second call does nothing.
  /// - Throws: ``FlockError`` with `.ownedElsewhere` that names the owner, `.subscriptionChanged`, `.corruptStore`.
  public func start() async throws {
    let isFirst = try life.withLock { life -> Bool? in
      switch life.phase {
      case .new:
        life.phase = .starting
        return true
      case .starting: return nil
      case .running: return false
      case .stopped: throw FlockError(.shutDown, "this flock was shut down; make a new one")
      }
    }
    if isFirst == false { return }
    if isFirst == nil { return try await waitUntilStarted() }
    do {
      for hooks in configuration.hooks { try await hooks.willStart() }
      for agent in agents {
        try await agent.engine.start()
        for hooks in agent.hooks { try await hooks.didStart(agent: agent.name) }
      }
      try await node.start()
    } catch {
      let waiters = life.withLock { life in
        life.phase = .new
        defer { life.waiters = [] }
        return life.waiters
      }
      for waiter in waiters { waiter.resume(throwing: error) }
      throw error
    }
    let waiters = life.withLock { life in
      life.phase = .running
      defer { life.waiters = [] }
      return life.waiters
    }
    for waiter in waiters { waiter.resume() }
  }

  private func waitUntilStarted() async throws {
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
      let isOver = life.withLock { life -> Bool in
        if life.phase == .starting {
          life.waiters.append(continuation)
          return false
        }
        return true
      }
      if isOver { continuation.resume() }
    }
  }

  /// Works until ``shutdown(grace:)``, or until the task is cancelled, which shuts down.
  public func run() async throws {
    try await start()
    await withTaskCancellationHandler {
      await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
        let isOver = life.withLock { life -> Bool in
          if life.phase == .stopped || Task.isCancelled { return true }
          life.stopWaiters.append(continuation)
          return false
        }
        if isOver { continuation.resume() }
      }
    } onCancel: {
      let waiters = life.withLock { life in
        defer { life.stopWaiters = [] }
        return life.stopWaiters
      }
      for waiter in waiters { waiter.resume() }
    }
    try await shutdown()
    try node.throwIfFailed()
  }

  /// Lets running runs end within the grace, returns the others, commits, and gives the shards up: what is unfinished goes
  /// on after a restart. May be called again.
  /// - Parameter grace: `nil` is the configuration's.
  public func shutdown(grace: Duration? = nil) async throws {
    let (wasRunning, waiters) = life.withLock { life in
      let wasRunning = life.phase == .running
      life.phase = .stopped
      defer { life.stopWaiters = [] }
      return (wasRunning, life.stopWaiters)
    }
    defer { for waiter in waiters { waiter.resume() } }
    guard wasRunning else { return }
    try await node.stop(grace: grace ?? configuration.shutdownGrace)
    for agent in agents.reversed() {
      for hooks in agent.hooks.reversed() { await hooks.didStop(agent: agent.name) }
      await agent.engine.stop()
    }
    for hooks in configuration.hooks.reversed() { await hooks.didStop() }
    node.observers.endAll()
  }

  /// Events of this process, bounded; see ``FlockEvents``.
  public func events() -> FlockEvents { node.observers.add() }

  func nextIDs(_ count: Int, at now: Timestamp) -> [ArtifactID] {
    ids.withLock { ids in
      var made: [ArtifactID] = []
      made.reserveCapacity(count)
      for _ in 0..<count { made.append(ids.next(at: now)) }
      return made
    }
  }
}
