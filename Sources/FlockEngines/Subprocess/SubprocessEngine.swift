public import Flock
public import FlockCore
import FlockProcess

/// An agent whose work is another program's: it is given the run as a line of JSON and answers in lines of JSON.
///
/// `Documentation/subprocess-protocol.md` is the protocol. What the program publishes is on the board when the run's
/// outcome is committed. Effects that it asks for as steps are made exactly once per success; what it does on its own
/// is outside that guarantee. A run that is cancelled or out of time ends the program's whole process group.
public final class SubprocessEngine: Engine {
  public let configuration: SubprocessEngineConfiguration
  private let redaction: Redaction
  private let gate: ProcessGate
  private let idle = IdleProcesses()

  /// - Throws: ``FlockError`` with `.invalidConfiguration` that names the setting. Whether the program is there is only
  ///   seen when it is started: without it the run is a dead letter.
  public init(_ configuration: SubprocessEngineConfiguration) throws(FlockError) {
    try configuration.validate()
    self.configuration = configuration
    redaction = configuration.redaction
    gate = ProcessGate(configuration.processLimit)
  }

  public func start() async throws { idle.addUser() }

  public func stop() async { await idle.removeUser() }

  /// - Throws: ``FlockError`` with `.engineFailed`, `.timedOut`, `.limitExceeded` or `.contractViolation`, naming agent
  ///   and line; ``PermanentFailure``; what ``RunContext/step(_:input:idempotency:_:)`` throws.
  public func run(_ context: RunContext) async throws {
    let document = try RunDocument.bytes(of: context, includesAttempt: true, maximumBytes: configuration.maximumRunBytes)
    try await gate.enter()
    defer { gate.leave() }
    switch configuration.mode {
    case .perRun: try await runAlone(context, document)
    case .pooled:
      guard let limit = configuration.timeout else { return try await runPooled(context, document) }
      try await within(limit, context.agent) { try await self.runPooled(context, document) }
    }
  }

  // MARK: One process for one run

  private func runAlone(_ context: RunContext, _ document: [UInt8]) async throws {
    var conversation = Conversation(context, try await spawn(context), configuration, redaction)
    do {
      switch try await conversation.converse(document) {
      case .done:
        conversation.child.closeInput()
        try await conversation.awaitEnd()
        try await requireSuccess(conversation, "said 'done'")
      case .silent:
        conversation.child.closeInput()
        let exit = try await self.exit(conversation)
        guard configuration.acceptsSilentSuccess, exit.isSuccess else {
          throw ended(conversation, exit, "without 'done' or 'fail'")
        }
      case .failed(let error): throw error
      }
    } catch {
      await end(conversation)
      throw error
    }
    reportErrors(conversation)
  }

  // MARK: Processes that serve many runs

  private func runPooled(_ context: RunContext, _ document: [UInt8]) async throws {
    let waiting = idle.take()
    var conversation = Conversation(context, try await reuse(waiting, context), configuration, redaction)
    do {
      if waiting == nil, try await !conversation.awaitReady() {
        throw ended(conversation, try await exit(conversation), "before it said 'ready'")
      }
      switch try await conversation.converse(document) {
      case .done:
        if try await conversation.awaitReady() {
          if !idle.put(conversation.child) { await end(conversation) }
        } else {
          // It may retire after a run.
          try await requireSuccess(conversation, "said 'done'")
          reportErrors(conversation)
        }
      case .silent: throw ended(conversation, try await exit(conversation), "without 'done' or 'fail'")
      case .failed(let error):
        // Whether it can go on is a question of its own.
        guard (try? await conversation.awaitReady()) == true, idle.put(conversation.child) else { throw error }
        throw KeptProcess(error: error)
      }
    } catch let kept as KeptProcess {
      throw kept.error
    } catch {
      await end(conversation)
      throw error
    }
  }

  /// The run failed and its process is well.
  private struct KeptProcess: Error {
    let error: any Error
  }

  private func reuse(_ child: ChildProcess?, _ context: RunContext) async throws -> ChildProcess {
    if let child { return child }
    return try await spawn(context)
  }

  private func within(_ limit: Duration, _ agent: String, _ body: @escaping @Sendable () async throws -> Void) async throws {
    try await withThrowingTaskGroup(of: Bool.self) { group in
      group.addTask {
        try await body()
        return true
      }
      group.addTask {
        try await Task.sleep(for: limit)
        return false
      }
      let isInTime = try await group.next()
      group.cancelAll()
      if isInTime == true { return }
      // It may have come to its end after all.
      if case .success(true)? = await group.nextResult() { return }
      throw FlockError(
        .timedOut, "agent '\(agent)': its process took longer than \(limit) for a run (timeout)", isRetriable: true)
    }
  }

  // MARK: Beginning and end of a process

  private func spawn(_ context: RunContext) async throws -> ChildProcess {
    do {
      return try await ChildProcess.spawn(configuration.process)
    } catch let error as ChildProcessError {
      throw Self.failure(error, "agent '\(context.agent)'")
    }
  }

  private func requireSuccess(_ conversation: Conversation, _ what: String) async throws {
    let exit = try await exit(conversation)
    guard exit.isSuccess else { throw ended(conversation, exit, "after it \(what)") }
  }

  /// How it ended by itself.
  private func exit(_ conversation: Conversation) async throws -> ProcessExit {
    let exit = await conversation.child.waitForExit()
    try Task.checkCancellation()
    if let failure = conversation.child.failure { throw conversation.failure(failure) }
    return exit
  }

  private func end(_ conversation: Conversation) async {
    conversation.child.terminate()
    _ = await conversation.child.waitForExit()
    reportErrors(conversation)
  }

  private func reportErrors(_ conversation: Conversation) {
    guard configuration.log != nil else { return }
    let tail = conversation.child.standardErrorTail
    if !tail.isEmpty { conversation.report(.standardError, String(decoding: tail, as: UTF8.self)) }
  }

  private func ended(_ conversation: Conversation, _ exit: ProcessExit, _ when: String) -> FlockError {
    var message = "\(conversation.place): it \(exit) \(when)"
    let tail = conversation.child.standardErrorTail
    if configuration.quotedErrorBytes > 0, !tail.isEmpty {
      // Secrets are taken out before the cut, which might halve one.
      let text = redaction.removeSecrets(String(decoding: tail, as: UTF8.self))
      var words = Array(text.utf8)
      while words.last == UInt8(ascii: "\n") { words.removeLast() }
      words = words.suffix(configuration.quotedErrorBytes)
      message += "; standard error ends with: " + String(decoding: words, as: UTF8.self)
    } else if !tail.isEmpty {
      message += "; its standard error is given to the log, and quoted here with quotedErrorBytes"
    }
    return FlockError(.engineFailed, message, isRetriable: true)
  }

  static func failure(_ error: ChildProcessError, _ place: String) -> any Error {
    switch error.code {
    case .invalidConfiguration, .executableNotFound, .executableRefused, .workingDirectoryUnavailable, .argumentsTooLong:
      PermanentFailure("\(place): \(error)")
    case .timedOut: FlockError(.timedOut, "\(place): \(error)", isRetriable: true, underlying: error)
    case .lineTooLong, .outputTooLong: FlockError(.limitExceeded, "\(place): \(error)", isRetriable: true, underlying: error)
    default: FlockError(.engineFailed, "\(place): \(error)", isRetriable: true, underlying: error)
    }
  }
}
