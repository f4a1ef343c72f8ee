import CFlockProcess
import Glibc
import Synchronization

/// The thread that starts and serves every child: it lives as long as the process, because the kernel kills a child
/// whose starting thread ends. Nothing of it runs on the cooperative pool.
final class ChildReactor: Sendable {
  enum Command: Sendable {
    case launch(ChildProcessConfiguration, CheckedContinuation<Result<ChildLink, ChildProcessError>, Never>)
    /// The child's deadline has changed.
    case reschedule(UInt64)
  }

  /// No child has it: ids count from 0 and leave room for the channel.
  static let wakeToken = UInt64.max

  private static let running = Mutex<ChildReactor?>(nil)

  let poller: Poller
  private let wakeDescriptor: Int32
  private let mailbox = Mutex<[Command]>([])

  /// The process's reactor, started by the first child.
  static func shared() throws(ChildProcessError) -> ChildReactor {
    let outcome: Result<ChildReactor, ChildProcessError> = running.withLock { running in
      if let running { return .success(running) }
      do throws(ChildProcessError) {
        let reactor = try ChildReactor()
        do throws(ChildProcessError) {
          try reactor.start()
        } catch {
          reactor.close()
          throw error
        }
        running = reactor
        return .success(reactor)
      } catch {
        return .failure(error)
      }
    }
    return try outcome.get()
  }

  private init() throws(ChildProcessError) {
    let poller = try Poller()
    let wakeDescriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
    guard wakeDescriptor >= 0 else {
      let error = ChildProcessError.system("create an eventfd", errno)
      poller.close()
      throw error
    }
    self.poller = poller
    self.wakeDescriptor = wakeDescriptor
  }

  private func start() throws(ChildProcessError) {
    try poller.watch(wakeDescriptor, for: .reading, token: Self.wakeToken)
    let retained = Unmanaged.passRetained(self)
    var thread = pthread_t()
    let code = pthread_create(
      &thread, nil,
      { context in
        if let context { ChildReactorLoop.run(Unmanaged<ChildReactor>.fromOpaque(context).takeRetainedValue()) }
        return nil
      }, retained.toOpaque())
    guard code == 0 else {
      retained.release()
      throw .system("start a thread for child processes", code)
    }
    pthread_detach(thread)
  }

  private func close() {
    poller.close()
    _ = Glibc.close(wakeDescriptor)
  }

  func send(_ command: Command) {
    let wasEmpty = mailbox.withLock { mailbox in
      mailbox.append(command)
      return mailbox.count == 1
    }
    // It can fail only when the counter is full, and then the thread is awake already.
    if wasEmpty { _ = eventfd_write(wakeDescriptor, 1) }
  }

  /// On the reactor's thread.
  func takeCommands() -> [Command] {
    var count: eventfd_t = 0
    _ = eventfd_read(wakeDescriptor, &count)
    return mailbox.withLock { mailbox in
      defer { mailbox = [] }
      return mailbox
    }
  }
}
