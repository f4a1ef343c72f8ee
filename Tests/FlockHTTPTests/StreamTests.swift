#if HTTP
import Foundation
import Synchronization
import Testing

@testable import FlockHTTP

extension LoopbackTests {
  @Suite struct StreamTests {
    let server: LoopbackServer
    let client: HTTPClient

    init() throws {
      server = try LoopbackServer.running()
      client = try HTTPClient()
    }

    @Test func `a reader that waits makes the server wait, and then gets every byte`() async throws {
      let total = 32 << 20
      let response = try await client.stream(server.get("/flood/patient?\(total)"))
      #expect(response.status == 200)
      // The server says how far it came when its socket took no more.
      let sent = Int(try await client.execute(server.get("/blocked/patient")).text) ?? -1
      #expect(sent > 0 && sent < total / 2)

      let period = (0..<(251 + 1 << 20)).map { UInt8($0 % 251) }
      var count = 0
      for try await piece in response.body {
        let isRight = piece.withUnsafeBytes { bytes in
          period.withUnsafeBytes { memcmp(bytes.baseAddress!, $0.baseAddress! + count % 251, bytes.count) == 0 }
        }
        try #require(isRight, "a wrong byte after \(count)")
        count += piece.count
      }
      #expect(count == total)
      let (pauses, peak) = response.body.transfer.state.withLock { ($0.pauses, $0.peakBytes) }
      #expect(pauses > 0)
      #expect(peak <= client.configuration.streamBufferBytes)
    }

    @Test func `a piece is there before the next one is sent`() async throws {
      let response = try await client.stream(server.get("/gated-events/live"))
      var events = try response.serverSentEvents().makeAsyncIterator()
      #expect(try await events.next() == ServerSentEvent(data: "first"))
      _ = try await client.execute(server.get("/go/live"))
      #expect(try await events.next() == ServerSentEvent(data: "second"))
      #expect(try await events.next() == nil)
    }

    @Test func `what came before a cut is read first`() async throws {
      let body = try await client.stream(server.get("/cut")).body
      var bytes: [UInt8] = []
      let error = await #expect(throws: HTTPError.self) {
        while let piece = try await body.next() { bytes += piece }
      }
      #expect(bytes == Array("0123456789".utf8))
      #expect(error?.code == .connectionLost)
      #expect(error?.requestMayHaveBeenSent == true)
    }

    @Test func `a silence over the idle timeout ends the stream`() async throws {
      let start = ContinuousClock.now
      let body = try await client.stream(server.get("/hang-body/idle"), idleTimeout: .milliseconds(150)).body
      #expect(try await body.next() == Array("hello".utf8))
      let error = await #expect(throws: HTTPError.self) { try await body.next() }
      #expect(error?.code == .timedOut)
      // Well before the 60 s that the head may take.
      #expect(ContinuousClock.now - start < .seconds(30))
      #expect(try await client.execute(server.get("/gone/idle")).status == 200)
    }

    @Test func `a slow reader is not a silence`() async throws {
      let total = 8 << 20
      let idle = Duration.milliseconds(200)
      let response = try await client.stream(server.get("/flood/dawdle?\(total)"), idleTimeout: idle)
      // The server reports after half a second without room, which is longer than the idle timeout.
      #expect(Int(try await client.execute(server.get("/blocked/dawdle")).text) ?? -1 > 0)
      #expect(try await response.body.collect(maximumBytes: total).count == total)
    }

    @Test func `a body that is dropped ends its transfer`() async throws {
      var response: HTTPStreamingResponse? = try await client.stream(server.get("/hang-body/dropped"))
      #expect(response?.status == 200)
      response = nil
      #expect(try await client.execute(server.get("/gone/dropped")).status == 200)
    }

    @Test func `a cancelled reader ends the transfer`() async throws {
      let body = try await client.stream(server.get("/hang-body/reader")).body
      let task = Task {
        var count = 0
        while let piece = try await body.next() { count += piece.count }
        return count
      }
      #expect(try await client.execute(server.get("/arrived/reader")).status == 200)
      task.cancel()
      let error = await #expect(throws: HTTPError.self) { try await task.value }
      #expect(error?.code == .cancelled)
      #expect(try await client.execute(server.get("/gone/reader")).status == 200)
    }

    @Test func `a stream has its own limit`() async throws {
      let body = try await client.stream(server.get("/unmeasured/limited"), maximumResponseBytes: 100_000).body
      let error = await #expect(throws: HTTPError.self) { while try await body.next() != nil {} }
      #expect(error?.code == .tooLarge)
      #expect(try await client.execute(server.get("/gone/limited")).status == 200)
    }

    @Test func `collecting has a limit`() async throws {
      let body = try await client.stream(server.get("/flood/collected?1001")).body
      let error = await #expect(throws: HTTPError.self) { try await body.collect(maximumBytes: 1000) }
      #expect(error?.code == .tooLarge)
    }

    @Test(arguments: [1, 2, 3, 7, 1000])
    func `events come through whatever the pieces`(size: Int) async throws {
      let text = "\u{FEFF}: hi\r\nevent: add\rdata: grü\r\ndata:ße\n\nid: 7\ndata: two\n\nretry: 1500\n\ndata: cut off"
      let response = try await client.stream(server.post("/pieces/\(size)", text))
      var events = try response.serverSentEvents().makeAsyncIterator()
      #expect(try await events.next() == ServerSentEvent(type: "add", data: "grü\nße"))
      #expect(try await events.next() == ServerSentEvent(data: "two", id: "7"))
      #expect(try await events.next() == nil)
      #expect(events.lastEventID == "7")
      #expect(events.reconnectionTime == .milliseconds(1500))
    }

    @Test func `another content type is no event stream`() async throws {
      let response = try await client.stream(server.get("/echo"))
      let error = #expect(throws: HTTPError.self) { try response.serverSentEvents() }
      #expect(error?.code == .invalidResponse)
    }
  }
}
#endif
