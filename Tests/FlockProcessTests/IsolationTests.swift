import FlockProcess
import Glibc
import Testing

/// One after another, because counting this process's descriptors needs two hundred children to be gone.
@Suite(.serialized, .tags(.processes), .timeLimit(.minutes(2)))
struct IsolationTests {
  @Test
  func `a child has no descriptors but the standard three`() async throws {
    // Other children's pipes, and a descriptor that was opened without close-on-exec.
    let other = try await ChildProcess.spawn(ChildProcessConfiguration(executable: "cat"))
    let inheritable = open("/dev/null", O_RDONLY)
    try #require(inheritable > 2)
    defer { close(inheritable) }
    let program = "import os; print([n for n in range(20000) if os.path.exists(f'/proc/self/fd/{n}')])"
    #expect(try await ChildProcess.run(python(program)).output.text == "[0, 1, 2]\n")
    other.closeInput()
    #expect(await other.waitForExit().isSuccess)
  }

  @Test
  func `closing one child's input reaches it while others run`() async throws {
    // If a later child inherited the first one's input, the first would never see its end.
    let first = try await ChildProcess.spawn(ChildProcessConfiguration(executable: "cat"))
    let second = try await ChildProcess.spawn(ChildProcessConfiguration(executable: "cat"))
    first.closeInput()
    #expect(await first.waitForExit() == .exited(code: 0))
    #expect(second.exit == nil)
    second.closeInput()
    #expect(await second.waitForExit() == .exited(code: 0))
  }

  @Test
  func `a child starts with no signal blocked or ignored`() async throws {
    let output = try await ChildProcess.run(
      ChildProcessConfiguration(executable: "grep", arguments: ["-E", "^Sig(Blk|Ign):", "/proc/self/status"])
    ).output.text
    let masks = output.split(separator: "\n").compactMap { line in
      line.split(separator: "\t").last.flatMap { UInt64($0, radix: 16) }
    }
    // Signals 32 and 33 belong to the C library, which lets nobody reset them: signal(7).
    let reserved: UInt64 = 3 << 31
    #expect(masks.map { $0 & ~reserved } == [0, 0])
  }

  @Test
  func `the kernel is told to kill the child with its parent`() async throws {
    // PR_GET_PDEATHSIG is 2, SIGKILL is 9: prctl(2).
    let program = "import ctypes; n = ctypes.c_int(); ctypes.CDLL(None).prctl(2, ctypes.byref(n)); print(n.value)"
    #expect(try await ChildProcess.run(python(program)).output.text == "9\n")
  }

  @Test
  func `two hundred children run at once`() async throws {
    let count = 200
    // Every child waits for input, and every reader waits for its child, before anything is written.
    var children: [ChildProcess] = []
    try await withThrowingTaskGroup(of: ChildProcess.self) { group in
      for _ in 0..<count {
        group.addTask { try await ChildProcess.spawn(ChildProcessConfiguration(executable: "cat")) }
      }
      for try await child in group { children.append(child) }
    }
    #expect(Set(children.map(\.pid)).count == count)
    #expect(children.allSatisfy { isAlive($0.pid) })
    try await withThrowingTaskGroup(of: (Int, [UInt8]).self) { group in
      for (index, child) in children.enumerated() {
        group.addTask {
          var output: [UInt8] = []
          while let bytes = try await child.nextBytes() { output += bytes }
          return (index, output)
        }
      }
      try await withThrowingTaskGroup(of: Void.self) { writers in
        for (index, child) in children.enumerated() {
          writers.addTask {
            for _ in 0..<10 { try await child.write([UInt8](repeating: UInt8(index), count: 20_000)) }
            child.closeInput()
          }
        }
        try await writers.waitForAll()
      }
      for try await (index, output) in group {
        #expect(output.count == 200_000 && output.allSatisfy { $0 == UInt8(index) })
      }
    }
    for child in children {
      #expect(await child.waitForExit() == .exited(code: 0))
      // Neither a process nor a zombie.
      #expect(kill(child.pid, 0) == -1)
    }
  }

  @Test
  func `children leave no descriptors behind, however they end`() async throws {
    _ = try await ChildProcess.run(ChildProcessConfiguration(executable: "true"))
    let before = pipesAndHandles()
    let rounds = 20
    var kept: [ChildProcess] = []
    for round in 0..<rounds {
      // Ends by itself, and its owner lives on.
      let finished = try await ChildProcess.spawn(shell("echo unread"))
      _ = await finished.waitForExit()
      kept.append(finished)
      _ = try await ChildProcess.run(ChildProcessConfiguration(executable: "cat"), input: [UInt8(round)])
      _ = await processError { _ = try await ChildProcess.run(shell("yes") { $0.maximumOutputBytes = 10 }) }
      _ = await processError { _ = try await ChildProcess.spawn(ChildProcessConfiguration(executable: "/no/such")) }
      _ = await processError { _ = try await ChildProcess.spawn(shell("") { $0.workingDirectory = "/no/such" }) }
      // Forgotten while it runs.
      _ = try await ChildProcess.spawn(shell("exec sleep 1000"))
    }
    // Other tests of this process open and close pipes too; one leaked descriptor a child would be a hundred.
    #expect(await eventually { pipesAndHandles() < before + rounds })
    #expect(kept.count == rounds)
  }

  /// Pipes and pidfds of this process, counted by what the kernel calls them.
  private func pipesAndHandles() -> Int {
    directoryEntries("/proc/self/fd").count { name in
      var target = [CChar](repeating: 0, count: 256)
      let length = readlink("/proc/self/fd/\(name)", &target, target.count)
      let text = String(decoding: target.prefix(max(length, 0)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
      return text.hasPrefix("pipe:") || text.contains("[pidfd")
    }
  }

  @Test
  func `no child stays a zombie, however it ends`() async throws {
    var pids: [Int32] = []
    for _ in 0..<10 {
      let silent = try await ChildProcess.spawn(ChildProcessConfiguration(executable: "true"))
      pids.append(silent.pid)
      let killed = try await ChildProcess.spawn(shell("kill -9 $$"))
      pids.append(killed.pid)
      let slow = try await ChildProcess.spawn(shell("exec sleep 1000") { $0.timeout = .milliseconds(20) })
      pids.append(slow.pid)
      let forgotten = try await ChildProcess.spawn(shell("exec sleep 1000"))
      pids.append(forgotten.pid)
    }
    // kill() finds zombies too, so that this also fails for a child that was never collected.
    #expect(await eventually { pids.allSatisfy { kill($0, 0) == -1 && errno == ESRCH } })
  }
}
