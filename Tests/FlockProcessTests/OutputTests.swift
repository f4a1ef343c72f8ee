import FlockProcess
import Glibc
import Synchronization
import Testing

@Suite(.tags(.processes), .timeLimit(.minutes(1)))
struct OutputTests {
  @Test
  func `ten megabytes come back from cat unchanged`() async throws {
    var random = MinimalRandom(seed: 7)
    // The block's length is prime, so that a piece that is lost, doubled or moved shows.
    let block = (0..<8191).map { _ in UInt8.random(in: 0...255, using: &random) }
    var bytes: [UInt8] = []
    while bytes.count < 10 << 20 { bytes += block }
    let completion = try await ChildProcess.run(ChildProcessConfiguration(executable: "cat"), input: bytes)
    #expect(completion.exit == .exited(code: 0))
    #expect(completion.output == bytes)
    #expect(completion.standardErrorTail == [])
  }

  @Test
  func `a child whose output nobody reads is held back, and loses nothing`() async throws {
    // Writes until a quarter of a second passes without room, says how much that was, and goes on when it may.
    let child = try await ChildProcess.spawn(
      python(
        """
        import os, select, sys
        os.set_blocking(1, False)
        total = 0
        while select.select([], [1], [], 0.25)[1]:
          try: total += os.write(1, b'x' * 4096)
          except BlockingIOError: pass
        sys.stderr.write(str(total)); sys.stderr.flush()
        sys.stdin.read()
        """))
    #expect(await eventually { !child.standardErrorTail.isEmpty })
    let held = try #require(Int(child.standardErrorTail.text))
    // 64 KiB in the pipe, 64 KiB read ahead, and less than one more chunk of 64 KiB.
    #expect(held >= 64 << 10 && held <= 192 << 10)
    child.closeInput()
    var count = 0
    while let bytes = try await child.nextBytes() { count += bytes.count }
    #expect(count == held)
    #expect(await child.waitForExit() == .exited(code: 0))
  }

  @Test
  func `a write waits until the child reads`() async throws {
    let child = try await ChildProcess.spawn(
      python(
        """
        import array, fcntl, os, signal, sys, termios, time
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
        full = array.array('i', [0])
        while full[0] < 65536:
          fcntl.ioctl(0, termios.FIONREAD, full)
          time.sleep(0.001)
        print('full', flush=True)
        signal.sigwait([signal.SIGUSR1])
        print(len(sys.stdin.buffer.read()), flush=True)
        """))
    let isWritten = Mutex(false)
    let size = 1 << 20
    async let writing: Void = {
      try await child.write([UInt8](repeating: 5, count: size))
      isWritten.withLock { $0 = true }
      child.closeInput()
    }()
    #expect(try await child.textLine() == "full")
    #expect(isWritten.withLock { $0 } == false)
    kill(child.pid, SIGUSR1)
    #expect(try await child.textLine() == String(size))
    try await writing
    #expect(isWritten.withLock { $0 })
    #expect(await child.waitForExit() == .exited(code: 0))
  }

  @Test
  func `a line protocol goes back and forth`() async throws {
    let child = try await ChildProcess.spawn(
      python(
        """
        import sys
        for line in sys.stdin:
          number = int(line)
          print(number * number, flush=True)
        print('bye', end='')
        """))
    for number in 1...200 {
      try await child.write(Array("\(number)\n".utf8))
      #expect(try await child.textLine() == String(number * number))
    }
    child.closeInput()
    #expect(try await child.textLine() == "bye")
    #expect(try await child.nextLine() == nil)
    #expect(try await child.nextLine() == nil)
    #expect(await child.waitForExit() == .exited(code: 0))
  }

