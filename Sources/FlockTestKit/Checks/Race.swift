import Synchronization

/// The first of several results.
final class Race<Value: Sendable>: Sendable {
  private enum State {
    case open
    case waiting(CheckedContinuation<Value, any Error>)
    case settled(Result<Value, any Error>)
    case over
  }

  private let state = Mutex(State.open)

  func settle(_ result: Result<Value, any Error>) {
    let waiter = state.withLock { state -> CheckedContinuation<Value, any Error>? in
      switch state {
      case .open: state = .settled(result)
      case .waiting(let waiter):
        state = .over
        return waiter
      case .settled, .over: break
      }
      return nil
    }
    waiter?.resume(with: result)
  }

  func result() async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      let known = state.withLock { state -> Result<Value, any Error>? in
        guard case .settled(let result) = state else {
          state = .waiting(continuation)
          return nil
        }
        state = .over
        return result
      }
      if let known { continuation.resume(with: known) }
    }
  }
}
