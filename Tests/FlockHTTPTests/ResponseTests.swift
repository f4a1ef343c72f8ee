#if HTTP
import FlockHTTP
import Testing

extension LoopbackTests {
  @Suite struct ResponseTests {
    let server: LoopbackServer
    let client: HTTPClient

    init() throws {
      server = try LoopbackServer.running()
      client = try HTTPClient()
    }

    @Test func `status, header fields and body come as they were sent`() async throws {
      let response = try await client.execute(server.post("/echo", "grüße"))
      #expect(response.status == 200)
      #expect(response.isSuccess)
      #expect(response.body == Array("grüße".utf8))
      #expect(response.headers["x-method"] == "POST")
      #expect(response.headers.values(of: "X-TWO") == ["a", "b"])
      #expect(response.headers["Content-Length"] == "7")
    }

    @Test(arguments: [204, 304, 404, 418, 500, 503])
    func `every status is a response`(status: Int) async throws {
      let response = try await client.execute(server.get("/status/\(status)"))
      #expect(response.status == status)
      #expect(response.text == (status == 204 || status == 304 ? "" : "status \(status)"))
    }

    @Test func `the request is sent as written`() async throws {
      var request = server.post("/headers/a%2Fb?q=1%262#part", "12345", headers: ["X-One": "1", "X-Empty": ""])
      request.headers.add("X-One", " two\twords ")
      let lines = try await client.execute(request).text.split(separator: "\n").map(String.init)
      #expect(lines.first == "POST /headers/a%2Fb?q=1%262 HTTP/1.1")
      #expect(lines.contains("Host: 127.0.0.1:\(server.port)"))
      #expect(lines.filter { $0.hasPrefix("X-One") } == ["X-One: 1", "X-One: two\twords"])
      #expect(lines.contains("X-Empty: "))
      #expect(lines.contains("Content-Length: 5"))
      #expect(lines.contains("User-Agent: flock"))
      #expect(!lines.contains { $0.hasPrefix("Content-Type") || $0.hasPrefix("Expect") })
    }

    @Test(arguments: ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTION5"])
    func `a method goes out with and without a body`(method: String) async throws {
      guard method != "OPTION5" else {
        // The server knows no such method: it says so, and the client does not mind.
        #expect(try await client.execute(HTTPRequest(method: method, url: server.url("/echo"))).status == 501)
        return
      }
      for body in ["", "payload"] {
        let request = HTTPRequest(method: method, url: server.url("/echo"), body: Array(body.utf8))
        let response = try await client.execute(request)
        #expect(response.headers["X-Method"] == method)
        #expect(response.text == body)
      }
    }

    @Test func `HEAD has a length and no body, whatever the limit`() async throws {
      let request = HTTPRequest(method: "HEAD", url: server.url("/status/200"))
      let response = try await client.execute(request, maximumResponseBytes: 0)
      #expect(response.status == 200)
      #expect(response.headers["Content-Length"] == "10")
      #expect(response.body.isEmpty)
    }

    @Test func `a body of three million bytes comes back unchanged`() async throws {
      let body = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
      let response = try await client.execute(HTTPRequest(method: "POST", url: server.url("/echo"), body: body))
      #expect(response.body == body)
    }

    @Test func `interim responses and trailers are not the response's`() async throws {
      let interim = try await client.execute(server.get("/interim"))
      #expect(interim.text == "final")
      #expect(interim.headers["Link"] == nil)
      let trailer = try await client.execute(server.get("/trailer"))
      #expect(trailer.text == "body")
      #expect(trailer.headers["X-Late"] == nil)
    }

    @Test func `two hundred requests at once each get their own answer`() async throws {
      let answers = try await withThrowingTaskGroup(of: (Int, String).self) { group in
        for number in 0..<200 {
          group.addTask { (number, try await client.execute(server.post("/echo", "answer \(number)")).text) }
        }
        return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
      }
      #expect(answers == Dictionary(uniqueKeysWithValues: (0..<200).map { ($0, "answer \($0)") }))
    }
  }
}
#endif
