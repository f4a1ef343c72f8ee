import FlockProcess
import Glibc
import Testing

@Suite(.tags(.processes), .timeLimit(.minutes(1)))
struct EndingTests {
  /// Prints the id of a grandchild, then waits for it.
  private static let family = "sleep 1000 & echo $!; wait"

  @Test(arguments: [0, 1, 7, 126, 255] as [Int32])
  func `an exit code is reported`(code: Int32) async throws {
    #expect(try await ChildProcess.run(shell("exit \(code)")).exit == .exited(code: code))
  }

  @Test(arguments: [SIGTERM, SIGKILL, SIGSEGV, SIGUSR1])
  func `a signal is reported`(number: Int32) async throws {
    let script = "ulimit -c 0; kill -\(number) $$"
    #expect(try await ChildProcess.run(shell(script)).exit == .signalled(number: number))
  }

  @Test
  func `the child leads a group of its own`() async throws {
    let child = try await ChildProcess.spawn(ChildProcessConfiguration(executable: "cat"))
    #expect(getpgid(child.pid) == child.pid)
    #expect(getpgid(child.pid) != getpgrp())
    child.closeInput()
    #expect(await child.waitForExit().isSuccess)
  }

  @Test
  func `a timeout ends grandchildren as well`() async throws {
    let child = try await ChildProcess.spawn(shell("sleep 1000 & echo $! >&2; wait") { $0.timeout = .seconds(1) })
    let error = await processError { _ = try await child.nextLine() }
    #expect(error?.code == .timedOut)
    #expect(await child.waitForExit() == .signalled(number: SIGTERM))
    #expect(kill(child.pid, 0) == -1 && errno == ESRCH)
    let grandchild = try #require(Int32(child.standardErrorTail.text.prefix { $0.isNumber }))
    #expect(await eventually { !isAlive(grandchild) })
    #expect(await processError { try await child.write([1]) }?.code == .timedOut)
  }

  @Test
  func `a group that ignores SIGTERM is killed after the grace`() async throws {
    let script = "trap '' TERM; sleep 1000 & echo $!; while :; do wait; done"
    let child = try await ChildProcess.spawn(shell(script) { $0.terminationGrace = .milliseconds(100) })
    let grandchild = try await child.processID()
    let start = ContinuousClock.now
    child.terminate()
    #expect(await child.waitForExit() == .signalled(number: SIGKILL))
    #expect(ContinuousClock.now - start >= .milliseconds(100))
    #expect(await eventually { !isAlive(grandchild) })
    #expect(child.failure == nil)
  }

  @Test
  func `the whole group is asked to end before it is killed`() async throws {
    let script = """
      (trap 'echo grandchild; exit' TERM; echo ready; while :; do sleep 0.01; done) &
      trap 'wait; exit 4' TERM; wait
      """
    let child = try await ChildProcess.spawn(shell(script) { $0.terminationGrace = .seconds(20) })
    #expect(try await child.textLine() == "ready")
    child.terminate()
    #expect(try await child.textLine() == "grandchild")
    #expect(await child.waitForExit() == .exited(code: 4))
  }

  @Test
  func `a stopped child can be terminated`() async throws {
    let child = try await ChildProcess.spawn(shell("kill -STOP $$") { $0.terminationGrace = .seconds(1000) })
    #expect(await eventually { readFile("/proc/\(child.pid)/stat")?.contains(") T ") == true })
    child.terminate()
    #expect(await child.waitForExit() == .signalled(number: SIGTERM))
  }

  @Test
  func `a child may end itself in its grace, and its last words are read`() async throws {
    let script = "trap 'echo bye; exit 3' TERM; echo ready; while :; do sleep 0.01; done"
    let child = try await ChildProcess.spawn(shell(script) { $0.terminationGrace = .seconds(1000) })
    #expect(try await child.textLine() == "ready")
    child.terminate()
    child.terminate()
    #expect(try await child.textLine() == "bye")
    #expect(try await child.nextLine() == nil)
    #expect(await child.waitForExit() == .exited(code: 3))
    #expect(child.failure == nil)
  }

  @Test
  func `what a child leaves in its group ends with it`() async throws {
    let child = try await ChildProcess.spawn(shell("sleep 1000 & echo $!; read answer; echo last"))
    let grandchild = try await child.processID()
    try await child.write([10])
    #expect(await child.waitForExit() == .exited(code: 0))
    #expect(await eventually { !isAlive(grandchild) })
    // The grandchild held the pipe open; the output ends with the child all the same, and completely.
    #expect(try await child.textLine() == "last")
    #expect(try await child.nextLine() == nil)
  }

