import CFlockProcess
import Glibc

/// What the reactor's thread calls.
extension ChildLink {
  /// How much of a write one event moves, so that one child does not hold up the others.
  private static let bytesAnEvent = 256 << 10

  /// Watches standard error and the exit for good; before the child is known to anyone.
  func watchFromTheStart() throws(ChildProcessError) {
    let failure: ChildProcessError? = step { state in
      do throws(ChildProcessError) {
        if let errors = state.errors {
          try reactor.poller.watch(errors.descriptor, for: .reading, token: Token(id, .errors).rawValue)
          state.errors?.isWatched = true
        }
        if let handle = state.handle {
          try reactor.poller.watch(handle.descriptor, for: .reading, token: Token(id, .handle).rawValue)
          state.handle?.isWatched = true
        }
        return nil
      } catch {
        return error
      }
    }
    if let failure { throw failure }
  }

  /// For a child that was reaped before anyone knew of it.
  func closeUnstarted() {
    step { state in
      closeAll(&state)
      state.machine.ended(.lost)
    }
  }

  func deadlineReached() {
    step { $0.machine.deadlineReached(now: .now) }
  }

  func inputIsWritable() {
    step { state in
      var moved = 0
      while moved < Self.bytesAnEvent, let input = state.input, let next = state.writes.first {
        let count = next.bytes.withUnsafeBytes { bytes in
          Glibc.write(input.descriptor, bytes.baseAddress.map { $0 + next.written }, bytes.count - next.written)
        }
        if count < 0 {
          if errno == EINTR { continue }
          if errno != EAGAIN { inputFailed(&state, errno) }
          return
        }
        moved += count
        state.writes[0].written += count
        // The rest of the queue waits for the next event, after this write has been answered.
        if state.writes[0].written == next.bytes.count { return }
      }
    }
  }

  private func inputFailed(_ state: inout State, _ number: Int32) {
    // EPIPE: the child closed it, which is its right. Settling tells the writers.
    if number != EPIPE { state.machine.fail(.system("write to a child", number), now: .now) }
    close(&state.input)
  }

  func outputIsReadable(_ chunk: UnsafeMutableRawBufferPointer) {
    step { state in
      guard let output = state.output else { return }
      switch read(output, chunk) {
      case .bytes(let bytes):
        state.machine.outputArrived(bytes, now: .now)
      case .nothing:
        break
      case .end:
        close(&state.output)
        state.machine.outputEnded()
      case .failed(let number):
        close(&state.output)
        state.machine.fail(.system("read a child's standard output", number), now: .now)
      }
    }
  }

  func errorsAreReadable(_ chunk: UnsafeMutableRawBufferPointer) {
    step { state in
      guard let errors = state.errors else { return }
      switch read(errors, chunk) {
      case .bytes(let bytes): state.machine.errorsArrived(bytes)
      case .nothing: break
      // Standard error is only ever a hint: its failure ends nothing.
      case .end, .failed: close(&state.errors)
      }
    }
  }

  /// Collects a child that has ended: what is left of its group is killed, what it wrote is read, everything is closed.
  /// - Returns: whether it has.
  func mayHaveEnded(_ chunk: UnsafeMutableRawBufferPointer) -> Bool {
    step { state in
      // It stays a zombie for now, which keeps its group's id from being given to others.
      let seen = flock_wait(pid, 0)
      let exit: ProcessExit
      switch UInt32(seen.state) {
      case FLOCK_WAIT_RUNNING.rawValue: return false
      case FLOCK_WAIT_EXITED.rawValue: exit = .exited(code: seen.value)
      case FLOCK_WAIT_SIGNALLED.rawValue: exit = .signalled(number: seen.value)
      default: exit = .lost
      }
      if exit != .lost { _ = kill(-pid, SIGKILL) }
      // Descendants that left the group may hold the pipes open for ever: what is in them now is the child's last word.
      drain(state.output, chunk) { state.machine.outputArrived($0, now: .now) }
      drain(state.errors, chunk) { state.machine.errorsArrived($0) }
      _ = flock_wait(pid, 1)
      closeAll(&state)
      state.machine.ended(exit)
      return true
    }
  }

  private func drain(
    _ channel: Channel?, _ chunk: UnsafeMutableRawBufferPointer, _ take: (UnsafeRawBufferPointer) -> Void
  ) {
    guard let channel else { return }
    var remaining = Int(flock_readable_bytes(channel.descriptor))
    while remaining > 0 {
      guard case .bytes(let bytes) = read(channel, chunk) else { return }
      take(UnsafeRawBufferPointer(rebasing: bytes.prefix(remaining)))
      remaining -= bytes.count
    }
  }

  private func closeAll(_ state: inout State) {
    close(&state.input)
    close(&state.output)
    close(&state.errors)
    close(&state.handle)
  }

  private enum Reading {
    case bytes(UnsafeRawBufferPointer)
    case nothing
    case end
    case failed(Int32)
  }

  private func read(_ channel: Channel, _ chunk: UnsafeMutableRawBufferPointer) -> Reading {
    let count = Glibc.read(channel.descriptor, chunk.baseAddress, chunk.count)
    if count > 0 { return .bytes(UnsafeRawBufferPointer(rebasing: chunk[..<count])) }
    if count == 0 { return .end }
    return errno == EAGAIN || errno == EINTR ? .nothing : .failed(errno)
  }
}
