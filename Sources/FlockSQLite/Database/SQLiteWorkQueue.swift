#if SQLite
/// First in, first out, between submitters and the dedicated threads.
final class SQLiteWorkQueue: Sendable {
  enum Admission: Sendable {
    case accepted, full, shutDown
    /// The submitter was cancelled before the item came to the queue.
    case cancelled
  }

  private struct State {
    var incoming: [SQLiteWorkItem] = []
    /// Reversed, so that the next one is the last.
    var outgoing: [SQLiteWorkItem] = []
    /// Of both, those that were cancelled since: they wait for nobody.
    var cancelled = 0
    var parked = 0
    var isStopping = false
    var threads: Int
    var stopped: [CheckedContinuation<Void, Never>] = []

    var count: Int { incoming.count + outgoing.count - cancelled }

    mutating func next() -> SQLiteWorkItem? {
      if outgoing.isEmpty {
        swap(&incoming, &outgoing)
        outgoing.reverse()
      }
      return outgoing.popLast()
    }
  }

  private let monitor: SQLiteMonitor<State>

  init(threads: Int) {
    monitor = SQLiteMonitor(State(threads: threads))
  }

  var count: Int { monitor.withLock { $0.count } }

  /// - Parameter limit: refuse when as many wait already; `nil` for a submitter that is suspended anyway.
  func admit(_ item: SQLiteWorkItem, limit: Int? = nil) -> Admission {
    let (admission, wakes) = monitor.withLock { state -> (Admission, Bool) in
      if item.phase == .cancelled { return (.cancelled, false) }
      if state.isStopping { return (.shutDown, false) }
      if let limit, state.count >= limit { return (.full, false) }
      item.phase = .queued
      state.incoming.append(item)
      return (.accepted, state.parked > 0)
    }
    if wakes { monitor.wakeOne() }
    return admission
  }

  /// Blocks until there is work and appends up to `limit` items; false when the queue has stopped and is empty.
  func take(_ limit: Int, into group: inout [SQLiteWorkItem], interrupt: SQLiteInterrupt? = nil) -> Bool {
    monitor.wait { state -> Bool? in
      while group.count < limit, let item = state.next() {
        guard item.phase == .queued else {
          state.cancelled -= 1
          continue
        }
        item.phase = .running
        item.interrupt = interrupt
        group.append(item)
      }
      if !group.isEmpty { return true }
      if state.isStopping { return false }
      state.parked += 1
      return nil
    } onWake: {
      $0.parked -= 1
    }
  }

  /// The run is over: from here on a cancel does not interrupt the connection. Answers whether one was asked.
  func finishRun(_ item: SQLiteWorkItem) -> Bool {
    monitor.withLock { _ in
      item.interrupt = nil
      return item.isCancelRequested
    }
  }

  /// The submitter was cancelled: an item that waits ends now, one that runs is interrupted if it can be.
  func cancel(_ item: SQLiteWorkItem) {
    let endsNow = monitor.withLock { state -> Bool in
      item.isCancelRequested = true
      switch item.phase {
      case .created:
        item.phase = .cancelled
        return false
      case .queued:
        item.phase = .cancelled
        state.cancelled += 1
        return true
      case .running:
        item.interrupt?()
        return false
      case .cancelled:
        return false
      }
    }
    if endsNow { item.finish(CancellationError()) }
  }

  func stop() {
    monitor.withLock { $0.isStopping = true }
    monitor.wakeAll()
  }

  /// Waits until every thread has drained the queue and left.
  func waitUntilStopped() async {
    await withCheckedContinuation { continuation in
      let isOver = monitor.withLock { state -> Bool in
        if state.threads > 0 { state.stopped.append(continuation) }
        return state.threads == 0
      }
      if isOver { continuation.resume() }
    }
  }

  /// A thread's last word, or that of one that could not be started.
  func threadEnded() {
    let waiters = monitor.withLock { state -> [CheckedContinuation<Void, Never>] in
      state.threads -= 1
      guard state.threads == 0 else { return [] }
      defer { state.stopped = [] }
      return state.stopped
    }
    for waiter in waiters { waiter.resume() }
  }
}

extension SQLiteWorkQueue {
  /// Queues the work and suspends the task until it is done. A cancel before the work starts ends it unrun.
  func submit<Value: Sendable>(_ item: SQLiteTypedWorkItem<Value>) async throws -> Value {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Value, any Error>) in
        item.completion = { continuation.resume(with: $0) }
        switch admit(item) {
        case .accepted: break
        case .cancelled: item.finish(CancellationError())
        case .full, .shutDown: item.finish(SQLiteError.shutDown)
        }
      }
    } onCancel: {
      cancel(item)
    }
  }
}
#endif
