import FlockCommandLine
import Glibc
import Testing

@Suite(.serialized)
struct TextWriterTests {
  @Test func `A reader that went away neither kills the process nor leaves a signal behind`() throws {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    close(ends[0])
    defer { close(ends[1]) }
    // Whatever the test runner has set: by default the signal kills.
    let before = signal(SIGPIPE, SIG_DFL)
    defer { signal(SIGPIPE, before) }
    let writer = TextWriter.descriptor(ends[1])
    #expect(!writer.write("x"))
    #expect(writer.failure == .readerGone)
    #expect(!writer.write("y"))
    var pending = sigset_t()
    sigpending(&pending)
    #expect(sigismember(&pending, SIGPIPE) == 0)
    var mask = sigset_t()
    pthread_sigmask(SIG_BLOCK, nil, &mask)
    #expect(sigismember(&mask, SIGPIPE) == 0)
  }

  @Test func `A reader that went away is no failure of the command`() async throws {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    close(ends[0])
    defer { close(ends[1]) }
    let err = TextWriter.memory()
    let context = CommandContext(out: .descriptor(ends[1]), err: err)
    #expect(await sampleTool().run(arguments: ["help"], context: context) == 0)
    #expect(err.collectedText.isEmpty)
  }

  @Test func `A full disk is a failure of the command`() async throws {
    let descriptor = open("/dev/full", O_WRONLY)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    let err = TextWriter.memory()
    let context = CommandContext(out: .descriptor(descriptor), err: err)
    #expect(await sampleTool().run(arguments: ["help"], context: context) == 1)
    #expect(err.collectedText == "flk: standard output cannot be written: No space left on device\n")
  }

  @Test func `A closed descriptor is an error of the system`() {
    let writer = TextWriter.descriptor(-1)
    #expect(!writer.write("x"))
    #expect(writer.failure == .system(EBADF))
  }

  /// A non-blocking pipe takes 64 KiB; the rest must wait for the reader.
  @Test func `All of a long text arrives through a non-blocking pipe`() async throws {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    let (reading, writing) = (ends[0], ends[1])
    try #require(fcntl(writing, F_SETFL, O_NONBLOCK) == 0)
    defer { close(reading) }
    let text = String(repeating: "0123456789abcde\n", count: 40_000)
    async let count = Self.readAll(reading)
    let all = TextWriter.descriptor(writing).write(text)
    close(writing)
    #expect(all)
    #expect(await count == 640_000)
  }

  @concurrent private static func readAll(_ descriptor: Int32) async -> Int {
    var buffer = [UInt8](repeating: 0, count: 4096)
    var total = 0
    while true {
      let got = read(descriptor, &buffer, buffer.count)
      if got <= 0 { return total }
      total += got
    }
  }

  @Test func `A collecting writer has a limit`() {
    let writer = TextWriter.memory(limit: 4)
    #expect(writer.write("abc"))
    #expect(!writer.write("de"))
    #expect(!writer.write("f"))
    #expect(writer.collectedText == "abc")
    #expect(writer.failure == .full)
  }

  @Test func `Texts of several tasks do not mix`() async {
    let writer = TextWriter.memory()
    await withTaskGroup(of: Void.self) { group in
      for letter in ["a", "b", "c", "d"] {
        group.addTask { for _ in 0..<200 { writer.writeLine(String(repeating: letter, count: 50)) } }
      }
    }
    let lines = writer.collectedText.split(separator: "\n")
    #expect(lines.count == 800)
    #expect(lines.allSatisfy { $0.count == 50 && Set($0).count == 1 })
  }
}
