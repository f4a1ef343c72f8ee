#if SQLite
import Glibc

/// A value that a dedicated thread waits for, with a time limit.
///
/// `@unchecked Sendable`: `value` is touched only between lock and unlock.
final class SQLiteAlarm<Value: Equatable & Sendable>: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var value: Value

  init(_ value: Value) {
    self.value = value
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    let mutexCode = pthread_mutex_init(mutex, nil)
    let conditionCode = pthread_cond_init(condition, &attributes)
    pthread_condattr_destroy(&attributes)
    precondition(mutexCode == 0 && conditionCode == 0)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  /// Changes the value and wakes the thread.
  func set(_ change: (inout Value) -> Void) {
    pthread_mutex_lock(mutex)
    change(&value)
    pthread_mutex_unlock(mutex)
    pthread_cond_broadcast(condition)
  }

  var current: Value {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return value
  }

  /// Returns when the value is another one, or after the limit; `nil` is none. Never call it on the cooperative pool.
  func wait(whileItIs old: Value, upTo limit: Duration?) -> Value {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    guard let limit else {
      while value == old { pthread_cond_wait(condition, mutex) }
      return value
    }
    var until = timespec()
    clock_gettime(CLOCK_MONOTONIC, &until)
    // A day is as good as for ever, and cannot overflow.
    let bounded = min(max(limit, .zero), .seconds(86_400)).components
    let nanoseconds = until.tv_nsec + Int(bounded.attoseconds / 1_000_000_000)
    until.tv_sec += Int(bounded.seconds) + nanoseconds / 1_000_000_000
    until.tv_nsec = nanoseconds % 1_000_000_000
    while value == old, pthread_cond_timedwait(condition, mutex, &until) == 0 {}
    return value
  }
}
#endif
