import Flock
import FlockCore
import FlockProcess

/// One run's talk with a child process: one line each, and each line's number for errors.
struct Conversation {
  enum Ending {
    case done
    case failed(any Error)
    /// The output ended without `done` or `fail`.
    case silent
  }

  let context: RunContext
  let child: ChildProcess
  let redaction: Redaction
  let maximumOutputBytes: Int
  let log: (@Sendable (SubprocessLogEntry) -> Void)?

  private var line = 0
  private var bytes = 0
  /// The last step that failed in this attempt, made now or replayed.
  var lastStepFailure: (name: String, error: any Error)?

  init(_ context: RunContext, _ child: ChildProcess, _ configuration: SubprocessEngineConfiguration, _ redaction: Redaction) {
    self.context = context
    self.child = child
    self.redaction = redaction
    maximumOutputBytes = configuration.maximumOutputBytes
    log = configuration.log
  }

  /// Hands the run over and follows the child to `done`, `fail`, or the end of its output.
  mutating func converse(_ document: [UInt8]) async throws -> Ending {
    do {
      try await child.write(document + [UInt8(ascii: "\n")])
    } catch let error as ChildProcessError {
      // A child need not read what it is given.
      guard error.code == .inputClosed else { throw failure(error) }
    }
    while let message = try await next() {
      switch message {
      case .done: return .done
      case .fail(let report): return .failed(try error(report))
      case .step(let request): try await perform(request)
      case .stepResult: throw violation("'stepResult' without an open step")
      case .ready: throw violation("'ready' before the run's 'done' or 'fail'")
      case .publish, .stream, .log: try take(message)
      }
    }
    return .silent
  }

  /// Waits until the child says that it waits for a run. Only `log` may come before.
  /// - Returns: false when its output ended instead.
  mutating func awaitReady() async throws -> Bool {
    while let message = try await next() {
      switch message {
      case .ready: return true
      case .log: try take(message)
      default: throw violation("'ready' is expected: between two runs nothing else but 'log' may be said")
      }
    }
    return false
  }

  /// After `done`: nothing may follow.
  mutating func awaitEnd() async throws {
    if try await next() != nil { throw violation("a line after 'done'") }
  }

  /// What may be said at any time within a run.
  mutating func take(_ message: ChildMessage) throws {
    switch message {
    case .publish(let publication): try publication.publish(to: context)
    case .stream(let text): context.stream(text)
    case .log(let text): report(.message, text)
    default: throw violation("this line is not expected here")
    }
  }

  func report(_ kind: SubprocessLogEntry.Kind, _ text: String) {
    log?(
      SubprocessLogEntry(
        kind: kind, agent: context.agent, run: context.run.description, attempt: context.attempt,
        text: redaction.removeSecrets(text)))
  }

  /// The next line; `nil` at the end of the output.
  mutating func next() async throws -> ChildMessage? {
    let text: [UInt8]?
    do {
      text = try await child.nextLine()
    } catch let error as ChildProcessError {
      throw failure(error)
    }
    guard let text else { return nil }
    line += 1
    bytes += text.count + 1
    guard bytes <= maximumOutputBytes else {
      throw FlockError(
        .limitExceeded, "\(place): more than \(maximumOutputBytes) bytes in one run (maximumOutputBytes)", isRetriable: true)
    }
    do {
      return try ChildMessage.parse(text)
    } catch {
      throw violation(error.description)
    }
  }

  /// The error that `fail` stands for. One that a failed step caused is that step's own, so that the step is made again.
  private func error(_ report: WireFailure) throws -> any Error {
    let message = redaction.apply(report.message)
    if let step = report.step {
      guard let last = lastStepFailure, last.name == step else {
        throw violation("'fail.step' names a step that is not the last one that failed in this attempt")
      }
      if !report.isPermanent { return last.error }
    }
    if report.isPermanent { return PermanentFailure("agent '\(context.agent)': \(message)") }
    if let last = lastStepFailure, describe(last.error) == message { return last.error }
    return FlockError(.engineFailed, "agent '\(context.agent)': \(message)", isRetriable: true)
  }

  // MARK: Errors

  /// Where the run stands, for errors.
  var place: String { "agent '\(context.agent)', line \(line) of its process" }

  func violation(_ text: String) -> FlockError {
    FlockError(.engineFailed, "\(place): \(text); see Documentation/subprocess-protocol.md", isRetriable: true)
  }

  func failure(_ error: ChildProcessError) -> any Error {
    SubprocessEngine.failure(error, "agent '\(context.agent)', after line \(line) of its process")
  }
}
