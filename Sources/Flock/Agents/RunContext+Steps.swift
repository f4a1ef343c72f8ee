import FlockCore
import FlockJSON
import FlockKernel
import Synchronization

/// Whether an effect may be made again when nobody knows whether it was made.
public enum Idempotency: Sendable, Hashable {
  /// Making it twice under the same key is as good as making it once: repeated after an unknown result.
  case idempotent
  /// After an unknown result a person decides: the run becomes a dead letter `unknownEffect`.
  case once
}

/// What a step's body needs to know.
public struct StepAttempt: Sendable {
  /// To hand to the service outside: the same for as long as the effect is the same one.
  public let idempotencyKey: String
}

/// A step that failed in an earlier attempt and fails again in the rerun, as it was recorded.
public struct RecordedStepFailure: Error, Sendable, CustomStringConvertible {
  public let step: String
  public let message: String
  public var description: String { message }
}

/// Thrown by a step's body when it is not known whether the effect happened: a cut connection, a time-out.
public struct UnknownEffect: Error, Sendable, CustomStringConvertible {
  public let message: String
  public init(_ message: String) { self.message = message }
  public var description: String { message }
}

extension RunContext {
  /// Makes an effect outside the blackboard exactly once per success: a model call, a tool call, a request.
  ///
  /// The intent is durable before the body runs and the result before this returns; a rerun is given the recorded result
  /// instead of making the effect again. A run must ask for the same steps with the same inputs each time.
  /// - Parameters:
  ///   - name: names the effect within the run; asked for again, it counts on. Concurrent steps need different names.
  ///   - input: what the effect depends on; its digest is kept.
  ///   - body: throws when the effect is known not to have happened, or ``UnknownEffect`` when that is not known.
  /// - Throws: what the body threw; ``RecordedStepFailure`` in a rerun that got past that failure; ``FlockError`` with
  ///   `.unknownEffect`, `.nondeterministicRun` or `.cancelled`.
  public func step<Input: Encodable & Sendable, Output: Codable & Sendable>(
    _ name: String, input: Input, idempotency: Idempotency = .once,
    _ body: (StepAttempt) async throws -> Output
  ) async throws -> Output {
    let digest = try RunContext.digest(of: input)
    let occurrence = try buffer.withLock { buffer in
      guard !buffer.isClosed else { throw FlockError(.cancelled, "run \(run) has ended; its steps are refused") }
      let occurrence = buffer.steps[name, default: 0]
      buffer.steps[name] = occurrence + 1
      return occurrence
    }
    let key = StepKey(name: name, occurrence: occurrence)
    let context = board.isEmpty ? nil : try ContextCoding.encode(board)
    switch try await node.ask(self, key, digest: digest, isIdempotent: idempotency == .idempotent, context: context) {
    case .replay(let bytes):
      return try JSONBytesDecoder().decode(StepValue<Output>.self, from: bytes).value
    case .replayFailure(let bytes):
      let failure = RecordedStepFailure(step: key.description, message: String(decoding: bytes, as: UTF8.self))
      // If it ends this attempt as well, the next one makes the step again.
      buffer.withLock { $0.lastStepFailure = (key, failure) }
      throw failure
    case .refused(let failure):
      let error = StepRefused(failure)
      buffer.withLock { if $0.violation == nil { $0.violation = error } }
      throw error.public
    case .begin(let idempotencyKey):
      return try await make(key, StepAttempt(idempotencyKey: idempotencyKey), body)
    }
  }

  /// A step without an input.
  public func step<Output: Codable & Sendable>(
    _ name: String, idempotency: Idempotency = .once, _ body: (StepAttempt) async throws -> Output
  ) async throws -> Output {
    try await step(name, input: "", idempotency: idempotency, body)
  }

  private func make<Output: Codable & Sendable>(
    _ key: StepKey, _ attempt: StepAttempt, _ body: (StepAttempt) async throws -> Output
  ) async throws -> Output {
    let value: Output
    do {
      value = try await body(attempt)
    } catch let error as UnknownEffect {
      // The intent stays without a result: the ledger's rule for unknown effects applies.
      throw error
    } catch is CancellationError {
      throw CancellationError()
    } catch {
      buffer.withLock { $0.lastStepFailure = (key, error) }
      try await node.record(self, key, .failed(Array(describe(error).utf8)))
      throw error
    }
    let bytes = try JSONBytesEncoder().encode(StepValue(value: value))
    guard bytes.count <= node.configuration.kernel.maximumStepBytes else {
      throw PermanentFailure(
        "step '\(key)' gave \(bytes.count) bytes; at most \(node.configuration.kernel.maximumStepBytes) are kept (maximumStepBytes)")
    }
    try await node.record(self, key, .succeeded(bytes))
    return value
  }

  private static func digest<Input: Encodable>(of input: Input) throws -> UniqueID {
    let bytes = try JSONBytesEncoder().encode(StepInput(value: input))
    var hasher = StableHasher(domain: .step)
    bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
    return hasher.finalize()
  }
}

/// A wrapper, so that a bare number or text is a document as well.
private struct StepValue<Value: Codable>: Codable {
  var value: Value
}

private struct StepInput<Value: Encodable>: Encodable {
  var value: Value
}

/// The ledger's refusal, with the cause that the dead letter will name.
struct StepRefused: Error {
  let failure: Failure

  init(_ failure: Failure) { self.failure = failure }

  var `public`: FlockError {
    switch failure.cause {
    case .unknownEffect: FlockError(.unknownEffect, failure.message)
    case .nondeterministicRun: FlockError(.nondeterministicRun, failure.message)
    case .cancelled: FlockError(.cancelled, failure.message)
    default: FlockError(.limitExceeded, failure.message)
    }
  }
}

/// The stored form of what a run was shown.
enum ContextCoding {
  static func encode(_ artifacts: [Artifact]) throws -> [UInt8] {
    var writer = ByteWriter(capacity: 512)
    writer.writeCount(artifacts.count)
    for artifact in artifacts { try ArtifactCoding.encode(artifact, into: &writer) }
    return writer.bytes
  }

  static func decode(_ bytes: [UInt8]) throws -> [Artifact] {
    var reader = ByteReader(bytes)
    var artifacts: [Artifact] = []
    for _ in 0..<(try reader.elements(minimumSize: 64)) { artifacts.append(try ArtifactCoding.decode(&reader)) }
    return artifacts
  }
}
