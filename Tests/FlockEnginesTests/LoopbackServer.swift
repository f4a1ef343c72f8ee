#if HTTP
import Foundation
import Testing

/// The real server that the tests talk to: a child process on the loopback interface.
struct LoopbackServer: Sendable {
  let port: Int
  /// Nobody listens.
  let refusingPort: Int
  let folder: Folder

  @TaskLocal static var current: LoopbackServer?

  static func running() throws -> LoopbackServer { try #require(current, "the suite has no server") }

  /// - Parameters:
  ///   - behaviour: what the server does, see the script.
  ///   - token: under which the server notes the request.
  func url(_ behaviour: String, _ token: String) -> String { "http://127.0.0.1:\(port)/\(behaviour)/\(token)?key=query-secret" }

  struct Request {
    let headers: [String: String]
    let body: String
  }

  /// What the server was asked under a token, in order.
  func requests(_ token: String) throws -> [Request] {
    try folder.lines(token).map { line in
      let fields = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      return Request(
        headers: try #require(fields["headers"] as? [String: String]), body: try #require(fields["body"] as? String))
    }
  }

  fileprivate static let script = #"""
    import http.server, json, os, socket, sys, threading

    folder = sys.argv[1]
    lock = threading.Lock()
    blocked = threading.Event()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, *arguments):
            pass

        def answer(self, body, status=200, type="application/json"):
            body = body if isinstance(body, bytes) else body.encode()
            self.send_response(status)
            self.send_header("Content-Type", type)
            if status != 204:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if status != 204:
                self.wfile.write(body)

        def events(self, text):
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream; charset=utf-8")
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(text.encode())
            self.wfile.flush()
            self.close_connection = True

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            behaviour, token = self.path.split("?")[0].strip("/").split("/")
            with lock:
                path = os.path.join(folder, token)
                count = 1 + (len(open(path).readlines()) if os.path.exists(path) else 0)
                with open(path, "a") as f:
                    headers = {k.lower(): v for k, v in self.headers.items()}
                    f.write(json.dumps({"headers": headers, "body": body}) + "\n")
            text = json.loads(body)["inputs"][0]["payload"]["text"]
            artifact = {"type": "answer", "payload": {"text": text + "!"}, "tags": ["t"]}
            good = json.dumps({"publish": [artifact]})
            kind, _, rest = behaviour.partition("-")
            if kind == "ok": self.answer(good)
            elif kind == "digits": self.answer('{"publish": [{"type": "answer", "payload": {"text": "x", "n": 98765432109876543210}}]}')
            elif kind == "none": self.answer("", status=204)
            elif kind == "raw": self.answer(bytes.fromhex(rest))
            elif kind == "large": self.answer(json.dumps({"publish": [dict(artifact, payload={"text": "x" * 100000})]}))
            elif kind == "status": self.answer("<html>" + self.headers.get("Authorization", ""), status=int(rest), type="text/html")
            elif kind == "flaky": self.answer(good) if count > 1 else self.answer("", status=int(rest))
            elif kind == "drop": self.connection.shutdown(socket.SHUT_RDWR)
            elif kind == "dropped":
                if count == 1: self.connection.shutdown(socket.SHUT_RDWR)
                else: self.answer(good)
            elif kind == "hang": blocked.wait(30); self.close_connection = True
            elif kind == "refuse":
                fail = {"message": "no: " + self.headers.get("Authorization", ""), "permanent": rest == "permanent"}
                self.answer(json.dumps({"fail": fail}))
            elif kind == "refused": self.answer(good) if count > 1 else self.answer('{"fail": {"message": "not yet"}}')
            elif kind == "problem":
                fail = {"message": "bad " + self.headers.get("Authorization", "")}
                self.answer(json.dumps({"fail": fail}), status=int(rest))
            elif kind == "events":
                parts = ": hi\n\nevent: stream\ndata: one\n\nevent: stream\ndata: two\ndata: lines\n\nevent: other\ndata: x\n\n"
                self.events(parts + "event: publish\ndata: " + json.dumps([artifact]) + "\n\n")
            elif kind == "eventfail": self.events('event: fail\ndata: {"message": "cannot", "permanent": true}\n\n')
            elif kind == "cut": self.events("event: stream\ndata: one\n\n")
            elif kind == "injected": self.events('event: publish\ndata: [],"fail":{"message":"x"}\n\n')

    class Server(http.server.ThreadingHTTPServer):
        request_queue_size = 256
        daemon_threads = True
        def handle_error(self, request, address): pass

    server = Server(("127.0.0.1", 0), Handler)
    closed = socket.socket()
    closed.bind(("127.0.0.1", 0))
    print(server.server_address[1], closed.getsockname()[1], flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()
    """#
}

/// Starts one server for a whole suite and ends it afterwards.
struct LoopbackServerTrait: SuiteTrait, TestScoping {
  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
  ) async throws {
    let folder = try Folder()
    let process = Process()
    let (input, output) = (Pipe(), Pipe())
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", "-u", "-c", LoopbackServer.script, folder.path]
    process.standardInput = input
    process.standardOutput = output
    let ports = try await Self.firstLine(of: process, output.fileHandleForReading).split(separator: " ").compactMap { Int($0) }
    try #require(ports.count == 2, "the test server did not start; it needs python3")
    let server = LoopbackServer(port: ports[0], refusingPort: ports[1], folder: folder)
    let result: Result<Void, any Error>
    do {
      try await LoopbackServer.$current.withValue(server) { try await function() }
      result = .success(())
    } catch {
      result = .failure(error)
    }
    try input.fileHandleForWriting.close()
    await Self.end(of: process)
    try result.get()
  }

  /// The blocking calls have a thread of their own.
  private static func firstLine(of process: Process, _ output: FileHandle) async throws -> String {
    try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread {
        do {
          try process.run()
          var line: [UInt8] = []
          while let byte = try output.read(upToCount: 1)?.first, byte != 0x0A { line.append(byte) }
          continuation.resume(returning: String(decoding: line, as: UTF8.self))
        } catch {
          continuation.resume(throwing: error)
        }
      }
    }
  }

  private static func end(of process: Process) async {
    await withCheckedContinuation { continuation in
      Thread.detachNewThread {
        process.waitUntilExit()
        continuation.resume()
      }
    }
  }
}

extension Trait where Self == LoopbackServerTrait {
  static var loopbackServer: Self { Self() }
}
#endif
