public import FlockCore

/// Chooses what of the board an agent is shown beside its inputs.
///
/// It is asked after admission, when the run is about to begin. Whatever it returns, the shell then drops what the
/// agent's identity may not see, the run's own inputs and what exceeds the bounds: a provider cannot leak.
public protocol ContextProvider: Sendable {
  /// Artifacts at the most. Default 50.
  var maximumArtifacts: Int { get }
  /// Bytes of their payloads at the most, as JSON. Default 1 MiB.
  var maximumBytes: Int { get }

  func artifacts(for request: ContextRequest) async throws -> [Artifact]
}

extension ContextProvider {
  public var maximumArtifacts: Int { 50 }
  public var maximumBytes: Int { 1 << 20 }
}

/// Who asks, about what, and the board as that identity may see it.
public struct ContextRequest: Sendable {
  public let identity: Identity
  public let correlation: CorrelationID
  public let inputs: [Artifact]
  let store: any BlackboardStore
  let now: Timestamp

  /// The board, seen by the agent: the filter's identity is set by the shell.
  public func artifacts(_ query: ArtifactQuery) async throws -> ArtifactPage {
    var query = query
    query.filter.identity = identity
    query.filter.visibleAt = now
    return try await store.artifacts(query)
  }
}

/// The newest artifacts of the run's correlation, oldest first.
public struct CorrelatedContext: ContextProvider {
  public let maximumArtifacts: Int
  public let types: [String]

  public init(maximumArtifacts: Int = 50, types: [String] = []) {
    self.maximumArtifacts = maximumArtifacts
    self.types = types
  }

  public func artifacts(for request: ContextRequest) async throws -> [Artifact] {
    var query = ArtifactQuery()
    query.filter.correlation = request.correlation
    query.filter.types = types
    query.order = .newestFirst
    query.limit = min(ArtifactQuery.maximumLimit, maximumArtifacts + request.inputs.count)
    return try await request.artifacts(query).artifacts.reversed()
  }
}

/// The newest artifacts of the whole board, oldest first.
public struct RecentContext: ContextProvider {
  public let maximumArtifacts: Int
  public let types: [String]
  /// Only what is at most so old; `nil` is no bound.
  public let within: Duration?

  public init(maximumArtifacts: Int = 50, types: [String] = [], within: Duration? = nil) {
    self.maximumArtifacts = maximumArtifacts
    self.types = types
    self.within = within
  }

  public func artifacts(for request: ContextRequest) async throws -> [Artifact] {
    var query = ArtifactQuery()
    query.filter.types = types
    if let within { query.filter.from = Timestamp(nanoseconds: request.now.nanoseconds - within.inNanoseconds) }
    query.order = .newestFirst
    query.limit = min(ArtifactQuery.maximumLimit, maximumArtifacts + request.inputs.count)
    return try await request.artifacts(query).artifacts.reversed()
  }
}
