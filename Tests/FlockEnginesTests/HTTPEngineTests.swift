#if HTTP
import Flock
import FlockCore
import FlockEngines
import Foundation
import Testing

@Suite(.loopbackServer, .timeLimit(.minutes(2)))
struct HTTPEngineTests {
  /// A name for one test's requests, and an engine on them.
  private func engine(
    _ behaviour: String, _ configure: (inout HTTPEngineConfiguration) -> Void = { _ in }
  ) throws -> (token: String, engine: HTTPEngine) {
    let token = UUID().uuidString
    var configuration = HTTPEngineConfiguration(url: try LoopbackServer.running().url(behaviour, token))
    configure(&configuration)
    return (token, try HTTPEngine(configuration))
  }

  private func requests(_ token: String) throws -> [LoopbackServer.Request] {
    try LoopbackServer.running().requests(token)
  }

  /// Fails the first attempt after the engine has done its work.
  struct FailsOnce: AgentHooks {
    func didRun(_ context: RunContext) async throws {
      if context.attempt == 1 { throw FlockError(.engineFailed, "once more") }
    }
  }

  @Test
  func `a service is sent the run and what it answers is published`() async throws {
    let (token, engine) = try engine("ok")
    let outputs = try await invoke(agent(engine), "grüße")
    #expect(try texts(outputs) == ["grüße!"])
    #expect(outputs.first?.tags == ["t"])
    let request = try #require(try requests(token).first)
    #expect(request.headers["content-type"] == "application/json")
    #expect(request.headers["accept"] == "application/json")
    #expect(request.headers["flock-attempt"] == "1")
    #expect(request.headers["idempotency-key"]?.contains("request") == true)
    let document = try #require(try JSONSerialization.jsonObject(with: Data(request.body.utf8)) as? [String: Any])
    let run = try #require(document["run"] as? [String: Any])
    #expect(run["id"] as? String == outputs.first?.run.description)
    #expect(run["agent"] as? String == "worker")
    #expect(run["attempt"] == nil)
    let input = try #require((document["inputs"] as? [[String: Any]])?.first)
    #expect(input["payload"] as? [String: String] == ["text": "grüße"])
  }

  @Test
  func `status 204 publishes nothing`() async throws {
    let (token, engine) = try engine("none")
    #expect(try await invoke(agent(engine)).isEmpty)
    #expect(try requests(token).count == 1)
  }

  @Test
  func `numbers keep their digits, also through the record`() async throws {
    let (token, engine) = try engine("digits")
    let outputs = try await invoke(agent(engine, attempts: 2).hooks(FailsOnce()))
    let payload = try #require(try outputs.first?.payload.encoded())
    #expect(String(decoding: payload, as: UTF8.self) == #"{"text":"x","n":98765432109876543210}"#)
    #expect(try requests(token).count == 1)
  }

  @Test
  func `a recorded answer is not asked for again in the next attempt`() async throws {
    let (token, engine) = try engine("ok")
    #expect(try texts(try await invoke(agent(engine, attempts: 2).hooks(FailsOnce()))) == ["hello!"])
    #expect(try requests(token).count == 1)
  }

  @Test
  func `per attempt, the request is made again under the same key`() async throws {
    let (token, engine) = try engine("ok") { $0.mode = .perAttempt }
    #expect(try texts(try await invoke(agent(engine, attempts: 2).hooks(FailsOnce()))) == ["hello!"])
    let requests = try requests(token)
    #expect(requests.count == 2)
    #expect(Set(requests.map { $0.headers["idempotency-key"] }).count == 1)
    #expect(Set(requests.map(\.body)).count == 1)
    #expect(requests.map { $0.headers["flock-attempt"] } == ["1", "2"])
  }

  @Test(arguments: [408, 425, 429, 500, 501, 503, 599])
  func `a status that says not now is retried under a new key`(status: Int) async throws {
    let (token, engine) = try engine("flaky-\(status)")
    #expect(try texts(try await invoke(agent(engine, attempts: 2))) == ["hello!"])
    let requests = try requests(token)
    #expect(requests.count == 2)
    #expect(Set(requests.map { $0.headers["idempotency-key"] }).count == 2)
  }

