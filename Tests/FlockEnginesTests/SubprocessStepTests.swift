import Flock
import FlockCore
import FlockEngines
import Foundation
import Testing

@Suite(.serialized, .timeLimit(.minutes(2)))
struct SubprocessStepTests {
  /// `step(name, effect)` answers the result, or raises the recorded failure.
  private static let steps = """
    def step(name, effect=None, value=None, idempotency="once"):
        say({"step": {"name": name, "input": value, "idempotency": idempotency}})
        answer = hear()["step"]
        assert answer["name"] == name
        note("answers", json.dumps([name, sorted(k for k in answer if k != "name")[0]]))
        if "result" in answer: return answer["result"]
        if "failure" in answer: raise RuntimeError(answer["failure"])
        key = answer["begin"]["idempotencyKey"]
        note("keys", key)
        try:
            result = effect(key)
        except RuntimeError as error:
            say({"stepResult": {"name": name, "error": str(error)}})
            assert hear() == {"recorded": True}
            raise
        say({"stepResult": {"name": name, "ok": result}})
        assert hear() == {"recorded": True}
        return result
    document = hear()
    attempt = document["run"]["attempt"]
    def effect(key):
        note("effects", key)
        return {"id": 98765432109876543210, "n": 1.5}
    def refuse(key):
        note("effects", key)
        raise RuntimeError("refused")

    """

  private func engine(_ program: String, _ folder: Folder, _ configure: (inout SubprocessEngineConfiguration) -> Void = { _ in })
    throws -> SubprocessEngine
  {
    try python(Self.steps + program, in: folder, configure)
  }

