public import Flock
public import FlockCore
import Synchronization

/// A clock whose time passes when a test says so.
///
/// Only the shell's own short waits, up to the grain, pass by themselves and in real time: it looks after its workers and
/// commits every few milliseconds, and would stand still with the clock. So let what a test is about be far longer than
/// the grain: seconds, hours, days. A grain of zero makes a clock that never moves by itself.
///
/// ```swift
/// let clock = ManualClock()
/// let flock = try Flock(agents: [sender], clock: clock)
/// try await clock.flying { try await flock.runUntilIdle() }  // waits for hours in milliseconds
/// ```
public final class ManualClock: FlockClock {
  private struct Timer {
    let instant: Timestamp
    let order: UInt64
    let wake: @Sendable () -> Void
  }

  private struct State {
    var now: Timestamp
    /// Sorted, the next to fire last.
    var timers: [Timer] = []
    var order: UInt64 = 0
    var fired = 0
  }

  /// Waits up to this length pass in real time. Default 10 milliseconds.
  public let grain: Duration
  private let state: Mutex<State>
  /// Held while timers fire, so that they fire in order whoever moves the time.
  private let firing = Mutex(())

  /// - Parameter start: default 2026-01-01 00:00:00 UTC.
  public init(
    startingAt start: Timestamp = Timestamp(nanoseconds: 1_767_225_600_000_000_000), grain: Duration = .milliseconds(10)
  ) {
    self.grain = grain
    state = Mutex(State(now: start))
  }

  public func now() -> Timestamp { state.withLock { $0.now } }

  /// Timers that have not fired.
  public var pendingTimers: Int { state.withLock { $0.timers.count } }

  /// Timers that have fired since the clock was made.
  public var firedTimers: Int { state.withLock { $0.fired } }

  /// When the next timer is due.
  public var nextTimer: Timestamp? { state.withLock { $0.timers.last?.instant } }

  /// Whether a timer waits that is further away than the grain: something that only ``advance(by:)`` brings about.
  public var awaitsAdvance: Bool {
    state.withLock { state in state.timers.contains { $0.instant > state.now + grain } }
  }

  public func schedule(at instant: Timestamp, _ wake: @escaping @Sendable () -> Void) {
    let wait = state.withLock { state -> Duration in
      state.order += 1
      let timer = Timer(instant: instant, order: state.order, wake: wake)
      var low = 0
      var high = state.timers.count
      while low < high {
        let middle = (low + high) / 2
        if state.timers[middle].instant > instant { low = middle + 1 } else { high = middle }
      }
      state.timers.insert(timer, at: low)
      return instant <= state.now ? .zero : instant - state.now
    }
    guard wait <= grain else { return }
    // On another thread, because the caller may hold a lock that `wake` needs.
    let real = SystemClock()
    real.schedule(at: real.now() + wait) { [weak self] in self?.advance(to: instant) }
  }

  // MARK: Moving the time

  /// Moves the time on and fires the timers that become due on the way, in their order and each at its own instant, also
  /// those that a timer sets. Returns when they have been called; what they set going may still go on.
  public func advance(by duration: Duration) { advance(to: now() + duration) }

  /// The same up to an instant; one that has passed changes nothing but fires what is due.
  public func advance(to instant: Timestamp) {
    firing.withLock { _ in
      while let wake = takeTimer(until: instant) { wake() }
      state.withLock { $0.now = max($0.now, instant) }
    }
  }

  /// Moves on to the instant of the next timer and fires all that are due then.
  /// - Returns: the instant, `nil` when no timer is set.
  @discardableResult
  public func advanceToNextTimer() -> Timestamp? {
    guard let instant = nextTimer else { return nil }
    advance(to: instant)
    return max(instant, now())
  }

  private func takeTimer(until instant: Timestamp) -> (@Sendable () -> Void)? {
    state.withLock { state in
      guard let timer = state.timers.last, timer.instant <= instant else { return nil }
      state.timers.removeLast()
      state.now = max(state.now, timer.instant)
      state.fired += 1
      return timer.wake
    }
  }

  /// Runs the body while the time jumps from one timer to the next, about once in a millisecond of real time.
  ///
  /// A run's time-out is a timer like any other: give agents that are slow in real time none, or a generous one.
  public func flying<Value: Sendable>(_ body: @Sendable () async throws -> Value) async throws -> Value {
    let pilot = Task {
      let real = SystemClock()
      while !Task.isCancelled {
        await real.sleep(until: real.now() + .milliseconds(1))
        advanceToNextTimer()
      }
    }
    defer { pilot.cancel() }
    return try await body()
  }
}
