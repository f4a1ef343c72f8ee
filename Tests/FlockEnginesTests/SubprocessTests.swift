import Flock
import FlockCore
import FlockEngines
import Foundation
import Testing

@Suite(.serialized, .timeLimit(.minutes(2)))
struct SubprocessTests {
  @Test
  func `a program is given the run and what it publishes is the run's output`() async throws {
    let folder = try Folder()
    let engine = try python(
      """
      document = hear()
      note("document", json.dumps(document))
      publish("to " + document["inputs"][0]["payload"]["text"], tags=["b", "a"], version=2, partitionKey="k",
              visibility={"agents": ["reader"]})
      publish("second")
      say({"done": {}})
      """, in: folder)
    let outputs = try await invoke(agent(engine), "zürich\n\"x\"")
    #expect(try texts(outputs) == ["to zürich\n\"x\"", "second"])
    #expect(outputs[0].tags == ["a", "b"])
    #expect(outputs[0].partitionKey == "k")
    #expect(outputs[0].visibility == .agents("reader"))
    #expect(outputs[0].type == Answer.artifactType)
    #expect(outputs[1].visibility == .public)

    let text = try #require(folder.lines("document").first)
    let document = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    let run = try #require(document["run"] as? [String: Any])
    #expect(run["id"] as? String == outputs[0].run.description)
    #expect(run["attempt"] as? Int == 1)
    #expect(run["replayNumber"] as? Int == 0)
    #expect(run["agent"] as? String == "worker")
    #expect(run["correlation"] as? String == outputs[0].correlation.description)
    #expect((run["trigger"] as? [String: Any])?["kind"] as? String == "invocation")
    let input = try #require((document["inputs"] as? [[String: Any]])?.first)
    #expect(input["id"] as? String == outputs[0].parents.ids.first?.description)
    #expect(input["type"] as? String == "ask")
    #expect(input["version"] as? Int == 1)
    #expect(input["producer"] as? String == "external")
    #expect(input["tags"] as? [String] == [])
    #expect((input["createdAt"] as? String).flatMap(Timestamp.init) != nil)
    #expect((document["board"] as? [Any])?.isEmpty == true)
  }

  @Test
  func `stored payloads pass through with every digit, on one line`() async throws {
    let folder = try Folder()
    let engine = try python("line = sys.stdin.readline(); note('line', line.strip()); say({'done': {}})", in: folder)
    let flock = try Flock(agents: [agent(engine)])
    let payload = EncodedPayload(bytes: Array("{\n  \"text\": \"a b\",\n  \"n\": 98765432109876543210\n}".utf8))
    _ = try await flock.invoke("worker", type: Ask.artifactType, payload: payload)
    try await flock.shutdown()
    let line = try #require(folder.lines("line").first)
    #expect(line.contains(#""payload":{"text":"a b","n":98765432109876543210}}"#), "\(line)")
  }

