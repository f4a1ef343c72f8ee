public import FlockCore

/// The stored form of artifacts and records where a store keeps them as bytes: versioned, and readable for as long as
/// golden files of a version exist.
public enum ArtifactCoding {
  public static let version: UInt8 = 1

  public static func encode(_ artifact: Artifact, into writer: inout ByteWriter) throws {
    writer.write(version)
    writer.write(artifact.id.value)
    writer.write(artifact.type.name)
    writer.write(UInt32(artifact.type.version))
    writer.write(try artifact.payload.encoded())
    writer.write(artifact.producer.name)
    writer.write(artifact.correlation.value)
    writer.write(artifact.partitionKey != nil)
    if let key = artifact.partitionKey { writer.write(key) }
    writer.writeCount(artifact.tags.names.count)
    for tag in artifact.tags.names { writer.write(tag) }
    encode(artifact.visibility, into: &writer)
    writer.write(artifact.createdAt)
    writer.write(artifact.run.value)
    let parents = artifact.parents.ids
    writer.writeCount(parents.count)
    for parent in parents { writer.write(parent.value) }
    writer.write(artifact.depth)
  }

  public static func decode(_ reader: inout ByteReader) throws -> Artifact {
    let version = try reader.uint8()
    guard version == ArtifactCoding.version else {
      throw FlockError(.unsupportedVersion, "an artifact is stored in encoding \(version); this program reads \(Self.version)")
    }
    let id = ArtifactID(try reader.uniqueID())
    let name = try reader.string()
    let typeVersion = Int(try reader.uint32())
    guard ArtifactType.isValid(name: name), typeVersion >= 1 else {
      throw FlockError(.corruptStore, "a stored artifact has no valid type")
    }
    let type = ArtifactType(name, version: typeVersion)
    let payload = EncodedPayload(bytes: try reader.data(), version: typeVersion)
    let producer = Symbol(try reader.string())
    let correlation = CorrelationID(try reader.uniqueID())
    let partitionKey = try reader.bool() ? try reader.string() : nil
    var tags: [String] = []
    for _ in 0..<(try reader.elements()) { tags.append(try reader.string()) }
    let visibility = try decodeVisibility(&reader, depth: 1)
    let createdAt = try reader.timestamp()
    let run = RunID(try reader.uniqueID())
    var parents: [ArtifactID] = []
    for _ in 0..<(try reader.elements(minimumSize: 16)) { parents.append(ArtifactID(try reader.uniqueID())) }
    return Artifact(
      id: id, type: type, payload: payload, producer: producer, correlation: correlation, partitionKey: partitionKey,
      tags: Tags(tags), visibility: visibility, createdAt: createdAt, run: run, parents: Parents(parents),
      depth: try reader.uint32())
  }

  public static func encode(_ visibility: Visibility, into writer: inout ByteWriter) {
    func optional(_ rule: Visibility?) {
      writer.write(rule != nil)
      if let rule { encode(rule, into: &writer) }
    }
    func names(_ list: [String]) {
      writer.writeCount(list.count)
      for name in list { writer.write(name) }
    }
    switch visibility {
    case .public: writer.write(0 as UInt8)
    case .agents(let list, let otherwise):
      writer.write(1 as UInt8)
      names(list)
      optional(otherwise)
    case .labels(let list, let otherwise):
      writer.write(2 as UInt8)
      names(list)
      optional(otherwise)
    case .tenant(let tenant, let otherwise):
      writer.write(3 as UInt8)
      writer.write(tenant)
      optional(otherwise)
    case .after(let delay, let then):
      writer.write(4 as UInt8)
      writer.write(delay.inNanoseconds)
      encode(then, into: &writer)
    }
  }

  public static func decodeVisibility(_ reader: inout ByteReader, depth: Int = 1) throws -> Visibility {
    guard depth <= Visibility.maximumDepth else {
      throw FlockError(.corruptStore, "a stored visibility rule is nested deeper than \(Visibility.maximumDepth)")
    }
    func names() throws -> [String] {
      var list: [String] = []
      for _ in 0..<(try reader.elements()) { list.append(try reader.string()) }
      return list
    }
    func optional() throws -> Visibility? {
      try reader.bool() ? try decodeVisibility(&reader, depth: depth + 1) : nil
    }
    switch try reader.uint8() {
    case 0: return .public
    case 1: return .agents(try names(), otherwise: try optional())
    case 2: return .labels(try names(), otherwise: try optional())
    case 3: return .tenant(try reader.string(), otherwise: try optional())
    case 4: return .after(.nanoseconds(try reader.int64()), then: try decodeVisibility(&reader, depth: depth + 1))
    case let kind: throw FlockError(.corruptStore, "a stored visibility rule has the unknown kind \(kind)")
    }
  }
}

