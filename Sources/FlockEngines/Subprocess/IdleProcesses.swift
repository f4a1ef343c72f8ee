import FlockProcess
import Synchronization

/// Pooled processes that wait for a run, for as long as an agent uses their engine.
final class IdleProcesses: Sendable {
  private struct State {
    var users = 0
    var idle: [ChildProcess] = []
  }

  private let state = Mutex(State())

  func addUser() { state.withLock { $0.users += 1 } }

  /// The last user takes the processes along.
  func removeUser() async {
    let ended = state.withLock { state -> [ChildProcess] in
      state.users -= 1
      guard state.users <= 0 else { return [] }
      state.users = 0
      defer { state.idle = [] }
      return state.idle
    }
    for child in ended { child.closeInput() }
    for child in ended { child.terminate() }
    for child in ended { _ = await child.waitForExit() }
  }

  /// One that lives, the one used last first.
  func take() -> ChildProcess? {
    state.withLock { state in
      while let child = state.idle.popLast() {
        if child.exit == nil, child.failure == nil { return child }
      }
      return nil
    }
  }

  /// - Returns: false when nobody uses the engine any more.
  func put(_ child: ChildProcess) -> Bool {
    state.withLock { state in
      guard state.users > 0 else { return false }
      state.idle.append(child)
      return true
    }
  }
}