  @Test
  func `a payload that is no JSON is not handed on`() async throws {
    let folder = try Folder()
    let flock = try Flock(agents: [agent(try shell("echo started > $FOLDER/started; exit 1", in: folder))])
    let payload = EncodedPayload(bytes: Array(#"{"text":"a"},"board":[{}]"#.utf8))
    let error = await #expect(throws: FlockError.self) {
      _ = try await flock.invoke("worker", type: Ask.artifactType, payload: payload)
    }
    #expect(error?.message.contains("undecodable") == true, "\(error?.message ?? "")")
    #expect(folder.lines("started").isEmpty)
    try await flock.shutdown()
  }

  @Test
  func `the board that the agent is shown is in the document, without what it may not see`() async throws {
    let folder = try Folder()
    let engine = try python("note('board', json.dumps(hear()['board'])); say({'done': {}})", in: folder)
    let flock = try Flock(agents: [agent(engine).shown(RecentContext())])
    try await flock.publish(Answer(text: "seen"))
    try await flock.publish(Answer(text: "hidden"), PublishOptions(visibility: .agents("nobody")))
    _ = try await flock.invoke("worker", Ask(text: "x"))
    try await flock.shutdown()
    let text = try #require(folder.lines("board").first)
    #expect(text.contains("seen"))
    #expect(!text.contains("hidden"))
  }

  @Test
  func `partial output reaches observers and log lines the log`() async throws {
    let entries = Collected<SubprocessLogEntry>()
    let engine = try python(
      """
      hear()
      say({"stream": "one "}); say({"stream": "two"}); say({"log": {"level": "debug", "key": os.environ["KEY"]}})
      print("said aside " + os.environ["KEY"], file=sys.stderr)
      say({"done": {}})
      """
    ) {
      $0.environment["KEY"] = "hunter2hunter2"
      $0.secretVariables = ["KEY"]
      $0.log = { entries.append($0) }
    }
    let flock = try Flock(agents: [agent(engine)])
    let events = flock.events()
    _ = try await flock.invoke("worker", Ask(text: "x"))
    try await flock.shutdown()
    var parts: [String] = []
    for await event in events { if case .partial(_, _, let text) = event { parts.append(text) } }
    #expect(parts == ["one ", "two"])
    #expect(entries.all.map(\.kind) == [.message, .standardError])
    #expect(entries.all.map(\.text) == [#"{"level":"debug","key":"[redacted]"}"#, "said aside [redacted]\n"])
    #expect(entries.all.allSatisfy { $0.agent == "worker" && $0.attempt == 1 })
  }

  @Test
  func `a failure is retried and nothing of the failed attempt is published`() async throws {
    let engine = try python(
      """
      attempt = hear()["run"]["attempt"]
      publish("attempt %d" % attempt)
      say({"done": {}} if attempt == 3 else {"fail": {"message": "not yet"}})
      """)
    #expect(try texts(try await invoke(agent(engine, attempts: 3))) == ["attempt 3"])
  }

  @Test
  func `a permanent failure is not retried`() async throws {
    let folder = try Folder()
    let engine = try python("note('runs', 1); hear(); say({'fail': {'message': 'never', 'permanent': True}})", in: folder)
    #expect(try await failure(agent(engine, attempts: 5)) == "agent 'worker': permanent: agent 'worker': never")
    #expect(folder.lines("runs").count == 1)
  }

  @Test
  func `a secret that a program repeats is not in the error`() async throws {
    let engine = try python(
      """
      hear()
      print(os.environ["KEY"], file=sys.stderr, flush=True)
      say({"fail": {"message": "refused: " + os.environ["KEY"]}})
      """
    ) {
      $0.environment["KEY"] = "hunter2hunter2"
      $0.secretVariables = ["KEY"]
    }
    let message = try await failure(agent(engine))
    #expect(message.contains("refused: [redacted]"))
    #expect(!message.contains("hunter2"))
  }

  struct Wrong: Sendable, CustomTestStringConvertible {
    let script: String
    let parts: [String]
    var testDescription: String { script }
  }

  static let wrong: [Wrong] = [
    Wrong(script: #"echo '{"stream":"x"}'; echo 'not json secret-word'"#, parts: ["line 2", "no JSON"]),
    Wrong(script: #"echo; echo '{"done":{}}'"#, parts: ["line 1", "no JSON"]),
    Wrong(script: #"echo '{"finished":{}}'"#, parts: ["line 1", "unknown key 'finished'"]),
    Wrong(script: #"echo '{"done":{}}'; echo '{"stream":"late"}'"#, parts: ["line 2", "after 'done'"]),
    Wrong(script: #"echo '{"ready":{}}'"#, parts: ["line 1", "'ready' before"]),
    Wrong(script: #"echo '{"stepResult":{"name":"n","ok":1}}'"#, parts: ["line 1", "without an open step"]),
    Wrong(script: "exit 0", parts: ["line 0", "exited with code 0 without 'done'"]),
    Wrong(script: #"echo '{"stream":"x"}'; exit 3"#, parts: ["line 1", "exited with code 3 without 'done'"]),
    Wrong(script: #"echo '{"done":{}}'; exit 4"#, parts: ["line 1", "exited with code 4 after it said 'done'"]),
    Wrong(script: "kill -9 $$", parts: ["line 0", "signal 9"]),
    Wrong(script: #"echo '{"fail":{"message":"m","step":"s"}}'"#, parts: ["line 1", "'fail.step'"]),
  ]

  @Test(arguments: wrong)
  func `what is not as the protocol has it fails with agent and line`(wrong: Wrong) async throws {
    let message = try await failure(agent(try shell("read -r run; " + wrong.script)))
    #expect(message.hasPrefix("agent 'worker': attemptsExhausted: engineFailed: agent 'worker', line "), "\(message)")
    for part in wrong.parts { #expect(message.contains(part), "\(message)") }
    #expect(!message.contains("secret-word"))
  }

  @Test
  func `standard error is quoted only on request, without secrets, and from its end`() async throws {
    let script = #"read -r run; echo "first line" >&2; echo "key $KEY" >&2; exit 1"#
    func message(_ bytes: Int) async throws -> String {
      try await failure(
        agent(
          try shell(script) {
            $0.environment["KEY"] = "hunter2hunter2"
            $0.secretVariables = ["KEY"]
            $0.quotedErrorBytes = bytes
          }))
    }
    let silent = try await message(0)
    #expect(!silent.contains("key "))
    let quoted = try await message(14)
    #expect(quoted.contains("standard error ends with: key [redacted]"), "\(quoted)")
  }

  @Test
  func `code 0 without done counts only when that is asked for`() async throws {
    let script = #"read -r run; echo '{"publish":{"type":"answer","payload":{"text":"plain"}}}'"#
    #expect(try texts(try await invoke(agent(try shell(script) { $0.acceptsSilentSuccess = true }))) == ["plain"])
    #expect(try await failure(agent(try shell(script + "; exit 1") { $0.acceptsSilentSuccess = true })).contains("code 1"))
  }

  @Test
  func `a program need not read its run`() async throws {
    let engine = try shell(#"exec <&-; echo '{"done":{}}'"#)
    // Far more than a pipe holds.
    #expect(try await invoke(agent(engine), String(repeating: "x", count: 4 << 20)).isEmpty)
  }

  @Test
  func `an undeclared type is a contract violation and is not retried`() async throws {
    let folder = try Folder()
    let engine = try python(
      "note('runs', 1); hear(); say({'publish': {'type': 'other', 'payload': 1}}); say({'done': {}})", in: folder)
    let message = try await failure(agent(engine, attempts: 5))
    #expect(message.contains("contractViolation") && message.contains("'other'"), "\(message)")
    #expect(folder.lines("runs").count == 1)
  }

  @Test
  func `another version than the declared one is a contract violation`() async throws {
    let engine = try python("hear(); publish('x', version=1); say({'done': {}})")
    #expect(try await failure(agent(engine)).contains("it declares version 2"))
  }

  @Test
  func `the contract's validation sees what a program publishes`() async throws {
    let engine = try python("hear(); publish('bad'); say({'done': {}})")
    let strict = Agent("worker").consumes(Ask.self)
      .publishes(Answer.self, validate: [("text is good", { $0.text == "good" })]).runs(on: engine)
    #expect(try await failure(strict).contains("text is good"))
  }
}