/// The stored form of a log's records.
public enum RecordCoding {
  /// The kinds, as stores keep them beside the bytes.
  public enum Kind: UInt8, Sendable {
    case artifact = 1
    case relay = 2
    case invocation = 3
    case control = 4
  }

  public static func kind(of record: LogRecord) -> Kind {
    switch record {
    case .artifact: .artifact
    case .relay: .relay
    case .invocation: .invocation
    case .control: .control
    }
  }

  public static func encode(_ record: LogRecord) throws -> [UInt8] {
    var writer = ByteWriter(capacity: 256)
    writer.write(kind(of: record).rawValue)
    switch record {
    case .artifact(let artifact):
      try ArtifactCoding.encode(artifact, into: &writer)
    case .invocation(let invocation):
      writer.write(invocation.agent.name)
      try ArtifactCoding.encode(invocation.artifact, into: &writer)
    case .relay(let relay):
      writer.write(UInt32(relay.sourceShard))
      writer.write(UInt32(relay.targetShard))
      writer.write(relay.sequence)
      writer.write(relay.index)
      writer.write(relay.stage.rawValue)
      writer.write(relay.subscription.value)
      writer.write(relay.key)
      writer.write(relay.correlation.value)
      writer.writeCount(relay.artifacts.count)
      for artifact in relay.artifacts { try ArtifactCoding.encode(artifact, into: &writer) }
    case .control(let control):
      encode(control, into: &writer)
    }
    return writer.bytes
  }

  private static func encode(_ control: Control, into writer: inout ByteWriter) {
    writer.write(control.requestedBy)
    writer.write(Int64(control.shard ?? -1))
    switch control.command {
    case .replay(let run, let number, let fresh):
      writer.write(1 as UInt8)
      writer.write(run.value)
      writer.write(number)
      writer.write(fresh)
    case .drop(let run, let number):
      writer.write(2 as UInt8)
      writer.write(run.value)
      writer.write(number)
    case .cancelRun(let run):
      writer.write(3 as UInt8)
      writer.write(run.value)
    case .cancelCorrelation(let correlation):
      writer.write(4 as UInt8)
      writer.write(correlation.value)
    }
  }

  public static func decode(_ bytes: [UInt8]) throws -> LogRecord {
    var reader = ByteReader(bytes)
    switch Kind(rawValue: try reader.uint8()) {
    case .artifact:
      return .artifact(try ArtifactCoding.decode(&reader))
    case .invocation:
      let agent = Symbol(try reader.string())
      return .invocation(Invocation(agent: agent, artifact: try ArtifactCoding.decode(&reader)))
    case .relay:
      return .relay(try decodeRelay(&reader))
    case .control:
      return .control(try decodeControl(&reader))
    case nil:
      throw FlockError(.corruptStore, "a log record has an unknown kind")
    }
  }

  private static func decodeRelay(_ reader: inout ByteReader) throws -> Relay {
    let source = Int(try reader.uint32())
    let target = Int(try reader.uint32())
    let sequence = try reader.int64()
    let index = try reader.int32()
    guard let stage = Relay.Stage(rawValue: try reader.uint8()) else {
      throw FlockError(.corruptStore, "a relay has an unknown stage")
    }
    let subscription = SubscriptionID(try reader.uint64())
    let key = try reader.uniqueID()
    let correlation = CorrelationID(try reader.uniqueID())
    var artifacts: [Artifact] = []
    for _ in 0..<(try reader.elements(minimumSize: 64)) { artifacts.append(try ArtifactCoding.decode(&reader)) }
    return Relay(
      sourceShard: source, targetShard: target, sequence: sequence, index: index, stage: stage,
      subscription: subscription, key: key, correlation: correlation, artifacts: artifacts)
  }

  private static func decodeControl(_ reader: inout ByteReader) throws -> Control {
    let requestedBy = try reader.string()
    let shard = try reader.int64()
    let command: Control.Command
    switch try reader.uint8() {
    case 1:
      let run = RunID(try reader.uniqueID())
      let number = try reader.uint32()
      command = .replay(run: run, number: number, fresh: try reader.bool())
    case 2:
      let run = RunID(try reader.uniqueID())
      command = .drop(run: run, number: try reader.uint32())
    case 3: command = .cancelRun(RunID(try reader.uniqueID()))
    case 4: command = .cancelCorrelation(CorrelationID(try reader.uniqueID()))
    case let kind: throw FlockError(.corruptStore, "a control record has the unknown command \(kind)")
    }
    return Control(command, shard: shard < 0 ? nil : Int(shard), requestedBy: requestedBy)
  }
}
