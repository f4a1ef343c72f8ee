import Flock
import FlockCore
import FlockJSON
import FlockProcess

/// A step that failed, in the child's words: these are recorded, and given back in a rerun.
struct ReportedStepFailure: Error, CustomStringConvertible {
  let description: String
}

/// `RunContext.step` for a child: the step's body is the child's work between `begin` and `stepResult`.
extension Conversation {
  mutating func perform(_ request: ChildMessage.StepRequest) async throws {
    let context = self.context
    var isMade = false
    do {
      let value: String = try await context.step(
        request.name, input: request.input, idempotency: request.isIdempotent ? .idempotent : .once
      ) { attempt in
        isMade = true
        return try await make(request.name, attempt)
      }
      if isMade {
        try await send(Self.recorded)
      } else {
        try await send(Self.answer(request.name, "result", text: value))
      }
    } catch let error as ReportedStepFailure {
      lastStepFailure = (request.name, error)
      try await send(Self.recorded)
    } catch let error as RecordedStepFailure {
      lastStepFailure = (request.name, error)
      try await send(try Self.answer(request.name, "failure", .string(error.message)))
    }
  }

  /// - Throws: `ReportedStepFailure` when the child says that nothing happened; `CancellationError`; else
  ///   `UnknownEffect`, because a child that was told to begin may have begun.
  private mutating func make(_ name: String, _ attempt: StepAttempt) async throws -> String {
    do {
      try await send(
        try Self.answer(name, "begin", .object(JSONObject([("idempotencyKey", .string(attempt.idempotencyKey))]))))
      while let message = try await next() {
        switch message {
        case .stepResult(let report):
          guard report.name == name else { throw violation("the result of a step that is not open") }
          return try result(report)
        case .fail(let report):
          throw UnknownEffect("\(place): 'fail' while step '\(name)' is open: \(redaction.apply(report.message))")
        case .publish, .stream, .log: try take(message)
        case .step, .done, .ready: throw violation("step '\(name)' is open, 'stepResult' is expected")
        }
      }
      throw UnknownEffect("\(place): the output ended while step '\(name)' was open")
    } catch let error as ReportedStepFailure {
      throw error
    } catch let error as UnknownEffect {
      throw error
    } catch is CancellationError {
      throw CancellationError()
    } catch {
      throw UnknownEffect("step '\(name)' has an unknown result: \(describe(error))")
    }
  }

  private func result(_ report: ChildMessage.StepReport) throws -> String {
    switch report.result {
    case .ok(let text): return text
    case .error(let text): throw ReportedStepFailure(description: redaction.apply(text))
    case .unknown(let text):
      throw UnknownEffect("\(place): step '\(report.name)' has an unknown result: \(redaction.apply(text))")
    }
  }

  /// A child that no longer listens may go on without the answer.
  private func send(_ text: [UInt8]) async throws {
    do {
      try await child.write(text)
    } catch let error as ChildProcessError {
      throw failure(error)
    }
  }

  private static let recorded = Array("{\"recorded\":true}\n".utf8)

  private static func answer(_ name: String, _ kind: String, _ value: JSONValue) throws -> [UInt8] {
    answer(name, kind, text: try JSONWriter().string(of: value))
  }

  /// - Parameter text: JSON on one line.
  private static func answer(_ name: String, _ kind: String, text: String) -> [UInt8] {
    let name = JSONValue.string(name).description
    return Array("{\"step\":{\"name\":\(name),\"\(kind)\":\(text)}}\n".utf8)
  }
}
