import Synchronization

/// Holds whoever waits until it is opened; then it stays open.
public final class Latch: Sendable {
  private struct State {
    var isOpen = false
    var nextWaiter = 0
    var waiters: [Int: CheckedContinuation<Void, any Error>] = [:]
  }

  private let state = Mutex(State())

  public init() {}

  public var isOpen: Bool { state.withLock { $0.isOpen } }

  /// How many wait now.
  public var waiting: Int { state.withLock { $0.waiters.count } }

  public func open() {
    let waiters = state.withLock { state in
      state.isOpen = true
      defer { state.waiters = [:] }
      return state.waiters.sorted { $0.key < $1.key }
    }
    for (_, waiter) in waiters { waiter.resume() }
  }

  /// - Throws: `CancellationError` when the task is cancelled before the latch opens.
  public func wait() async throws {
    let number = state.withLock { state in
      state.nextWaiter += 1
      return state.nextWaiter
    }
    try await withTaskCancellationHandler {
      try await hold(number)
    } onCancel: {
      state.withLock { $0.waiters.removeValue(forKey: number) }?.resume(throwing: CancellationError())
    }
  }

  /// Waits without listening to cancellation, as code does that was written without a thought of it.
  public func waitStubbornly() async {
    let number = state.withLock { state in
      state.nextWaiter += 1
      return state.nextWaiter
    }
    try? await withCheckedThrowingContinuation { continuation in
      enter(number, continuation, listens: false)
    }
  }

  private func hold(_ number: Int) async throws {
    try await withCheckedThrowingContinuation { continuation in
      enter(number, continuation, listens: true)
    }
  }

  private func enter(_ number: Int, _ continuation: CheckedContinuation<Void, any Error>, listens: Bool) {
    let known = state.withLock { state -> Result<Void, any Error>? in
      if state.isOpen { return .success(()) }
      // Under the lock: a cancellation that comes later finds the waiter.
      if listens, Task.isCancelled { return .failure(CancellationError()) }
      state.waiters[number] = continuation
      return nil
    }
    if let known { continuation.resume(with: known) }
  }
}
