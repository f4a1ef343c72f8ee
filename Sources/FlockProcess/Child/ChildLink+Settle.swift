import Glibc

/// What follows from a step: signals, pipes to watch or close, tasks to resume.
extension ChildLink {
  struct Effects {
    var read: (Reader, ChildMachine.Outcome)?
    var written: [(PendingWrite, Result<Void, ChildProcessError>)] = []
    var exited: ([CheckedContinuation<ProcessExit, Never>], ProcessExit)?
    var deadlineChanged = false

    func resume() {
      for (write, result) in written { write.continuation.resume(returning: result) }
      if let (reader, outcome) = read { reader.continuation.resume(returning: outcome) }
      if let (waiters, exit) = exited {
        for waiter in waiters { waiter.resume(returning: exit) }
      }
    }
  }

  func settle(_ state: inout State, _ effects: inout Effects) {
    finishWrites(&state, &effects)
    watch(&state)
    // Last but for the signal: the reader also learns of what failed above.
    if let reader = state.reader, let outcome = state.machine.take(reader.demand, now: .now) {
      state.reader = nil
      effects.read = (reader, outcome)
      // A taken line makes room for reading ahead; a line too long ends the child.
      finishWrites(&state, &effects)
      watch(&state)
    }
    if let signal = state.machine.takeSignal(), state.machine.exit == nil { send(signal) }
    if let exit = state.machine.exit, !state.exitWaiters.isEmpty {
      effects.exited = (state.exitWaiters, exit)
      state.exitWaiters = []
    }
    if state.machine.deadline != state.announcedDeadline {
      state.announcedDeadline = state.machine.deadline
      effects.deadlineChanged = true
    }
  }

  /// Answers the writes that are done or never will be, and closes the input when nothing more can come.
  private func finishWrites(_ state: inout State, _ effects: inout Effects) {
    while let first = state.writes.first, first.written == first.bytes.count {
      effects.written.append((state.writes.removeFirst(), .success(())))
    }
    if let failure = state.machine.failure {
      abandonWrites(&state, failure, &effects)
    } else if state.input == nil {
      abandonWrites(&state, .inputClosed, &effects)
    }
    if state.writes.isEmpty, state.closesInputAfterWrites || state.machine.failure != nil {
      close(&state.input)
    }
  }

  private func abandonWrites(_ state: inout State, _ error: ChildProcessError, _ effects: inout Effects) {
    for write in state.writes { effects.written.append((write, .failure(error))) }
    state.writes = []
  }

  private func watch(_ state: inout State) {
    let wantsOutput = state.machine.wantsOutput(readerWaits: state.reader != nil)
    do throws(ChildProcessError) {
      try setWatched(&state.input, !state.writes.isEmpty, .writing, .input)
      try setWatched(&state.output, wantsOutput, .reading, .output)
    } catch {
      state.machine.fail(error, now: .now)
    }
  }

  private func setWatched(
    _ channel: inout Channel?, _ wanted: Bool, _ interest: Poller.Interest, _ name: Token.Channel
  ) throws(ChildProcessError) {
    guard let open = channel, open.isWatched != wanted else { return }
    if wanted {
      try reactor.poller.watch(open.descriptor, for: interest, token: Token(id, name).rawValue)
    } else {
      reactor.poller.ignore(open.descriptor)
    }
    channel?.isWatched = wanted
  }

  /// The leader is not reaped yet, so its group's id cannot belong to anybody else.
  private func send(_ signal: ChildMachine.Signal) {
    switch signal {
    case .terminate:
      _ = kill(-pid, SIGTERM)
      // A stopped process sees SIGTERM only when it goes on.
      _ = kill(-pid, SIGCONT)
    case .kill:
      _ = kill(-pid, SIGKILL)
    }
  }

  func close(_ channel: inout Channel?) {
    guard let open = channel else { return }
    // Before closing: another process that is between fork and exec would keep a closed descriptor watched.
    if open.isWatched { reactor.poller.ignore(open.descriptor) }
    _ = Glibc.close(open.descriptor)
    channel = nil
  }
}
