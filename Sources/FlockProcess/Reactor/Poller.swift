import CFlockProcess
import Glibc

/// Tells which descriptors can be read or written, by level. Any thread may change what is watched.
///
/// A descriptor that nobody is ready to serve must not be watched: the kernel reports a hang-up whatever was asked for.
struct Poller: Sendable {
  enum Interest: Sendable {
    case reading, writing

    fileprivate var events: UInt32 {
      switch self {
      case .reading: EPOLLIN.rawValue
      case .writing: EPOLLOUT.rawValue
      }
    }
  }

  private let descriptor: Int32

  init() throws(ChildProcessError) {
    descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
    if descriptor < 0 { throw .system("create an epoll descriptor", errno) }
  }

  /// - Parameter token: what `wait` returns for the descriptor.
  func watch(_ watched: Int32, for interest: Interest, token: UInt64) throws(ChildProcessError) {
    var event = epoll_event(events: interest.events, data: epoll_data_t(u64: token))
    if epoll_ctl(descriptor, EPOLL_CTL_ADD, watched, &event) != 0 { throw .system("watch a descriptor", errno) }
  }

  func ignore(_ watched: Int32) {
    var unused = epoll_event()
    // Fails only for a descriptor that is not watched, which is what is asked for.
    _ = epoll_ctl(descriptor, EPOLL_CTL_DEL, watched, &unused)
  }

  /// Waits until something can be done and writes the tokens into `tokens`.
  /// - Parameter milliseconds: at most so long; -1 waits without a bound.
  func wait(_ events: inout [epoll_event], milliseconds: Int32, into tokens: inout [UInt64]) {
    tokens.removeAll(keepingCapacity: true)
    let count = epoll_wait(descriptor, &events, Int32(events.count), milliseconds)
    precondition(count >= 0 || errno == EINTR, "something else in this process closed the epoll descriptor")
    for event in events.prefix(Int(max(count, 0))) { tokens.append(event.data.u64) }
  }

  func close() {
    _ = Glibc.close(descriptor)
  }
}
