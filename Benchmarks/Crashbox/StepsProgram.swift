#if SQLite && HTTP
import Flock
import FlockCore
import FlockEngines
import FlockKernel

struct Order: ArtifactPayload {
  static let artifactType = ArtifactType("order")
  var key: Int
}

struct Receipt: ArtifactPayload {
  static let artifactType = ArtifactType("receipt")
  var key: Int
}

/// An order with five effects, each a request that names order, step and idempotency key:
/// `steps --file F --engine function|subprocess|http --port P --idempotency once|idempotent [--order K] [--pause-at POINT:STEP]`.
///
/// A function and a subprocess make five steps in one run; with HTTP five services stand in a row, each the one step of
/// its run. Without `--order` it only goes on with what is there. Points: `intent-committed` and `effect-made` within a
/// step, `recorded` after it, `before-outcome`; `outcomes` lines tell of commits.
enum StepsProgram {
  static let steps = 1...5

  static func run(_ options: Options) async throws {
    let port = try options.integer("port")
    let idempotency: Idempotency
    switch try options.text("idempotency") {
    case "once": idempotency = .once
    case "idempotent": idempotency = .idempotent
    case let other: throw Misuse(message: "--idempotency is once or idempotent, not \(other)")
    }
    let pause = try Pause(options)
    let agents: [Agent]
    switch try options.text("engine") {
    case "function": agents = [function(port, idempotency, pause)]
    case "subprocess": agents = [try subprocess(port, idempotency, pause)]
    case "http": agents = try services(port, idempotency, pause)
    case let other: throw Misuse(message: "--engine is function, subprocess or http, not \(other)")
    }
    let flock = try await Board.open(options, agents)
    if options.has("order") {
      let artifact = try await flock.publish(Order(key: try options.integer("order")))
      tell(["published": [.text(artifact.id.description)]])
    }
    try await Board.finish(flock)
  }

  static func function(_ port: Int, _ idempotency: Idempotency, _ pause: Pause) -> Agent {
    Agent("clerk").consumes(Order.self).publishes(Receipt.self).runs { (order: Order, context: RunContext) -> Receipt in
      for step in steps {
        let count = try await context.step("step-\(step)", input: order.key, idempotency: idempotency) { attempt in
          try await pause.reach("intent-committed", step)
          let count = try await Effect.make(port: port, order: order.key, step: step, key: attempt.idempotencyKey)
          try await pause.reach("effect-made", step)
          return count
        }
        guard count > 0 else { throw PermanentFailure("the server counted nothing") }
        try await pause.reach("recorded", step)
      }
      try await pause.reach("before-outcome")
      return Receipt(key: order.key)
    }
  }

  // MARK: Subprocess

  static func subprocess(_ port: Int, _ idempotency: Idempotency, _ pause: Pause) throws -> Agent {
    var configuration = SubprocessEngineConfiguration(
      executable: "python3",
      arguments: [
        "-S", "-c", script, String(port), idempotency == .idempotent ? "idempotent" : "once", pause.point, String(pause.step),
      ])
    configuration.log = { if $0.kind == .message { tell(line: $0.text) } }
    return Agent("clerk").consumes(Order.self).publishes(Receipt.self).runs(on: try SubprocessEngine(configuration))
  }

  /// Ends at a pause as soon as its host is gone, so that an effect whose host was killed before it is not made.
  private static let script = """
    import json, select, socket, sys

    port, idempotency, pause_point, pause_step = int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])

    def say(line):
        print(json.dumps(line), flush=True)

    def hear():
        line = sys.stdin.readline()
        if not line:
            sys.exit("the host is gone")
        return json.loads(line)

    def reach(point, step):
        say({"log": {"at": point, "step": step}})
        if (point, step) == (pause_point, pause_step):
            select.select([sys.stdin], [], [], 20)
            sys.exit("the host is gone")

    def effect(order, step, key):
        reach("intent-committed", step)
        with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
            head = f"POST /effect/{order}/{step} HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\nIdempotency-Key: {key}\\r\\n"
            connection.sendall((head + "Content-Length: 0\\r\\nConnection: close\\r\\n\\r\\n").encode())
            answer = b""
            while part := connection.recv(4096):
                answer += part
        if not answer.startswith(b"HTTP/1.1 200"):
            sys.exit("the answer broke off")
        reach("effect-made", step)
        return int(answer.split(b"\\r\\n")[-1])

    order = hear()["inputs"][0]["payload"]["key"]
    for step in range(1, 6):
        name = f"step-{step}"
        say({"step": {"name": name, "input": order, "idempotency": idempotency}})
        answer = hear()["step"]
        if "begin" in answer:
            count = effect(order, step, answer["begin"]["idempotencyKey"])
            say({"stepResult": {"name": name, "ok": count}})
            hear()
        elif "result" not in answer:
            sys.exit("a step that never fails has failed")
        reach("recorded", step)
    reach("before-outcome", 0)
    say({"publish": {"type": "receipt", "payload": {"key": order}}})
    say({"done": {}})
    """

  // MARK: HTTP

  /// The service of step `n` turns what it is sent into `order-n`, the last one into a receipt.
  static func services(_ port: Int, _ idempotency: Idempotency, _ pause: Pause) throws -> [Agent] {
    try steps.map { step in
      var configuration = HTTPEngineConfiguration(
        url: "http://127.0.0.1:\(port)/service/\(step)",
        headers: [
          // Asked for within the step, before the request.
          .computed("X-Step") {
            try await pause.reach("intent-committed", step)
            return String(step)
          }
        ])
      configuration.idempotency = idempotency
      let input = Subscription(inputs: [.init(type: type(step - 1))])
      return Agent("service-\(step)").subscribes(input).publishes(OutputContract(type: type(step)))
        .hooks(RecordedHooks(step: step, pause: pause)).runs(on: try HTTPEngine(configuration))
    }
  }

  private static func type(_ step: Int) -> ArtifactType {
    switch step {
    case 0: Order.artifactType
    case steps.upperBound: Receipt.artifactType
    default: ArtifactType("order-\(step)")
    }
  }

  /// The engine publishes what the service answered once the answer is recorded.
  private struct RecordedHooks: AgentHooks {
    let step: Int
    let pause: Pause

    func willPublish(_ payload: Payload, _ context: RunContext) throws { pause.reachAndBlock("recorded", step) }

    func didRun(_ context: RunContext) async throws { try await pause.reach("before-outcome", step) }
  }
}
#endif
