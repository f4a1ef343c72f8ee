#if SQLite
import FlockCore
import FlockKernel

/// The stored form of a dead letter: everything, inputs included, so that it outlives the log.
enum SQLiteDeadLetterCoding {
  static let version: UInt8 = 1

  static func encode(_ letter: DeadLetter) throws -> [UInt8] {
    var writer = ByteWriter(capacity: 512)
    writer.write(version)
    writer.write(letter.run.value)
    writer.write(letter.replayNumber)
    writer.write(UInt32(letter.shard))
    writer.write(letter.subscription.value)
    writer.write(letter.agent)
    writer.write(letter.correlation.value)
    writer.write(letter.attempts)
    writer.write(letter.failure.cause.rawValue)
    writer.write(letter.failure.message)
    writer.write(letter.at)
    writer.writeCount(letter.steps.count)
    for step in letter.steps {
      writer.write(step.name)
      writer.writeCount(step.occurrence)
      writer.write(step.state.rawValue)
    }
    writer.writeCount(letter.inputs.count)
    for input in letter.inputs { try ArtifactCoding.encode(input, into: &writer) }
    return writer.bytes
  }

  static func decode(_ bytes: [UInt8]) throws -> DeadLetter {
    var reader = ByteReader(bytes)
    let found = try reader.uint8()
    guard found == version else {
      throw FlockError(.unsupportedVersion, "a dead letter is stored in encoding \(found); this program reads \(version)")
    }
    let run = RunID(try reader.uniqueID())
    let number = try reader.uint32()
    let shard = Int(try reader.uint32())
    let subscription = SubscriptionID(try reader.uint64())
    let agent = try reader.string()
    let correlation = CorrelationID(try reader.uniqueID())
    let attempts = try reader.uint32()
    guard let cause = Failure.Cause(rawValue: try reader.uint8()) else {
      throw SQLiteStoreError.damaged("a dead letter has an unknown cause")
    }
    let failure = Failure(cause, try reader.string())
    let at = try reader.timestamp()
    var steps: [StepSummary] = []
    for _ in 0..<(try reader.elements(minimumSize: 3)) {
      let name = try reader.string()
      let occurrence = try reader.count()
      guard let state = StepSummary.State(rawValue: try reader.uint8()) else {
        throw SQLiteStoreError.damaged("a dead letter has a step of unknown state")
      }
      steps.append(StepSummary(name: name, occurrence: occurrence, state: state))
    }
    var inputs: [Artifact] = []
    for _ in 0..<(try reader.elements(minimumSize: 64)) { inputs.append(try ArtifactCoding.decode(&reader)) }
    return DeadLetter(
      run: run, replayNumber: number, shard: shard, subscription: subscription, agent: agent, correlation: correlation,
      inputs: inputs, attempts: attempts, failure: failure, steps: steps, at: at)
  }
}
#endif
