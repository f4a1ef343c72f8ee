#if SQLite
import Glibc

/// A lock with a condition, for state that dedicated threads wait on. `Mutex` has no condition to wait for.
///
/// `@unchecked Sendable`: `state` is touched only between lock and unlock.
final class SQLiteMonitor<State>: @unchecked Sendable {
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let condition: UnsafeMutablePointer<pthread_cond_t>
  private var state: State

  init(_ state: sending State) {
    self.state = state
    mutex = .allocate(capacity: 1)
    condition = .allocate(capacity: 1)
    let mutexCode = pthread_mutex_init(mutex, nil)
    let conditionCode = pthread_cond_init(condition, nil)
    precondition(mutexCode == 0 && conditionCode == 0)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  func withLock<Value>(_ body: (inout State) -> Value) -> Value {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return body(&state)
  }

  /// Blocks the thread until `body` answers something. Never call it on the cooperative pool.
  func wait<Value>(_ body: (inout State) -> Value?, onWake: (inout State) -> Void) -> Value {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while true {
      if let value = body(&state) { return value }
      pthread_cond_wait(condition, mutex)
      onWake(&state)
    }
  }

  func wakeOne() { pthread_cond_signal(condition) }

  func wakeAll() { pthread_cond_broadcast(condition) }
}
#endif