  @Test
  func `writes of several tasks do not mix`() async throws {
    let child = try await ChildProcess.spawn(ChildProcessConfiguration(executable: "cat"))
    let size = 200_000
    var lines: [[UInt8]] = []
    try await withThrowingTaskGroup(of: Void.self) { group in
      for letter in UInt8(ascii: "a")...UInt8(ascii: "e") {
        group.addTask { try await child.write([UInt8](repeating: letter, count: size) + [10]) }
      }
      for _ in 0..<5 { lines.append(try #require(try await child.nextLine())) }
      try await group.waitForAll()
    }
    child.closeInput()
    #expect(lines.allSatisfy { $0.count == size && Set($0).count == 1 })
    #expect(Set(lines.map { $0[0] }) == Set(UInt8(ascii: "a")...UInt8(ascii: "e")))
    #expect(await child.waitForExit().isSuccess)
  }

  @Test
  func `output up to the limit is accepted and one byte more ends the child`() async throws {
    let exact = try await ChildProcess.run(shell("printf 12345678") { $0.maximumOutputBytes = 8 })
    #expect(exact.output.text == "12345678")

    let more = shell("printf '1234\\n5678x'; exec sleep 1000") { $0.maximumOutputBytes = 9 }
    let child = try await ChildProcess.spawn(more)
    #expect(try await child.textLine() == "1234")
    let error = await processError { _ = try await child.nextLine() }
    #expect(error?.code == .outputTooLong)
    #expect(await child.waitForExit() == .signalled(number: SIGTERM))
    #expect(child.failure?.code == .outputTooLong)

    let run = await processError { _ = try await ChildProcess.run(shell("yes") { $0.maximumOutputBytes = 100_000 }) }
    #expect(run?.code == .outputTooLong)
  }

  @Test
  func `a line of the limit is accepted and a longer one ends the child`() async throws {
    let limit = 300_000
    let child = try await ChildProcess.spawn(
      python("import time; print('x' * \(limit)); print('y' * \(limit + 1), flush=True); time.sleep(1000)") {
        $0.maximumLineBytes = limit
      })
    #expect(try await child.nextLine() == [UInt8](repeating: UInt8(ascii: "x"), count: limit))
    let error = await processError { _ = try await child.nextLine() }
    #expect(error?.code == .lineTooLong)
    #expect(error?.message.contains("\(limit) bytes") == true)
    #expect(await child.waitForExit() == .signalled(number: SIGTERM))
  }

  @Test
  func `of standard error the end is kept, and a flood of it holds nobody up`() async throws {
    let lines = (0..<40_000).map { "error number \($0)\n" }.joined()
    let completion = try await ChildProcess.run(
      python("import sys\nfor i in range(40000): sys.stderr.write(f'error number {i}\\n')\nsys.exit(3)"))
    #expect(completion.exit == .exited(code: 3))
    #expect(completion.standardErrorTail == Array(lines.utf8.suffix(64 << 10)))
  }

  @Test
  func `writing to a child that closed its input is an error and no signal`() async throws {
    let child = try await ChildProcess.spawn(shell("exec 0<&-; echo closed; exec sleep 1000"))
    #expect(try await child.textLine() == "closed")
    #expect(await processError { try await child.write([1]) }?.code == .inputClosed)
    #expect(await processError { try await child.write([1]) }?.code == .inputClosed)
    #expect(child.exit == nil)
    child.terminate()
    #expect(await child.waitForExit() == .signalled(number: SIGTERM))
  }

  @Test
  func `writing after closing the input, or to a child that has ended, is an error`() async throws {
    let child = try await ChildProcess.spawn(ChildProcessConfiguration(executable: "cat"))
    child.closeInput()
    child.closeInput()
    #expect(await processError { try await child.write([1]) }?.code == .inputClosed)
    #expect(await child.waitForExit() == .exited(code: 0))
    #expect(await processError { try await child.write([1]) }?.code == .inputClosed)
  }

  @Test
  func `a write that waits learns that the child has ended`() async throws {
    let child = try await ChildProcess.spawn(shell("exec sleep 1000"))
    async let writing = processError { try await child.write([UInt8](repeating: 0, count: 1 << 20)) }
    child.terminate()
    #expect(await writing?.code == .inputClosed)
  }

  @Test
  func `a child need not read the input of a run`() async throws {
    let completion = try await ChildProcess.run(
      ChildProcessConfiguration(executable: "true"), input: [UInt8](repeating: 0, count: 1 << 20))
    #expect(completion.exit == .exited(code: 0))
  }
}
