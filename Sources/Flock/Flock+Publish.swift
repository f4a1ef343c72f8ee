public import FlockCore
import FlockKernel
import Synchronization

/// How something is published. Every field has a default.
public struct PublishOptions: Sendable {
  /// What the artifact belongs to; by default it begins its own correlation.
  public var correlation: CorrelationID?
  public var tags = Tags()
  public var visibility = Visibility.public
  /// Decides the shard in place of the correlation.
  public var partitionKey: String?
  /// Makes the publication idempotent: the same id is stored once.
  public var id: ArtifactID?

  public init(
    correlation: CorrelationID? = nil, tags: Tags = Tags(), visibility: Visibility = .public, partitionKey: String? = nil,
    id: ArtifactID? = nil
  ) {
    self.correlation = correlation
    self.tags = tags
    self.visibility = visibility
    self.partitionKey = partitionKey
    self.id = id
  }

  func validate() throws {
    try tags.validate()
    try visibility.validate()
    if let partitionKey { try PublishLimits.check(partitionKey: partitionKey) }
  }
}

extension Flock {
  /// Publishes a value and returns when it is durable to the store's promise. Work starts at once.
  /// - Returns: the artifact, with its id and correlation.
  /// - Throws: ``FlockError`` with `.queueFull` when the backlog is full, `.limitExceeded`, `.encodingFailed`, or what a
  ///   hook refused; nothing is stored then.
  @inlinable @discardableResult
  public func publish<T: ArtifactPayload>(_ value: T, _ options: PublishOptions = PublishOptions()) async throws -> Artifact {
    try await publish(type: T.artifactType, payload: Box(value), options)
  }

  /// Publishes many values of one type in one step: all are stored or none.
  ///
  /// Each begins its own correlation unless the options name one.
  @inlinable @discardableResult
  public func publish<T: ArtifactPayload>(
    contentsOf values: some Collection<T>, _ options: PublishOptions = PublishOptions()
  ) async throws -> [Artifact] {
    try await publish(type: T.artifactType, payloads: values.map { Box($0) }, options)
  }

  /// The same for a payload whose type is only known at run time.
  @discardableResult
  public func publish(type: ArtifactType, payload: Payload, _ options: PublishOptions = PublishOptions()) async throws -> Artifact {
    try await publish(type: type, payloads: [payload], options)[0]
  }

  /// The same for many payloads. ``PublishOptions/id`` is allowed for one payload only.
  @discardableResult
  public func publish(
    type: ArtifactType, payloads: [Payload], _ options: PublishOptions = PublishOptions()
  ) async throws -> [Artifact] {
    guard !payloads.isEmpty else { return [] }
    try options.validate()
    guard options.id == nil || payloads.count == 1 else {
      throw FlockError(.invalidConfiguration, "an id names one artifact; \(payloads.count) are published together")
    }
    let now = clock.now()
    let ids = options.id.map { [$0] } ?? nextIDs(payloads.count, at: now)
    var artifacts: [Artifact] = []
    artifacts.reserveCapacity(payloads.count)
    for (index, payload) in payloads.enumerated() {
      artifacts.append(
        Artifact(
          id: ids[index], type: type, payload: try stored(payload, type), correlation: options.correlation,
          partitionKey: options.partitionKey, tags: options.tags, visibility: options.visibility, createdAt: now))
    }
    return try await publish(artifacts: artifacts)
  }

  /// Publishes artifacts that the caller made; their ids make it idempotent.
  /// - Throws: ``FlockError`` as for a value that is published.
  @discardableResult
  public func publish(artifacts: [Artifact]) async throws -> [Artifact] {
    var artifacts = artifacts
    for hooks in configuration.hooks {
      for index in artifacts.indices { artifacts[index] = try await hooks.willPublish(artifacts[index]) }
    }
    for artifact in artifacts { try PublishLimits.check(artifact, in: store) }
    try await append(artifacts.map(LogRecord.artifact))
    if node.observers.isObserved { node.observers.published(artifacts) }
    return artifacts
  }

  /// Appends within the backlog's bound.
  @discardableResult
  func append(_ records: [LogRecord]) async throws -> PublishReceipt {
    try await node.waitForRoom()
    let receipt = try await store.publish(records)
    node.noteAppended(receipt.positions)
    return receipt
  }

  func stored(_ payload: Payload, _ type: ArtifactType) throws -> Payload {
    guard store.keepsBytes else { return payload }
    let bytes = try payload.encoded()
    guard bytes.count <= store.maximumOutcomeBytes else {
      throw FlockError(
        .limitExceeded, "a '\(type)' of \(bytes.count) bytes; the store takes \(store.maximumOutcomeBytes) in one artifact")
    }
    return EncodedPayload(bytes: bytes, version: type.version)
  }
}

extension Node {
  /// Waits or throws while the shards are behind by more than the bound.
  func waitForRoom() async throws {
    guard state.withLock({ isBacklogFull($0) }) else { return }
    guard case .wait(let limit) = configuration.fullQueue else { throw queueFull() }
    let deadline = clock.now() + limit
    while state.withLock({ isBacklogFull($0) }) {
      try Task.checkCancellation()
      try throwIfFailed()
      guard clock.now() < deadline else { throw queueFull() }
      await clock.sleep(until: min(deadline, clock.now() + .milliseconds(5)))
    }
  }

  private func queueFull() -> FlockError {
    FlockError(
      .queueFull,
      "more than \(configuration.maximumBacklog) published records wait to be matched (maximumBacklog); publish again later",
      isRetriable: true)
  }
}
