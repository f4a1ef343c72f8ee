import Flock
import FlockCore
import FlockEngines
import Foundation
import Testing

@Suite(.serialized, .timeLimit(.minutes(2)))
struct SubprocessPoolTests {
  @Test
  func `fifty runs at once share the processes and each gets its own answer`() async throws {
    let folder = try Folder()
    let engine = try python(
      """
      note("pids", os.getpid())
      while True:
          say({"ready": {}})
          line = sys.stdin.readline()
          if not line: break
          publish(json.loads(line)["inputs"][0]["payload"]["text"] + "!")
          say({"done": {}})
      """, in: folder
    ) { $0.mode = .pooled(maximum: 4) }
    let flock = try Flock(agents: [agent(engine)])
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<50 {
        group.addTask {
          let outputs = try await flock.invoke("worker", Ask(text: "n\(number)"))
          #expect(try texts(outputs) == ["n\(number)!"])
        }
      }
      try await group.waitForAll()
    }
    let pids = folder.lines("pids").compactMap(Int32.init)
    #expect((1...4).contains(pids.count), "\(pids.count) processes")
    #expect(pids.contains(where: isAlive))
    try await flock.shutdown()
    // Nothing is left when the last agent has stopped.
    for pid in pids { #expect(await eventually { !isAlive(pid) }) }
  }

  @Test
  func `a process that fails a run and is well serves the next one`() async throws {
    let folder = try Folder()
    let engine = try python(
      """
      note("pids", os.getpid())
      while True:
          say({"ready": {}})
          attempt = hear()["run"]["attempt"]
          publish("attempt %d" % attempt)
          say({"done": {}} if attempt == 3 else {"fail": {"message": "not yet"}})
      """, in: folder
    ) { $0.mode = .pooled(maximum: 2) }
    #expect(try texts(try await invoke(agent(engine, attempts: 3))) == ["attempt 3"])
    #expect(folder.lines("pids").count == 1)
  }

  @Test
  func `a process may retire after a run`() async throws {
    let folder = try Folder()
    let engine = try python(
      "note('pids', os.getpid()); say({'ready': {}}); hear(); publish('x'); say({'done': {}})", in: folder
    ) { $0.mode = .pooled(maximum: 1) }
    let flock = try Flock(agents: [agent(engine)])
    for _ in 0..<3 { #expect(try texts(try await flock.invoke("worker", Ask(text: "a"))) == ["x"]) }
    try await flock.shutdown()
    #expect(Set(folder.lines("pids")).count == 3)
  }

  @Test
  func `a process that died while it waited is replaced and the run does not notice`() async throws {
    let folder = try Folder()
    let engine = try python(
      """
      note("pids", os.getpid())
      while True:
          say({"ready": {}}); hear(); publish("x"); say({"done": {}})
      """, in: folder
    ) { $0.mode = .pooled(maximum: 1) }
    let flock = try Flock(agents: [agent(engine)])
    _ = try await flock.invoke("worker", Ask(text: "a"))
    let pid = try #require(folder.lines("pids").first.flatMap(Int32.init))
    kill(pid, SIGKILL)
    // Reaped, so the engine can know.
    #expect(await eventually { !FileManager.default.fileExists(atPath: "/proc/\(pid)") })
    #expect(try texts(try await flock.invoke("worker", Ask(text: "b"))) == ["x"])
    try await flock.shutdown()
    #expect(folder.lines("pids").count == 2)
  }

  struct Wrong: Sendable, CustomTestStringConvertible {
    let program: String
    let part: String
    var testDescription: String { program }
  }

  @Test(arguments: [
    Wrong(program: "publish('early')", part: "line 1 of its process: 'ready' is expected"),
    Wrong(program: "sys.exit(0)", part: "exited with code 0 before it said 'ready'"),
    Wrong(program: "say({'ready': {}}); hear(); say({'done': {}}); publish('late')", part: "line 3 of its process: 'ready' is expected"),
    Wrong(program: "say({'ready': {}}); hear(); say({'done': {}}); sys.exit(5)", part: "exited with code 5 after it said 'done'"),
    Wrong(program: "say({'ready': {}}); hear(); say({'ready': {}})", part: "'ready' before the run's"),
  ])
  func `what a pooled process says at the wrong time fails the run that it served`(wrong: Wrong) async throws {
    let engine = try python(wrong.program) { $0.mode = .pooled(maximum: 1) }
    let message = try await failure(agent(engine))
    #expect(message.contains(wrong.part), "\(message)")
  }
}