  @Test
  func `a descendant that leaves the group does not hold the output open`() async throws {
    let child = try await ChildProcess.spawn(shell("setsid sleep 1000 & echo $!; echo last; read answer"))
    let escaped = try await child.processID()
    defer { kill(escaped, SIGKILL) }
    // It is in the group until setsid has run.
    #expect(await eventually { getpgid(escaped) == escaped })
    child.closeInput()
    #expect(try await child.textLine() == "last")
    #expect(try await child.nextLine() == nil)
    #expect(await child.waitForExit() == .exited(code: 1))
    #expect(isAlive(escaped))
  }

  @Test
  func `large output that was written before the exit can be read after it`() async throws {
    let child = try await ChildProcess.spawn(python("print('z' * 60000, end='')"))
    #expect(await child.waitForExit() == .exited(code: 0))
    var bytes: [UInt8] = []
    while let next = try await child.nextBytes() { bytes += next }
    #expect(bytes == [UInt8](repeating: UInt8(ascii: "z"), count: 60_000))
  }

  @Test
  func `a child without a reference is ended, with its group`() async throws {
    var child: ChildProcess? = try await ChildProcess.spawn(shell(Self.family))
    let grandchild = try #require(try await child?.processID())
    let pid = try #require(child?.pid)
    child = nil
    #expect(await eventually { kill(pid, 0) == -1 && errno == ESRCH })
    #expect(await eventually { !isAlive(grandchild) })
  }

  @Test
  func `a run that times out after its output was closed says so, and leaves nothing`() async throws {
    let configuration = shell("exec >&-; echo $$ >&2; exec sleep 1000") { $0.timeout = .milliseconds(200) }
    #expect(await processError { _ = try await ChildProcess.run(configuration) }?.code == .timedOut)
  }

  @Test
  func `any number of tasks may wait for the exit`() async throws {
    let child = try await ChildProcess.spawn(shell("read answer; exit 5"))
    let exits = await withTaskGroup(of: ProcessExit.self) { group in
      for _ in 0..<20 { group.addTask { await child.waitForExit() } }
      child.closeInput()
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(exits == Array(repeating: .exited(code: 5), count: 20))
    #expect(child.exit == .exited(code: 5))
  }

  // Cancellation.

  enum Await: CaseIterable {
    case line, write, exit
  }

  @Test(arguments: Await.allCases)
  func `cancelling a task that awaits a child ends the whole group`(what: Await) async throws {
    let child = try await ChildProcess.spawn(shell(Self.family))
    let grandchild = try await child.processID()
    let task = Task {
      switch what {
      case .line: _ = try await child.nextLine()
      case .write: try await child.write([UInt8](repeating: 0, count: 1 << 20))
      case .exit: return await child.waitForExit()
      }
      return .lost
    }
    task.cancel()
    let result = await task.result
    switch what {
    case .line, .write: #expect(throws: CancellationError.self) { try result.get() }
    case .exit: #expect(try result.get() == .signalled(number: SIGTERM))
    }
    #expect(await child.waitForExit() == .signalled(number: SIGTERM))
    #expect(await eventually { !isAlive(grandchild) })
    // A task that was not cancelled learns why the child ended.
    #expect(await processError { _ = try await child.nextLine() }?.code == .cancelled)
  }

  @Test
  func `a cancelled run throws when its group is gone`() async throws {
    let directory = try TemporaryDirectory()
    let file = "\(directory.path)/pids"
    let configuration = shell("sleep 1000 & echo $$ $! > pids.new; mv pids.new pids; wait") {
      $0.workingDirectory = directory.path
    }
    let task = Task { try await ChildProcess.run(configuration) }
    #expect(await eventually { readFile(file) != nil })
    let pids = try #require(readFile(file)).split { " \n".contains($0) }.compactMap { Int32($0) }
    try #require(pids.count == 2)
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(kill(pids[0], 0) == -1 && errno == ESRCH)
    #expect(await eventually { !isAlive(pids[1]) })
  }

  @Test
  func `a cancelled task starts nothing`() async throws {
    let task = Task {
      while !Task.isCancelled { await Task.yield() }
      _ = try await ChildProcess.spawn(ChildProcessConfiguration(executable: "/no/such/program"))
    }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }
}
