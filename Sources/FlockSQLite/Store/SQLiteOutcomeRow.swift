#if SQLite
import FlockCore
import FlockKernel

/// Reads rows of `outcomes`.
enum SQLiteOutcomeRow {
  static let columns = """
    o.id, o.run, o.replay, o.subscription, o.agent, o.kind, o.attempts, o.correlation, o.inputs, o.output_count,
    o.first_output, o.outputs, o.started_at, o.finished_at, o.cause, o.message
    """

  static func outcome(_ row: SQLiteStatement) throws -> Outcome {
    let inputs = try row.isNull(8) ? [] : row.ids(8)
    guard let kind = UInt8(exactly: row.int64(5)).flatMap(Outcome.Kind.init(rawValue:)),
      let replay = UInt32(exactly: row.int64(2)), let attempts = UInt32(exactly: row.int64(6)),
      let count = Int32(exactly: row.int64(9)), let correlation = try row.isNull(7) ? inputs.first : row.id(7)
    else { throw SQLiteStoreError.damaged("outcome \(row.int64(0)) cannot be read") }
    var failure: Failure?
    if !row.isNull(14) {
      guard let cause = UInt8(exactly: row.int64(14)).flatMap(Failure.Cause.init(rawValue:)) else {
        throw SQLiteStoreError.damaged("outcome \(row.int64(0)) has an unknown cause")
      }
      failure = Failure(cause, row.string(15))
    }
    return Outcome(
      run: RunID(try row.id(1)), replayNumber: replay, subscription: SubscriptionID(UInt64(bitPattern: row.int64(3))),
      agent: Symbol(row.string(4)), kind: kind, attempts: attempts, correlation: CorrelationID(correlation),
      inputs: Parents(inputs.map { ArtifactID($0) }), outputCount: count,
      startedAt: Timestamp(nanoseconds: row.int64(12)), finishedAt: Timestamp(nanoseconds: row.int64(13)),
      failure: failure)
  }

  /// The keys of the artifacts that the run published.
  static func outputs(_ row: SQLiteStatement) throws -> [Int64] {
    if !row.isNull(11) { return try SQLiteBytes.keys(row.bytes(11)) }
    guard !row.isNull(10) else { return [] }
    let first = row.int64(10)
    return Array(first..<first + max(0, min(row.int64(9), Int64(Int32.max))))
  }
}
#endif
