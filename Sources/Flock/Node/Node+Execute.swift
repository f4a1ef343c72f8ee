import FlockCore
import FlockKernel
import Synchronization

extension Node {
  /// One attempt, from the hooks before it to those after it. Never throws: the context holds the result.
  func execute(_ context: RunContext) async {
    let runtime = context.runtime
    if observers.isObserved { observers.started(context) }
    do {
      if runtime.contextProvider != nil || context.recordedContext != nil { try await prepareBoard(context) }
      for hooks in runtime.runHooks { try await hooks.willRun(context) }
      if let function = runtime.function {
        try await function.body(context)
      } else {
        try await runtime.engine.run(context)
      }
      let outputs = try context.finish()
      for hooks in runtime.runHooks.reversed() { try await hooks.didRun(context) }
      context.result = .success(outputs)
    } catch {
      context.close()
      context.result = classify(context, error)
      for hooks in runtime.runHooks.reversed() { await hooks.didFail(context, error) }
    }
  }

  /// What the agent is shown: chosen by its provider, bounded and filtered here.
  private func prepareBoard(_ context: RunContext) async throws {
    if let recorded = context.recordedContext {
      context.board = try ContextCoding.decode(recorded)
      return
    }
    guard let provider = context.runtime.contextProvider else { return }
    let now = clock.now()
    let identity = context.runtime.identity
    let request = ContextRequest(
      identity: identity, correlation: context.correlation, inputs: context.artifacts, store: store, now: now)
    let inputs = Set(context.artifacts.map(\.id))
    var bytes = 0
    var shown: [Artifact] = []
    for artifact in try await provider.artifacts(for: request) {
      guard shown.count < provider.maximumArtifacts else { break }
      guard !inputs.contains(artifact.id),
        artifact.visibility.isVisible(to: identity, createdAt: artifact.createdAt, at: now)
      else { continue }
      bytes += try artifact.payload.encoded().count
      guard bytes <= provider.maximumBytes else { break }
      shown.append(artifact)
    }
    context.board = shown
  }

  private func classify(_ context: RunContext, _ error: any Error) -> AttemptResult {
    if context.status == .cancelling { return ended(context) }
    let violation = context.buffer.withLock { $0.violation }
    let cause = violation ?? error
    let step = context.buffer.withLock { buffer -> StepKey? in
      guard let last = buffer.lastStepFailure, String(describing: last.error) == String(describing: error) else { return nil }
      return last.key
    }
    func failure(_ cause: Failure.Cause, _ message: String, isRetriable: Bool = false) -> AttemptResult {
      .failure(Failure(cause, message), isRetriable: isRetriable, step: step)
    }
    switch cause {
    case let refused as StepRefused:
      return .failure(refused.failure, isRetriable: false, step: nil)
    case let oversized as OversizedOutcome:
      return failure(
        .oversized, "the run published \(oversized.bytes) bytes; the store takes \(maximumOutcomeBytes) in one outcome")
    case let permanent as PermanentFailure:
      return failure(.permanent, permanent.message)
    case let error as FlockError:
      switch error.code {
      case .contractViolation: return failure(.contractViolation, error.message)
      case .decodingFailed, .unsupportedVersion: return failure(.undecodable, error.message)
      case .shutDown: return .returned
      default: return failure(.attemptsExhausted, error.description, isRetriable: !error.isFatal)
      }
    default:
      return failure(.attemptsExhausted, describe(cause), isRetriable: true)
    }
  }

  // MARK: Steps

  func ask(
    _ context: RunContext, _ key: StepKey, digest: UniqueID, isIdempotent: Bool, context shown: [UInt8]?
  ) async throws -> StepAnswer {
    try await withCheckedThrowingContinuation { continuation in
      request(.ask(context, key, digest: digest, isIdempotent: isIdempotent, context: shown, continuation), Int(context.shard))
    }
  }

  func record(_ context: RunContext, _ key: StepKey, _ result: StepResult) async throws {
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
      request(.record(context, key, result, continuation), Int(context.shard))
    }
  }

  private func request(_ request: StepRequest, _ shard: Int) {
    do {
      try post(shard, isUrgent: true) { $0.steps.append(request) }
    } catch {
      request.fail(error)
    }
  }
}
