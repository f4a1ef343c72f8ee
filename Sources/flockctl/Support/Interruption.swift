import Glibc
import Synchronization

/// What SIGINT and SIGTERM do: end the program, or ask whoever registered to finish.
///
/// The two signals are blocked in all threads and taken by one thread that waits for them, so that what they start may
/// lock, allocate and wait. The second one ends the program at once.
enum Interruption {
  private static let action = Mutex<(@Sendable () -> Void)?>(nil)

  /// Call it once, on the first thread and before there are others. A signal that the parent had ignored stays ignored, as
  /// for a job that a shell runs in the background.
  static func install() {
    var signals = handled()
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    var thread = pthread_t()
    pthread_create(
      &thread, nil,
      { _ in
        Interruption.wait()
        return nil
      }, nil)
    pthread_detach(thread)
  }

  /// Runs `body`; a signal meanwhile calls `action` once, on a thread of its own, in place of ending the program.
  static func whileHandling<Value>(
    _ action: @escaping @Sendable () -> Void, _ body: () async throws -> Value
  ) async throws -> Value {
    self.action.withLock { $0 = action }
    defer { self.action.withLock { $0 = nil } }
    return try await body()
  }

  private static func handled() -> sigset_t {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGINT)
    sigaddset(&signals, SIGTERM)
    return signals
  }

  private static func wait() {
    var signals = handled()
    while true {
      var number: Int32 = 0
      guard sigwait(&signals, &number) == 0 else { continue }
      let action = action.withLock { action in
        defer { action = nil }
        return action
      }
      guard let action else { _exit(128 + number) }
      action()
    }
  }
}
