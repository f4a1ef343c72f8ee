public import FlockCore

/// Which artifacts; everything that is set must hold.
public struct ArtifactFilter: Sendable, Hashable {
  /// Any of these type names.
  public var types: [String] = []
  /// Any of these producers; `external` is a publisher outside.
  public var producers: [String] = []
  public var correlation: CorrelationID?
  /// All of these tags.
  public var tags = Tags()
  /// Any of these outermost rules.
  public var visibility: [Visibility.Kind] = []
  /// Created at or after.
  public var from: Timestamp?
  /// Created before.
  public var until: Timestamp?
  /// Only what this identity may see at `visibleAt`. `nil` is the operator's view: everything.
  public var identity: Identity?
  /// The instant for ``identity``; `nil` is now.
  public var visibleAt: Timestamp?

  public init() {}

  /// The same rules in memory, for one artifact.
  public func accepts(_ artifact: Artifact, now: Timestamp) -> Bool {
    if !types.isEmpty, !types.contains(artifact.type.name) { return false }
    if !producers.isEmpty, !producers.contains(artifact.producer.name) { return false }
    if let correlation, artifact.correlation != correlation { return false }
    if !tags.isEmpty, !artifact.tags.isSuperset(of: tags) { return false }
    if !visibility.isEmpty, !visibility.contains(artifact.visibility.kind) { return false }
    if let from, artifact.createdAt < from { return false }
    if let until, artifact.createdAt >= until { return false }
    if let identity, !artifact.visibility.isVisible(to: identity, createdAt: artifact.createdAt, at: visibleAt ?? now) {
      return false
    }
    return true
  }
}

/// A page of artifacts by keyset: stable while others publish.
public struct ArtifactQuery: Sendable, Hashable {
  public static let maximumLimit = 10_000

  public enum Order: String, Sendable, Hashable, CaseIterable {
    case oldestFirst, newestFirst
  }

  public var filter = ArtifactFilter()
  /// 1 to ``maximumLimit``. Default 50.
  public var limit = 50
  public var order = Order.oldestFirst
  /// What ``ArtifactPage/next`` of the page before held.
  public var after: Cursor?

  /// Artifacts are ordered by creation, then by id.
  public struct Cursor: Sendable, Hashable, CustomStringConvertible, LosslessStringConvertible {
    public var createdAt: Timestamp
    public var id: ArtifactID

    public init(createdAt: Timestamp, id: ArtifactID) {
      self.createdAt = createdAt
      self.id = id
    }

    public var description: String { "\(createdAt.nanoseconds)-\(id)" }

    public init?(_ description: String) {
      guard let dash = description.firstIndex(of: "-"), let instant = Int64(description[..<dash]),
        let id = ArtifactID(String(description[description.index(after: dash)...]))
      else { return nil }
      self.init(createdAt: Timestamp(nanoseconds: instant), id: id)
    }
  }

  public init() {}

  /// - Throws: ``FlockError`` with `.limitExceeded`.
  public func validate() throws {
    guard (1...ArtifactQuery.maximumLimit).contains(limit) else {
      throw FlockError(.limitExceeded, "a page has 1 to \(ArtifactQuery.maximumLimit) artifacts, not \(limit)")
    }
  }
}

public struct ArtifactPage: Sendable {
  public var artifacts: [Artifact]
  /// For the next page; `nil` at the end.
  public var next: ArtifactQuery.Cursor?

  public init(artifacts: [Artifact], next: ArtifactQuery.Cursor?) {
    self.artifacts = artifacts
    self.next = next
  }
}

public struct BoardSummary: Sendable, Hashable {
  public var total = 0
  public var byType: [String: Int] = [:]
  public var byProducer: [String: Int] = [:]
  public var byVisibility: [String: Int] = [:]
  public var byTag: [String: Int] = [:]
  public var earliest: Timestamp?
  public var latest: Timestamp?

  public init() {}

  public mutating func add(_ artifact: Artifact) {
    total += 1
    byType[artifact.type.name, default: 0] += 1
    byProducer[artifact.producer.name, default: 0] += 1
    byVisibility[artifact.visibility.kind.rawValue, default: 0] += 1
    for tag in artifact.tags.names { byTag[tag, default: 0] += 1 }
    earliest = min(earliest ?? artifact.createdAt, artifact.createdAt)
    latest = max(latest ?? artifact.createdAt, artifact.createdAt)
  }
}

/// That a run consumed an artifact.
public struct Consumption: Sendable, Hashable {
  public var artifact: ArtifactID
  public var agent: String
  public var run: RunID
  public var replayNumber: UInt32
  public var at: Timestamp

  public init(artifact: ArtifactID, agent: String, run: RunID, replayNumber: UInt32, at: Timestamp) {
    self.artifact = artifact
    self.agent = agent
    self.run = run
    self.replayNumber = replayNumber
    self.at = at
  }
}