  @Test
  func `a step that succeeded is not made again in the next attempt`() async throws {
    let folder = try Folder()
    let engine = try engine(
      """
      first = step("pay", effect)
      second = step("pay", effect)
      if attempt < 3: os.kill(os.getpid(), signal.SIGKILL)
      publish(json.dumps([first, second]))
      say({"done": {}})
      """, folder)
    let outputs = try await invoke(agent(engine, attempts: 3))
    // Replayed with every digit.
    let one = #"{"id": 98765432109876543210, "n": 1.5}"#
    #expect(try texts(outputs) == ["[\(one), \(one)]"])
    #expect(folder.lines("effects").count == 2)
    #expect(Set(folder.lines("effects")).count == 2)
    #expect(
      folder.lines("answers") == Array(repeating: #"["pay", "begin"]"#, count: 2) + Array(repeating: #"["pay", "result"]"#, count: 4))
  }

  @Test
  func `while a step is open the program may publish, stream and log`() async throws {
    let folder = try Folder()
    let engine = try engine(
      """
      def busy(key):
          publish("inside"); say({"stream": "s"}); say({"log": {}})
          return 1
      step("pay", busy)
      say({"done": {}})
      """, folder)
    #expect(try texts(try await invoke(agent(engine))) == ["inside"])
  }

  @Test
  func `a failed step that the run got past fails again in a rerun`() async throws {
    let folder = try Folder()
    let engine = try engine(
      """
      try: step("pay", refuse)
      except RuntimeError as error: publish("got past: " + str(error))
      say({"fail": {"message": "another reason"}} if attempt == 1 else {"done": {}})
      """, folder)
    #expect(try texts(try await invoke(agent(engine, attempts: 2))) == ["got past: refused"])
    #expect(folder.lines("effects").count == 1)
    #expect(folder.lines("answers") == [#"["pay", "begin"]"#, #"["pay", "failure"]"#])
  }

  @Test(arguments: [#"{"message": "the payment", "step": "pay"}"#, #"{"message": "refused"}"#])
  func `a step whose failure ended the attempt is made again under a new key`(fail: String) async throws {
    let folder = try Folder()
    let engine = try engine(
      """
      try: step("pay", refuse if attempt == 1 else effect)
      except RuntimeError: say({"fail": \(fail)}); sys.exit()
      publish("paid"); say({"done": {}})
      """, folder)
    #expect(try texts(try await invoke(agent(engine, attempts: 2))) == ["paid"])
    #expect(folder.lines("effects").count == 2)
    #expect(Set(folder.lines("keys")).count == 2)
  }

  @Test
  func `a replayed failure that ends an attempt lets the next one make the step again`() async throws {
    let folder = try Folder()
    let engine = try engine(
      """
      try: step("pay", refuse if attempt == 1 else effect)
      except RuntimeError:
          say({"fail": {"message": "another reason"} if attempt == 1 else {"message": "it was this", "step": "pay"}})
          sys.exit()
      publish("attempt %d" % attempt); say({"done": {}})
      """, folder)
    #expect(try texts(try await invoke(agent(engine, attempts: 3))) == ["attempt 3"])
    #expect(
      folder.lines("answers") == [#"["pay", "begin"]"#, #"["pay", "failure"]"#, #"["pay", "begin"]"#])
  }

  static let unknown = [
    "os.kill(os.getpid(), signal.SIGKILL)",
    "sys.exit(0)",
    "time.sleep(1000)",
    "print('not json', flush=True); time.sleep(1000)",
    "say({'done': {}}); time.sleep(1000)",
    "say({'stepResult': {'name': 'other', 'ok': 1}}); time.sleep(1000)",
    "say({'stepResult': {'name': 'pay', 'unknown': 'the line was cut'}}); time.sleep(1000)",
    "say({'fail': {'message': 'm', 'permanent': True}}); time.sleep(1000)",
  ]

  @Test(arguments: unknown)
  func `an end inside of a step leaves its result unknown, and a person decides`(end: String) async throws {
    let folder = try Folder()
    let engine = try engine(
      """
      def cut(key):
          note("effects", key)
          \(end)
      step("pay", cut); say({"done": {}})
      """, folder
    ) {
      if end.hasPrefix("time.sleep") { $0.timeout = .seconds(5) }
      $0.terminationGrace = .zero
    }
    let message = try await failure(agent(engine, attempts: 5))
    #expect(message.contains("unknownEffect"), "\(message)")
    #expect(folder.lines("effects").count == 1)
  }

  @Test
  func `an idempotent step with an unknown result is made again under the same key`() async throws {
    let folder = try Folder()
    let engine = try engine(
      """
      def cut(key):
          if attempt == 1: os.kill(os.getpid(), signal.SIGKILL)
          return effect(key)
      step("pay", cut, idempotency="idempotent"); publish("paid"); say({"done": {}})
      """, folder)
    #expect(try texts(try await invoke(agent(engine, attempts: 2))) == ["paid"])
    #expect(folder.lines("keys").count == 2)
    #expect(Set(folder.lines("keys")).count == 1)
  }

  @Test
  func `the order of an input's keys means nothing, its values do`() async throws {
    let same = try Folder()
    let reordered = try engine(
      """
      step("pay", effect, {"a": 1, "b": 2} if attempt == 1 else {"b": 2, "a": 1})
      say({"fail": {"message": "again"}} if attempt == 1 else {"done": {}})
      """, same)
    #expect(try await invoke(agent(reordered, attempts: 2)).isEmpty)
    #expect(same.lines("effects").count == 1)

    let other = try Folder()
    let changed = try engine("step('pay', effect, attempt); say({'fail': {'message': 'again'}})", other)
    #expect(try await failure(agent(changed, attempts: 3)).contains("nondeterministicRun"))
    #expect(other.lines("effects").count == 1)
  }

  @Test
  func `a run that ends without a step whose success is recorded is refused`() async throws {
    let folder = try Folder()
    let engine = try engine(
      """
      if attempt == 1: step("pay", effect); say({"fail": {"message": "again"}})
      else: say({"done": {}})
      """, folder)
    #expect(try await failure(agent(engine, attempts: 3)).contains("nondeterministicRun"))
  }

  @Test
  func `pooled processes make steps as well`() async throws {
    let folder = try Folder()
    let engine = try python(
      """
      while True:
          say({"ready": {}})
          attempt = hear()["run"]["attempt"]
          say({"step": {"name": "pay"}})
          answer = hear()["step"]
          if "begin" in answer:
              note("effects", 1)
              say({"stepResult": {"name": "pay", "ok": "done"}})
              hear()
          say({"fail": {"message": "again"}} if attempt == 1 else {"done": {}})
      """, in: folder
    ) { $0.mode = .pooled(maximum: 1) }
    #expect(try await invoke(agent(engine, attempts: 2)).isEmpty)
    #expect(folder.lines("effects").count == 1)
  }
}