  @Test(arguments: [301, 304, 400, 401, 404, 409, 422, 451])
  func `a status that says no is a dead letter at once`(status: Int) async throws {
    let (token, engine) = try engine("status-\(status)")
    let message = try await failure(agent(engine, attempts: 3))
    #expect(message.contains("permanent: agent 'worker': the service answered with status \(status)"), "\(message)")
    #expect(try requests(token).count == 1)
  }

  @Test(arguments: ["drop", "cut", "flaky-502", "flaky-504"])
  func `an unknown result is left to a person`(behaviour: String) async throws {
    let (token, engine) = try engine(behaviour) { $0.streams = behaviour == "cut" }
    let message = try await failure(agent(engine, attempts: 5))
    #expect(message.contains("unknownEffect"), "\(message)")
    #expect(try requests(token).count == 1)
  }

  @Test(arguments: ["dropped", "flaky-502", "flaky-504"])
  func `an idempotent request with an unknown result is repeated, key and body the same`(behaviour: String) async throws {
    let (token, engine) = try engine(behaviour) { $0.idempotency = .idempotent }
    #expect(try texts(try await invoke(agent(engine, attempts: 2))) == ["hello!"])
    let requests = try requests(token)
    #expect(requests.count == 2)
    #expect(Set(requests.map { $0.headers["idempotency-key"] }).count == 1)
    #expect(Set(requests.map(\.body)).count == 1)
  }

  @Test
  func `a time-out after the request was sent leaves its result unknown`() async throws {
    let (token, engine) = try engine("hang") { $0.timeout = .seconds(1) }
    #expect(try await failure(agent(engine, attempts: 3)).contains("unknownEffect"))
    #expect(try requests(token).count == 1)
  }

  @Test
  func `a run that is out of time aborts its request`() async throws {
    let (token, engine) = try engine("hang")
    let began = ContinuousClock.now
    #expect(try await failure(agent(engine).timeout(.seconds(1))).contains("timedOut"))
    #expect(ContinuousClock.now - began < .seconds(15))
    #expect(try requests(token).count == 1)
  }

  @Test
  func `a refused connection is retried until the attempts are spent`() async throws {
    let port = try LoopbackServer.running().refusingPort
    let engine = try HTTPEngine(HTTPEngineConfiguration(url: "http://127.0.0.1:\(port)/?key=query-secret"))
    let message = try await failure(agent(engine, attempts: 3))
    #expect(message.contains("attemptsExhausted") && message.contains("connectionRefused"), "\(message)")
    #expect(!message.contains("query-secret"))
  }

  @Test
  func `a host that is not allowed is a dead letter and nothing is sent`() async throws {
    let (token, engine) = try engine("ok") { $0.allowedHosts = ["example.org"] }
    #expect(try await failure(agent(engine, attempts: 3)).contains("permanent"))
    let (other, refused) = try self.engine("ok") { $0.allowsAddress = { address, _ in address != "127.0.0.1" } }
    #expect(try await failure(agent(refused, attempts: 3)).contains("permanent"))
    #expect(try requests(token).isEmpty)
    #expect(try requests(other).isEmpty)
  }

  @Test
  func `a service may fail the run, for now or for good`() async throws {
    let (token, engine) = try engine("refused")
    #expect(try texts(try await invoke(agent(engine, attempts: 2))) == ["hello!"])
    let requests = try requests(token)
    #expect(Set(requests.map { $0.headers["idempotency-key"] }).count == 2)

    let (other, permanent) = try self.engine("refuse-permanent")
    #expect(try await failure(agent(permanent, attempts: 3)).contains("permanent: agent 'worker': no: "))
    #expect(try self.requests(other).count == 1)
  }

  struct Unusable: Sendable, CustomTestStringConvertible {
    let body: [UInt8]
    let part: String
    var testDescription: String { String(decoding: body, as: UTF8.self) }

    init(_ text: String, _ part: String) {
      // A byte that is no UTF-8 takes the place of the question mark.
      body = text.utf8.map { $0 == UInt8(ascii: "?") ? 0xFF : $0 }
      self.part = part
    }
  }

