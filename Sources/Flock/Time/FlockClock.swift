public import FlockCore
import Glibc
import Synchronization

/// The shell's only source of time. A simulation brings its own.
public protocol FlockClock: Sendable {
  func now() -> Timestamp
  /// Calls `wake` once, at or soon after the instant, on a thread that must not be blocked.
  func schedule(at instant: Timestamp, _ wake: @escaping @Sendable () -> Void)
}

extension FlockClock {
  /// Suspends until the instant. Cancelling the task does not shorten it.
  public func sleep(until instant: Timestamp) async {
    guard instant > now() else { return }
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      schedule(at: instant) { continuation.resume() }
    }
  }
}

/// The system's wall clock, with one thread for all timers of the process.
public struct SystemClock: FlockClock {
  public init() {}

  public func now() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(nanoseconds: Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec))
  }

  public func schedule(at instant: Timestamp, _ wake: @escaping @Sendable () -> Void) {
    TimerThread.shared.schedule(at: instant, wake)
  }
}

/// Sleeps until the earliest deadline. Deadlines are measured from the monotonic clock, so that a step of the wall clock
/// neither fires nor delays what is already set.
// Proof: `heap` is touched only between lock and unlock of `mutex`.
private final class TimerThread: @unchecked Sendable {
  static let shared = TimerThread()

  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var heap: [(deadline: Int64, order: UInt64, wake: @Sendable () -> Void)] = []
  private var order: UInt64 = 0

  private init() {
    pthread_mutex_init(mutex, nil)
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(condition, &attributes)
    var thread = pthread_t()
    let context = Unmanaged.passRetained(self)
    pthread_create(
      &thread, nil,
      { context in
        if let context { Unmanaged<TimerThread>.fromOpaque(context).takeRetainedValue().loop() }
        return nil
      }, context.toOpaque())
    pthread_detach(thread)
  }

  private static func monotonic() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  func schedule(at instant: Timestamp, _ wake: @escaping @Sendable () -> Void) {
    let (wait, overflow) = instant.nanoseconds.subtractingReportingOverflow(SystemClock().now().nanoseconds)
    // A year is as good as for ever, and cannot overflow.
    let bounded = min(max(0, overflow ? .max : wait), 365 * 86_400_000_000_000)
    let deadline = TimerThread.monotonic() + bounded
    pthread_mutex_lock(mutex)
    order += 1
    heap.append((deadline, order, wake))
    siftUp()
    let isFirst = heap[0].order == order
    pthread_mutex_unlock(mutex)
    if isFirst { pthread_cond_signal(condition) }
  }

  private func loop() {
    pthread_mutex_lock(mutex)
    while true {
      guard let first = heap.first else {
        pthread_cond_wait(condition, mutex)
        continue
      }
      let now = TimerThread.monotonic()
      if first.deadline <= now {
        removeFirst()
        pthread_mutex_unlock(mutex)
        first.wake()
        pthread_mutex_lock(mutex)
        continue
      }
      var until = timespec(tv_sec: Int(first.deadline / 1_000_000_000), tv_nsec: Int(first.deadline % 1_000_000_000))
      pthread_cond_timedwait(condition, mutex, &until)
    }
  }

  private func precedes(_ a: Int, _ b: Int) -> Bool {
    (heap[a].deadline, heap[a].order) < (heap[b].deadline, heap[b].order)
  }

  private func siftUp() {
    var child = heap.count - 1
    while child > 0, precedes(child, (child - 1) / 2) {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  private func removeFirst() {
    heap.swapAt(0, heap.count - 1)
    heap.removeLast()
    var parent = 0
    while true {
      var smallest = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && precedes(child, smallest) { smallest = child }
      if smallest == parent { return }
      heap.swapAt(parent, smallest)
      parent = smallest
    }
  }
}
