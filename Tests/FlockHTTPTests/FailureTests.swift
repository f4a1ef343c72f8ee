#if HTTP
import FlockHTTP
import Testing

extension LoopbackTests {
  @Suite struct FailureTests {
    let server: LoopbackServer
    let client: HTTPClient

    init() throws {
      server = try LoopbackServer.running()
      client = try HTTPClient()
    }

    @Test func `nobody listens: refused, and nothing was sent`() async throws {
      let error = await #expect(throws: HTTPError.self) {
        try await client.execute(
          HTTPRequest(method: "POST", url: "http://127.0.0.1:\(server.refusingPort)/a?key=secret"))
      }
      #expect(error?.code == .connectionRefused)
      #expect(error?.isRetriable == true)
      #expect(error?.requestMayHaveBeenSent == false)
      #expect(error?.message.hasPrefix("POST http://127.0.0.1:\(server.refusingPort)/a: ") == true)
      #expect(error?.message.contains("secret") == false)
    }

    @Test func `a name that does not resolve`() async throws {
      let error = await #expect(throws: HTTPError.self) {
        try await client.execute(HTTPRequest(url: "http://host.invalid/"))
      }
      #expect(error?.code == .nameNotResolved)
      #expect(error?.requestMayHaveBeenSent == false)
    }

    @Test func `no connection within the connect timeout: nothing was sent`() async throws {
      var configuration = HTTPClientConfiguration()
      configuration.connectTimeout = .milliseconds(150)
      let client = try HTTPClient(configuration: configuration)
      let error = await #expect(throws: HTTPError.self) {
        try await client.execute(HTTPRequest(url: "http://127.0.0.1:\(server.silentPort)/"))
      }
      #expect(error?.code == .timedOut)
      #expect(error?.requestMayHaveBeenSent == false)
    }

    @Test func `no answer within the timeout: it may have been sent`() async throws {
      let start = ContinuousClock.now
      let error = await #expect(throws: HTTPError.self) {
        try await client.execute(server.get("/hang/slow"), timeout: .milliseconds(150))
      }
      #expect(error?.code == .timedOut)
      #expect(error?.isRetriable == true)
      #expect(error?.requestMayHaveBeenSent == true)
      #expect(ContinuousClock.now - start >= .milliseconds(150))
      #expect(try await client.execute(server.get("/gone/slow")).status == 200)
    }

    @Test func `a body that stalls does not outlast the timeout`() async throws {
      let error = await #expect(throws: HTTPError.self) {
        try await client.execute(server.get("/hang-body/stalls"), timeout: .milliseconds(150))
      }
      #expect(error?.code == .timedOut)
    }

    @Test(arguments: ["/cut", "/cut-head", "/close", "/reset"])
    func `a connection that breaks is lost, and the request may have been sent`(path: String) async throws {
      let error = await #expect(throws: HTTPError.self) { try await client.execute(server.post(path, "x")) }
      #expect(error?.code == .connectionLost)
      #expect(error?.isRetriable == true)
      #expect(error?.requestMayHaveBeenSent == true)
    }

    @Test func `what is not HTTP is no response`() async throws {
      let error = await #expect(throws: HTTPError.self) { try await client.execute(server.get("/garbage")) }
      #expect(error?.code == .invalidResponse)
      #expect(error?.isRetriable == false)
    }

    @Test(arguments: ["/flood/measured?1001", "/unmeasured/endless"])
    func `a body over its limit is refused, measured or not`(path: String) async throws {
      let error = await #expect(throws: HTTPError.self) {
        try await client.execute(server.get(path), maximumResponseBytes: 1000)
      }
      #expect(error?.code == .tooLarge)
      #expect(error?.isRetriable == false)
      #expect(error?.requestMayHaveBeenSent == true)
    }

    @Test func `a body of exactly the limit is read`() async throws {
      let response = try await client.execute(server.get("/flood/exact?1000"), maximumResponseBytes: 1000)
      #expect(response.body == (0..<1000).map { UInt8($0 % 251) })
    }

    @Test func `a header over its limit is refused`() async throws {
      #expect(try await client.execute(server.get("/wide/60")).headers.values(of: "X-Wide").count == 60)
      let error = await #expect(throws: HTTPError.self) { try await client.execute(server.get("/wide/70")) }
      #expect(error?.code == .tooLarge)
    }

    @Test func `a cancelled task's transfer is aborted and the server sees it`() async throws {
      let task = Task { [client, server] in try await client.execute(server.get("/hang/cancelled")) }
      #expect(try await client.execute(server.get("/arrived/cancelled")).status == 200)
      task.cancel()
      let error = await #expect(throws: HTTPError.self) { try await task.value }
      #expect(error?.code == .cancelled)
      #expect(error?.isRetriable == false)
      #expect(error?.requestMayHaveBeenSent == true)
      #expect(try await client.execute(server.get("/gone/cancelled")).status == 200)
    }

    @Test func `a task that is cancelled already sends nothing`() async throws {
      let task = Task { [client, server] in
        withUnsafeCurrentTask { $0?.cancel() }
        return try await client.execute(server.get("/hang/never"))
      }
      let error = await #expect(throws: HTTPError.self) { try await task.value }
      #expect(error?.code == .cancelled)
      #expect(error?.requestMayHaveBeenSent == false)
      #expect(try await client.execute(server.get("/count/never")).text == "0")
    }

    @Test func `more requests than the limit are refused`() async throws {
      var configuration = HTTPClientConfiguration()
      configuration.maximumConcurrentRequests = 1
      let small = try HTTPClient(configuration: configuration)
      let task = Task { [server] in try await small.execute(server.get("/gated/busy")) }
      #expect(try await client.execute(server.get("/arrived/busy")).status == 200)
      let error = await #expect(throws: HTTPError.self) { try await small.execute(server.get("/echo")) }
      #expect(error?.code == .overloaded)
      #expect(error?.isRetriable == true)
      #expect(error?.requestMayHaveBeenSent == false)
      _ = try await client.execute(server.get("/go/busy"))
      #expect(try await task.value.text == "through")
      #expect(try await small.execute(server.get("/echo")).status == 200)
    }

    /// The server closes a kept connection when the second request is in: nobody can know what became of it.
    @Test(arguments: [("POST", 2), ("PATCH", 2), ("GET", 3), ("PUT", 3)])
    func `only an idempotent request is sent again when a kept connection breaks`(
      method: String, received: Int
    ) async throws {
      let request = HTTPRequest(method: method, url: server.url("/once/twice-\(method)"), body: [1])
      #expect(try await client.execute(request).text == "first")
      let error = await #expect(throws: HTTPError.self) { try await client.execute(request) }
      #expect(error?.code == .connectionLost)
      #expect(error?.requestMayHaveBeenSent == true)
      #expect(try await client.execute(server.get("/count/twice-\(method)")).text == "\(received)")
    }
  }
}
#endif