  static let unusable: [Unusable] = [
    Unusable("", "json.unexpectedEnd"), Unusable("hello", "json.unexpectedByte"), Unusable("{}", "one key"),
    Unusable("[]", "one key"), Unusable(#"{"publish":{}}"#, "is an array"),
    Unusable(#"{"publish":[],"fail":{"message":"x"}}"#, "one key"),
    Unusable(#"{"publish":[{"type":"answer"}]}"#, "lacks 'payload'"), Unusable(#"{"publish":[1]}"#, "is an object"),
    Unusable(#"{"fail":{"message":1}}"#, "'fail'"),
    Unusable(#"{"publish":[{"type":"answer","payload":{"text":"?"}}]}"#, "json.invalidUTF8"),
  ]

  /// The behaviour that answers with these bytes.
  private static func raw(_ body: some Sequence<UInt8>) -> String {
    "raw-" + body.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  @Test(arguments: unusable)
  func `an answer that is not usable is a dead letter, and the effect is not made again`(unusable: Unusable) async throws {
    let (token, engine) = try engine(Self.raw(unusable.body))
    let message = try await failure(agent(engine, attempts: 3))
    #expect(message.contains("permanent: agent 'worker': the service's answer is not usable"), "\(message)")
    #expect(message.contains(unusable.part), "\(message)")
    #expect(try requests(token).count == 1)
  }

  @Test
  func `an undeclared type is a contract violation`() async throws {
    let text = #"{"publish":[{"type":"other","payload":1}]}"#
    let (token, engine) = try engine(Self.raw(text.utf8))
    #expect(try await failure(agent(engine, attempts: 3)).contains("contractViolation"))
    #expect(try requests(token).count == 1)
  }

  @Test
  func `an answer beyond the limit is refused`() async throws {
    let (_, engine) = try engine("large") {
      $0.maximumResponseBytes = 10_000
      $0.mode = .perAttempt
    }
    let message = try await failure(agent(engine))
    #expect(message.contains("tooLarge"), "\(message)")
  }

  @Test
  func `a run beyond the limit is a dead letter and nothing is sent`() async throws {
    let (token, engine) = try engine("ok") { $0.maximumRunBytes = 1000 }
    let message = try await failure(agent(engine, attempts: 3), String(repeating: "x", count: 1000))
    #expect(message.contains("permanent") && message.contains("maximumRunBytes"), "\(message)")
    #expect(try requests(token).isEmpty)
  }

  @Test
  func `events stream partial output and end with what to publish`() async throws {
    let (token, engine) = try engine("events") { $0.streams = true }
    let flock = try Flock(agents: [agent(engine, attempts: 2).hooks(FailsOnce())])
    let events = flock.events()
    #expect(try texts(try await flock.invoke("worker", Ask(text: "hello"))) == ["hello!"])
    try await flock.shutdown()
    var parts: [String] = []
    for await event in events { if case .partial(_, _, let text) = event { parts.append(text) } }
    // The second attempt has the recorded answer and streams nothing.
    #expect(parts == ["one", "two\nlines"])
    let requests = try requests(token)
    #expect(requests.count == 1)
    #expect(requests.first?.headers["accept"] == "text/event-stream, application/json")
  }

  @Test
  func `an event can fail the run, and none can smuggle a second key in`() async throws {
    let (_, failing) = try engine("eventfail") { $0.streams = true }
    #expect(try await failure(agent(failing, attempts: 3)).contains("permanent: agent 'worker': cannot"))
    let (_, injected) = try engine("injected") { $0.streams = true }
    #expect(try await failure(agent(injected, attempts: 3)).contains("one key"))
  }

  @Test
  func `a service that declines to stream answers as usual`() async throws {
    let (_, engine) = try engine("ok") { $0.streams = true }
    #expect(try texts(try await invoke(agent(engine))) == ["hello!"])
    let (_, refusing) = try self.engine("status-404") { $0.streams = true }
    #expect(try await failure(agent(refusing)).contains("status 404"))
  }

  @Test
  func `fifty runs at once each get their own answer`() async throws {
    let (token, engine) = try engine("ok")
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
    #expect(try requests(token).count == 50)
  }

  // MARK: Secrets

  @Test
  func `headers come from values, the environment and closures`() async throws {
    setenv("FLOCK_ENGINES_TEST_TOKEN", "from-the-environment", 1)
    let (token, engine) = try engine("ok") {
      $0.headers = [
        .fixed("X-Fixed", "as it is"), .environment("Authorization", "FLOCK_ENGINES_TEST_TOKEN", prefix: "Bearer "),
        .computed("X-Computed") { "made" },
      ]
    }
    _ = try await invoke(agent(engine))
    let headers = try #require(try requests(token).first).headers
    #expect(headers["x-fixed"] == "as it is")
    #expect(headers["authorization"] == "Bearer from-the-environment")
    #expect(headers["x-computed"] == "made")
  }

  @Test(arguments: ["refuse", "refuse-permanent", "problem-422", "problem-500", "status-500", "status-401", "drop"])
  func `no error holds a secret, even if the service repeats it`(behaviour: String) async throws {
    let secret = "hunter2hunter2"
    let (token, engine) = try engine(behaviour) { $0.headers = [.fixed("Authorization", "Bearer \(secret)")] }
    let message = try await failure(agent(engine))
    #expect(!message.contains("hunter2") && !message.contains("query-secret"), "\(message)")
    // It was sent, so there was something to leak.
    #expect(try requests(token).first?.headers["authorization"] == "Bearer \(secret)")
    if behaviour != "drop", !behaviour.hasPrefix("status") { #expect(message.contains("[redacted]"), "\(message)") }
  }

  struct Leaky: Error, CustomStringConvertible {
    var description: String { "hunter2hunter2" }
  }

  @Test
  func `a header that cannot be made fails the attempt without its secret`() async throws {
    let (token, engine) = try engine("ok") { $0.headers = [.computed("Authorization") { throw Leaky() }] }
    let message = try await failure(agent(engine))
    #expect(message.contains("header 'Authorization' could not be made"), "\(message)")
    #expect(!message.contains("hunter2"))
    let (other, broken) = try self.engine("ok") { $0.headers = [.fixed("Authorization", "hunter2hunter2\r\nX: y")] }
    let refused = try await failure(agent(broken))
    #expect(refused.contains("permanent") && !refused.contains("hunter2"), "\(refused)")
    #expect(try requests(token).isEmpty)
    #expect(try requests(other).isEmpty)
  }

  @Test
  func `a variable that is not set stops the start and is named`() async throws {
    let (_, engine) = try engine("ok") { $0.headers = [.environment("Authorization", "FLOCK_ENGINES_TEST_ABSENT")] }
    let flock = try Flock(agents: [agent(engine)])
    let error = await #expect(throws: FlockError.self) { try await flock.start() }
    #expect(error?.code == .invalidConfiguration)
    #expect(error?.message.contains("FLOCK_ENGINES_TEST_ABSENT") == true)
  }

  @Test
  func `descriptions of headers do not hold their values`() {
    let header = HTTPEngineHeader.fixed("Authorization", "hunter2")
    var text = "\(header) \(String(reflecting: header))"
    dump(header, to: &text)
    #expect(!text.contains("hunter2"))
    var configuration = HTTPEngineConfiguration(url: "http://localhost", headers: [header])
    configuration.streams = true
    text = ""
    dump(configuration, to: &text)
    #expect(!text.contains("hunter2"))
  }

  @Test(
    arguments: [
      { $0.url = "ftp://x" }, { $0.url = "" }, { $0.headers = [.fixed("idempotency-KEY", "x")] }, { $0.maximumRunBytes = 0 },
      { $0.maximumResponseBytes = 0 }, { $0.maximumStreamBytes = 0 }, { $0.maximumConcurrentRequests = 0 },
      { $0.timeout = .zero }, { $0.connectTimeout = .seconds(-1) }, { $0.idleTimeout = .zero },
      { $0.certificateAuthorityFile = "/nowhere/at-all" },
    ] as [@Sendable (inout HTTPEngineConfiguration) -> Void])
  func `a setting that makes no sense is refused`(change: @Sendable (inout HTTPEngineConfiguration) -> Void) {
    var configuration = HTTPEngineConfiguration(url: "http://localhost")
    change(&configuration)
    let error = #expect(throws: FlockError.self) { try HTTPEngine(configuration) }
    #expect(error?.code == .invalidConfiguration)
  }
}
#endif
