import Flock
import FlockCore
import FlockEngines
import Foundation
import Testing

@Suite(.serialized, .timeLimit(.minutes(2)))
struct SubprocessLimitTests {
  /// Starts a child of its own, notes both ids, and never ends by itself or by SIGTERM.
  private static let stubborn = #"""
    trap '' TERM
    (trap '' TERM; while :; do sleep 1000; done) &
    echo $! >> $FOLDER/pids; echo $$ >> $FOLDER/pids
    echo '{"stream":"started"}'
    while :; do sleep 1000; done
    """#

  private func requireGone(_ folder: Folder) async throws {
    let pids = folder.lines("pids").compactMap(Int32.init)
    try #require(pids.count == 2)
    for pid in pids { #expect(await eventually { !isAlive(pid) }) }
  }

  @Test
  func `a time-out ends the program and what it started`() async throws {
    let folder = try Folder()
    let engine = try shell(Self.stubborn, in: folder) {
      $0.timeout = .seconds(3)
      $0.terminationGrace = .milliseconds(50)
    }
    let message = try await failure(agent(engine))
    #expect(message.contains("timedOut: agent 'worker', after line 1"), "\(message)")
    try await requireGone(folder)
  }

  @Test
  func `the agent's own time-out ends the program and what it started`() async throws {
    let folder = try Folder()
    let engine = try shell(Self.stubborn, in: folder) { $0.terminationGrace = .milliseconds(50) }
    #expect(try await failure(agent(engine).timeout(.seconds(3))).contains("timedOut"))
    try await requireGone(folder)
  }

  @Test
  func `cancelling a run ends the program and what it started`() async throws {
    let folder = try Folder()
    let engine = try shell(Self.stubborn, in: folder) { $0.terminationGrace = .milliseconds(50) }
    let flock = try Flock(agents: [agent(engine)])
    let events = flock.events()
    let running = Task { try await flock.invoke("worker", Ask(text: "x")) }
    for await event in events {
      if case .partial(let run, _, _) = event {
        try await flock.cancel(run: run)
        break
      }
    }
    let error = await #expect(throws: FlockError.self) { try await running.value }
    #expect(error?.message.contains("cancelled") == true, "\(error?.message ?? "")")
    try await requireGone(folder)
    try await flock.shutdown()
  }

  @Test
  func `a pooled process that is out of time is replaced`() async throws {
    let folder = try Folder()
    let engine = try python(
      """
      while True:
          say({"ready": {}})
          document = hear()
          note("pids", os.getpid())
          if document["run"]["attempt"] == 1: time.sleep(1000)
          publish("attempt %d" % document["run"]["attempt"])
          say({"done": {}})
      """, in: folder
    ) {
      $0.mode = .pooled(maximum: 1)
      $0.timeout = .seconds(5)
      $0.terminationGrace = .milliseconds(50)
    }
    #expect(try texts(try await invoke(agent(engine, attempts: 2))) == ["attempt 2"])
    let pids = folder.lines("pids").compactMap(Int32.init)
    #expect(pids.count == 2)
    #expect(Set(pids).count == 2)
    for pid in pids { #expect(await eventually { !isAlive(pid) }) }
  }

  @Test(arguments: [SubprocessEngineConfiguration.Mode.perRun, .pooled(maximum: 1)])
  func `output beyond the limit ends the run`(mode: SubprocessEngineConfiguration.Mode) async throws {
    let engine = try python(
      """
      if \(mode == .perRun ? "False" : "True"): say({"ready": {}})
      hear()
      for i in range(1000): say({"stream": "x" * 100})
      say({"done": {}})
      """
    ) {
      $0.mode = mode
      $0.maximumOutputBytes = 10_000
    }
    let message = try await failure(agent(engine))
    #expect(message.contains("limitExceeded") && message.contains("maximumOutputBytes"), "\(message)")
  }

  @Test
  func `a line beyond the limit ends the run`() async throws {
    let engine = try python("hear(); say({'stream': 'x' * 2000}); say({'done': {}})") { $0.maximumLineBytes = 1000 }
    let message = try await failure(agent(engine))
    #expect(message.contains("limitExceeded") && message.contains("maximumLineBytes"), "\(message)")
  }

  @Test
  func `a run that is too large for the limit is a dead letter and no process is started`() async throws {
    let folder = try Folder()
    let engine = try shell("echo 1 > $FOLDER/started", in: folder) { $0.maximumRunBytes = 1000 }
    let message = try await failure(agent(engine, attempts: 3), String(repeating: "x", count: 1000))
    #expect(message.contains("permanent") && message.contains("maximumRunBytes"), "\(message)")
    #expect(folder.lines("started").isEmpty)
  }

  @Test
  func `a program that is not there is a dead letter at once`() async throws {
    let engine = try SubprocessEngine(SubprocessEngineConfiguration(executable: "/nowhere/at-all"))
    let message = try await failure(agent(engine, attempts: 3))
    #expect(message.contains("permanent") && message.contains("executableNotFound"), "\(message)")
  }

  @Test(
    arguments: [
      { $0.maximumProcesses = 0 }, { $0.mode = .pooled(maximum: 0) }, { $0.maximumRunBytes = 0 }, { $0.maximumOutputBytes = 0 },
      { $0.maximumLineBytes = 0 }, { $0.maximumErrorBytes = -1 }, { $0.quotedErrorBytes = -1 }, { $0.timeout = .zero },
      { $0.terminationGrace = .seconds(-1) }, { $0.secretVariables = ["ABSENT"] },
    ] as [@Sendable (inout SubprocessEngineConfiguration) -> Void])
  func `a setting that makes no sense is refused`(change: @Sendable (inout SubprocessEngineConfiguration) -> Void) {
    var configuration = SubprocessEngineConfiguration(executable: "/bin/sh")
    change(&configuration)
    let error = #expect(throws: FlockError.self) { try SubprocessEngine(configuration) }
    #expect(error?.code == .invalidConfiguration)
  }

  @Test
  func `fifty runs at once keep to the number of processes`() async throws {
    let folder = try Folder()
    let engine = try shell(
      #"""
      read -r run; echo + >> $FOLDER/log
      # The first eight wait for each other.
      while [ $(wc -l < $FOLDER/log) -lt 8 ]; do sleep 0.01; done
      text=${run##*'"text":"'}; text=${text%%'"'*}
      echo "{\"publish\":{\"type\":\"answer\",\"payload\":{\"text\":\"$text!\"}}}"
      echo - >> $FOLDER/log; echo '{"done":{}}'
      """#, in: folder
    ) { $0.maximumProcesses = 8 }
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
    try await flock.shutdown()
    var inside = 0
    var most = 0
    for mark in folder.lines("log") {
      inside += mark == "+" ? 1 : -1
      most = max(most, inside)
    }
    #expect(folder.lines("log").count == 100)
    #expect(most == 8)
  }
}
