import FlockCore

/// The values of a shard's state. Each begins with the version of its encoding.
enum StateCoding {
  static let version: UInt8 = 1

  static func writer() -> ByteWriter {
    var writer = ByteWriter(capacity: 64)
    writer.write(version)
    return writer
  }

  static func reader(_ bytes: [UInt8]) throws -> ByteReader {
    var reader = ByteReader(bytes)
    let found = try reader.uint8()
    guard found == version else {
      throw FlockError(.unsupportedVersion, "state is stored in encoding \(found); this program reads \(version)")
    }
    return reader
  }

  static func write(_ refs: InputRefs, into writer: inout ByteWriter) {
    let list = refs.list
    writer.writeCount(list.count)
    for ref in list {
      writer.write(ref.offset)
      writer.write(ref.index)
    }
  }

  static func refs(_ reader: inout ByteReader) throws -> [InputRef] {
    var list: [InputRef] = []
    for _ in 0..<(try reader.elements(minimumSize: 12)) {
      list.append(InputRef(offset: try reader.int64(), index: try reader.int32()))
    }
    return list
  }

  static func encode(_ entry: RunEntry, registry: Registry) -> [UInt8] {
    var writer = writer()
    let subscription = entry.subscription >= 0 ? registry.subscriptions[Int(entry.subscription)].id.value : 0
    writer.write(subscription)
    writer.write(registry.agents[Int(entry.agentIndex)].name)
    writer.write(entry.phase == .held ? RunEntry.Phase.open.rawValue : entry.phase.rawValue)
    writer.write(entry.replayNumber)
    writer.write(entry.attempt)
    writer.write(entry.crashes)
    writer.write(entry.correlation.value)
    writer.write(entry.createdAt)
    writer.write(entry.phase == .ended ? entry.endedAt : entry.dueAt)
    switch entry.trigger {
    case .artifacts: writer.write(0 as UInt8)
    case .batch: writer.write(1 as UInt8)
    case .timer(let occurrence, let iteration):
      writer.write(2 as UInt8)
      writer.write(occurrence)
      writer.write(Int64(iteration))
    case .invocation: writer.write(3 as UInt8)
    }
    write(entry.refs, into: &writer)
    return writer.bytes
  }

  static func encode(_ entry: CorrelationEntry, leaves: [CompiledLeaf]) -> [UInt8] {
    var writer = writer()
    writer.write(entry.runs)
    writer.write(entry.isCancelled)
    writer.write(entry.lastSeen)
    let counted = entry.counts.indices.filter { entry.counts[$0] != 0 }
    writer.writeCount(counted.count)
    for index in counted {
      writer.write(leaves[index].key)
      writer.write(entry.counts[index])
    }
    return writer.bytes
  }

  static func encode(_ step: Ledger.Step, freshNumber: UInt32) -> [UInt8] {
    var writer = writer()
    writer.write(freshNumber)
    writer.write(step.digest)
    writer.write(step.isIdempotent)
    writer.write(step.state.rawValue)
    writer.write(step.failures)
    writer.write(step.isPermitted)
    writer.write(step.result)
    return writer.bytes
  }
}
