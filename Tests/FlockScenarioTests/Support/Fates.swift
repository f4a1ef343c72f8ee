import Flock
import FlockCore
import FlockKernel
import Testing

/// What became of an agent's inputs: the judge of rules that depend on the order of arrival.
///
/// It knows nothing of how sets are made. It only holds the board to its promise that each input ends in exactly one place.
struct Fates: Sendable {
  /// The inputs of each run.
  var sets: [[ArtifactID]] = []
  /// What waits in a group or a batch.
  var leftOver: [ArtifactID] = []
  /// What was let go, with a reason that the board still knows.
  var expired: [ArtifactID] = []

  var sizes: [Int] { sets.map(\.count).sorted() }

  /// - Parameter inputs: everything that the agent's subscriptions accepted.
  func expectEachOnce(_ inputs: [Artifact], sourceLocation: SourceLocation = #_sourceLocation) {
    var places: [ArtifactID: Int] = [:]
    for id in sets.joined() { places[id, default: 0] += 1 }
    for id in leftOver { places[id, default: 0] += 1 }
    for id in expired { places[id, default: 0] += 1 }
    for input in inputs {
      #expect(places.removeValue(forKey: input.id) == 1, "\(input) is not in exactly one place", sourceLocation: sourceLocation)
    }
    #expect(places.isEmpty, "something that is no input was consumed", sourceLocation: sourceLocation)
  }
}

extension Board {
  /// - Parameter inputs: artifacts whose end is asked for.
  func fates(of inputs: [Artifact], agent: String) async throws -> Fates {
    var fates = Fates()
    fates.sets = try await outcomes(of: agent).map(\.inputs.ids)
    fates.leftOver = try await flock.report().waiting
      .filter { $0.agent == agent && [.gate, .join, .batch, .activation].contains($0.kind) }.flatMap(\.artifacts)
    let ends: Set<NonFiring.Reason> = [.windowExpired, .poolLimit, .until, .correlationCancelled]
    for input in inputs {
      let reasons = try await store.reasons(for: input.id).filter { reason in
        ends.contains(reason.reason) && flock.registry.subscription(reason.subscription)?.agent.name == agent
      }
      for _ in reasons { fates.expired.append(input.id) }
    }
    return fates
  }
}
