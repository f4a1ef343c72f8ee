#if HTTP
import FlockHTTP
import Testing

extension LoopbackTests {
  @Suite struct ShutdownTests {
    let server: LoopbackServer
    let other: HTTPClient

    init() throws {
      server = try LoopbackServer.running()
      other = try HTTPClient()
    }

    @Test func `a graceful shutdown lets a request end and takes no new one`() async throws {
      let client = try HTTPClient()
      let task = Task { [server] in try await client.execute(server.get("/gated/graceful")) }
      #expect(try await other.execute(server.get("/arrived/graceful")).status == 200)
      async let ended: Void = client.shutdown()
      // Until the shutdown is in effect a request may still go through.
      var refusal: HTTPError?
      while refusal == nil {
        do { _ = try await client.execute(server.get("/echo")) } catch { refusal = error }
      }
      #expect(refusal?.code == .shutDown)
      #expect(refusal?.requestMayHaveBeenSent == false)
      _ = try await other.execute(server.get("/go/graceful"))
      #expect(try await task.value.text == "through")
      await ended
      await client.shutdown()
    }

    @Test func `without grace what is under way is aborted`() async throws {
      let client = try HTTPClient()
      let task = Task { [server] in try await client.execute(server.get("/hang/graceless")) }
      #expect(try await other.execute(server.get("/arrived/graceless")).status == 200)
      await client.shutdown(grace: .zero)
      let error = await #expect(throws: HTTPError.self) { try await task.value }
      #expect(error?.code == .shutDown)
      #expect(error?.requestMayHaveBeenSent == true)
      #expect(try await other.execute(server.get("/gone/graceless")).status == 200)
    }

    @Test func `a shorter grace wins over a longer one`() async throws {
      let client = try HTTPClient()
      let task = Task { [server] in try await client.execute(server.get("/hang/impatient")) }
      #expect(try await other.execute(server.get("/arrived/impatient")).status == 200)
      async let patient: Void = client.shutdown(grace: .seconds(3600))
      await client.shutdown(grace: .milliseconds(10))
      await patient
      let error = await #expect(throws: HTTPError.self) { try await task.value }
      #expect(error?.code == .shutDown)
    }

    @Test func `a body outlives the variable that held its client`() async throws {
      let body = try await HTTPClient().stream(server.get("/flood/orphan?5000")).body
      #expect(try await body.collect(maximumBytes: 5000).count == 5000)
    }
  }
}
#endif
