/// A typed, immutable fact on the blackboard.
///
/// A class with immutable properties: one reference is shared by everything that refers to the artifact.
public final class Artifact: Sendable {
  /// UUIDv7 for a published artifact, UUIDv8 for one that an agent produced.
  public let id: ArtifactID
  public let type: ArtifactType
  public let payload: Payload
  /// The agent that produced it, or ``Symbol/external``.
  public let producer: Symbol
  /// What it belongs to. A publication without a correlation begins its own, named by its id.
  public let correlation: CorrelationID
  /// Decides the shard in place of the correlation. At most 512 bytes of UTF-8.
  public let partitionKey: String?
  public let tags: Tags
  public let visibility: Visibility
  /// When it was published or produced, by the clock of the node that made it.
  public let createdAt: Timestamp
  /// The run that produced it; ``RunID/none`` for a published one.
  public let run: RunID
  /// The artifacts that its run consumed.
  public let parents: Parents
  /// 0 for a published artifact, one more than its deepest parent for a produced one.
  public let depth: UInt32

  public init(
    id: ArtifactID, type: ArtifactType, payload: Payload, producer: Symbol = .external,
    correlation: CorrelationID? = nil, partitionKey: String? = nil, tags: Tags = Tags(),
    visibility: Visibility = .public, createdAt: Timestamp, run: RunID = .none, parents: Parents = .none,
    depth: UInt32 = 0
  ) {
    self.id = id
    self.type = type
    self.payload = payload
    self.producer = producer
    self.correlation = correlation ?? CorrelationID(id.value)
    self.partitionKey = partitionKey
    self.tags = tags
    self.visibility = visibility
    self.createdAt = createdAt
    self.run = run
    self.parents = parents
    self.depth = depth
  }

  /// The payload as `T`, decoded when it is held as bytes.
  /// - Throws: ``FlockError`` with `.typeMismatch` when the artifact is of another type, `.decodingFailed` when its
  ///   bytes do not fit, `.unsupportedVersion` when nothing migrates its version.
  @inlinable
  public func value<T: ArtifactPayload>(as type: T.Type = T.self) throws -> T {
    guard self.type.symbol == T.artifactType.symbol else { throw mismatch(T.artifactType) }
    return try payload.value(as: type)
  }

  @usableFromInline
  func mismatch(_ wanted: ArtifactType) -> FlockError {
    FlockError(.typeMismatch, "artifact \(id) is a '\(type)', not a '\(wanted)'")
  }
}

extension Artifact: CustomStringConvertible {
  public var description: String { "\(type) \(id) by \(producer)" }
}

/// The artifacts that a run consumed, without an allocation for the usual one.
public enum Parents: Hashable, Sendable {
  case none
  case one(ArtifactID)
  case many([ArtifactID])

  public var ids: [ArtifactID] {
    switch self {
    case .none: []
    case .one(let id): [id]
    case .many(let ids): ids
    }
  }

  public init(_ ids: [ArtifactID]) {
    switch ids.count {
    case 0: self = .none
    case 1: self = .one(ids[0])
    default: self = .many(ids)
    }
  }
}
