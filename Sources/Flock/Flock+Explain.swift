public import FlockCore
public import FlockKernel
import Synchronization

/// Why each agent did or did not run for an artifact.
public struct Explanation: Sendable {
  public struct Line: Sendable, Hashable {
    public enum Verdict: String, Sendable {
      /// A run consumed it.
      case fired
      /// It waits in a group, a batch, for its visibility or its turn.
      case waiting
      /// It was looked at and refused.
      case refused
      /// The subscription is not on its type.
      case otherType
      /// No reason is kept: it was refused longer ago than reasons are kept, or is not matched yet.
      case unknown
    }

    public let agent: String
    public let subscription: String
    public let verdict: Verdict
    /// For a person.
    public let detail: String
  }

  public let artifact: Artifact
  public let lines: [Line]
  public let consumptions: [Consumption]
}

extension Flock {
  /// What every subscription made of an artifact.
  /// - Throws: ``FlockError`` with `.notFound`.
  public func explain(_ id: ArtifactID) async throws -> Explanation {
    guard let artifact = try await store.artifact(id) else {
      throw FlockError(.notFound, "there is no artifact \(id) on this board")
    }
    let waiting = try await isRunning ? report().waiting : []
    return try await Explainer(store: store, registry: registry).explain(artifact, waiting: waiting)
  }

  private var isRunning: Bool {
    node.state.withLock { state in
      if case .running = state.phase { return true }
      return false
    }
  }
}

/// Puts an explanation together from a store's history; works on a store that nobody runs, too.
public struct Explainer: Sendable {
  private let store: any BlackboardStore
  private let registry: Registry

  public init(store: any BlackboardStore, registry: Registry) {
    self.store = store
    self.registry = registry
  }

  public func explain(_ artifact: Artifact, waiting: [WaitingItem] = []) async throws -> Explanation {
    let reasons = try await store.reasons(for: artifact.id)
    let consumptions = try await store.consumptions(of: artifact.id)
    var outcomes: [SubscriptionID: [Outcome]] = [:]
    for consumption in consumptions {
      for outcome in try await store.outcomes(of: consumption.run) where outcome.replayNumber == consumption.replayNumber {
        outcomes[outcome.subscription, default: []].append(outcome)
      }
    }
    let lines = registry.subscriptions.map { subscription in
      line(subscription, artifact, reasons, outcomes[subscription.id] ?? [], waiting)
    }
    return Explanation(artifact: artifact, lines: lines, consumptions: consumptions)
  }

  private func line(
    _ subscription: CompiledSubscription, _ artifact: Artifact, _ reasons: [NonFiring], _ outcomes: [Outcome],
    _ waiting: [WaitingItem]
  ) -> Explanation.Line {
    func line(_ verdict: Explanation.Line.Verdict, _ detail: String) -> Explanation.Line {
      Explanation.Line(agent: subscription.agent.name, subscription: subscription.name, verdict: verdict, detail: detail)
    }
    guard subscription.inputs.contains(where: { $0.type.symbol == artifact.type.symbol }) else {
      let types = subscription.inputs.map(\.type.name).joined(separator: ", ")
      return line(.otherType, types.isEmpty ? "it runs by the clock" : "it consumes \(types), not \(artifact.type.name)")
    }
    if let outcome = outcomes.last {
      let end = outcome.failure.map { "\($0.cause.word): \($0.message)" } ?? "\(outcome.outputCount) artifacts published"
      return line(.fired, "run \(outcome.run) ended as \(outcome.kind) after \(outcome.attempts) attempts: \(end)")
    }
    if let item = waiting.first(where: {
      $0.agent == subscription.agent.name && $0.subscription == subscription.name && $0.artifacts.contains(artifact.id)
    }) {
      return line(.waiting, "\(item.kind.rawValue): \(item.detail)" + (item.until.map { ", until \($0)" } ?? ""))
    }
    if let reason = reasons.last(where: { $0.subscription == subscription.id }) {
      return line(.refused, Explainer.words(reason.reason, subscription))
    }
    return line(.unknown, "no reason is kept: it is not matched yet, runs now, or was refused longer ago than reasons are kept")
  }

  static func words(_ reason: NonFiring.Reason, _ subscription: CompiledSubscription) -> String {
    switch reason {
    case .source: "its producer is not among the subscription's sources"
    case .tags: "it lacks the tags that the subscription asks for"
    case .selfTrigger: "the agent made it itself; allowsSelfTrigger() permits that"
    case .visibility: "the agent's identity may not see it"
    case .predicate: "the predicate said no"
    case .predicateFailed: "the predicate or the join key threw an error, which counts as no"
    case .until: "the subscription's until holds in its correlation"
    case .correlationCancelled: "its correlation was cancelled"
    case .runLimit: "its correlation had its number of runs; the run is a dead letter"
    case .windowExpired: "its group's window ended before the group was complete"
    case .poolLimit: "the subscription held too many artifacts and this group was the oldest"
    case .duplicate: "the same id was there already"
    case .visibleLater: "it is hidden until later"
    case .undecodable: "its payload does not decode as what the subscription reads; the run is a dead letter"
    case .paused: "the subscription has too many dead letters and waits until some are replayed or dropped"
    }
  }
}

/// The ancestors or the descendants of an artifact.
public struct Lineage: Sendable {
  public enum Direction: String, Sendable, CaseIterable {
    case up, down
  }

  /// From one artifact to its parent.
  public struct Edge: Sendable, Hashable {
    public let child: ArtifactID
    public let parent: ArtifactID
  }

  public let artifacts: [Artifact]
  public let edges: [Edge]
  /// More artifacts belong to it than the limit allowed.
  public let isCut: Bool
}

extension BlackboardStore {
  /// Walks the lineage breadth first.
  /// - Parameter limit: artifacts at the most. Default 1 000.
  public func lineage(of id: ArtifactID, _ direction: Lineage.Direction, limit: Int = 1000) async throws -> Lineage {
    guard let first = try await artifact(id) else {
      throw FlockError(.notFound, "there is no artifact \(id) on this board")
    }
    var seen: Set<ArtifactID> = [id]
    var found = [first]
    var edges: [Lineage.Edge] = []
    var next = 0
    var isCut = false
    while next < found.count {
      let current = found[next]
      next += 1
      var neighbours: [Artifact] = []
      switch direction {
      case .up:
        for parent in current.parents.ids {
          edges.append(Lineage.Edge(child: current.id, parent: parent))
          if !seen.contains(parent), let artifact = try await artifact(parent) { neighbours.append(artifact) }
        }
      case .down:
        neighbours = try await children(of: current.id)
        for child in neighbours { edges.append(Lineage.Edge(child: child.id, parent: current.id)) }
      }
      for artifact in neighbours where seen.insert(artifact.id).inserted {
        guard found.count < limit else {
          isCut = true
          break
        }
        found.append(artifact)
      }
    }
    return Lineage(artifacts: found, edges: edges, isCut: isCut)
  }
}
