import Glibc

/// `write(2)` until all is written, without the signal that kills a writer whose reader went away.
///
/// `SIGPIPE` is blocked in this thread alone for the length of the call, and taken back if the call raised it. The
/// process's disposition stays as it is: an ignored signal would be inherited by child processes.
enum DescriptorOutput {
  static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> WriteFailure? {
    guard var next = bytes.baseAddress, !bytes.isEmpty else { return nil }
    var pipeSignal = sigset_t()
    var before = sigset_t()
    sigemptyset(&pipeSignal)
    sigaddset(&pipeSignal, SIGPIPE)
    let wasPending = isPipeSignalPending()
    pthread_sigmask(SIG_BLOCK, &pipeSignal, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }

    var left = bytes.count
    while left > 0 {
      let written = Glibc.write(descriptor, next, left)
      if written >= 0 {
        next += written
        left -= written
        continue
      }
      let code = errno
      switch code {
      case EINTR: continue
      case EAGAIN:
        if let failure = waitUntilWritable(descriptor) { return failure }
      case EPIPE:
        if !wasPending { takeBack(&pipeSignal) }
        return .readerGone
      default: return .system(code)
      }
    }
    return nil
  }

  private static func isPipeSignalPending() -> Bool {
    var pending = sigset_t()
    sigpending(&pending)
    return sigismember(&pending, SIGPIPE) == 1
  }

  private static func takeBack(_ signal: inout sigset_t) {
    var zero = timespec()
    while sigtimedwait(&signal, nil, &zero) == -1 && errno == EINTR {}
  }

  /// Whoever shares the descriptor may have made it non-blocking.
  private static func waitUntilWritable(_ descriptor: Int32) -> WriteFailure? {
    var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    while poll(&entry, 1, -1) == -1 {
      let code = errno
      if code != EINTR { return .system(code) }
    }
    return nil
  }
}
