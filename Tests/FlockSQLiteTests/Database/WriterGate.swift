#if SQLite
import Dispatch

/// Holds a dedicated thread until the test lets it go.
final class WriterGate: Sendable {
  private let semaphore = DispatchSemaphore(value: 0)

  func wait() { semaphore.wait() }
  func open() { semaphore.signal() }
}
#endif
