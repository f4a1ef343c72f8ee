#if HTTP
import FlockHTTP
import Foundation
import Testing

/// The real server that the tests talk to: a child process on the loopback interface.
struct LoopbackServer: Sendable {
  let port: Int
  /// The same server at another origin.
  let otherPort: Int
  /// Bound, and nobody listens.
  let refusingPort: Int
  /// Listens, but its queue is full: a connection is never made.
  let silentPort: Int
  /// 0 when there is no `openssl` to make a certificate with.
  let tlsPort: Int
  let certificateFile: String

  @TaskLocal static var current: LoopbackServer?

  static func running() throws -> LoopbackServer { try #require(current, "the suite has no server") }

  /// The programs of the server's optional part are here.
  static let hasTLS = ["/usr/bin/openssl", "/usr/local/bin/openssl", "/bin/openssl"].contains {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  func url(_ path: String) -> String { "http://127.0.0.1:\(port)\(path)" }

  func get(_ path: String) -> HTTPRequest { HTTPRequest(url: url(path)) }

  func post(_ path: String, _ body: String = "", headers: HTTPHeaders = [:]) -> HTTPRequest {
    HTTPRequest(method: "POST", url: url(path), headers: headers, body: Array(body.utf8))
  }
}

/// Starts one server for a whole suite and ends it afterwards.
struct LoopbackServerTrait: SuiteTrait, TestScoping {
  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
  ) async throws {
    let process = Process()
    let (input, output) = (Pipe(), Pipe())
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", "-u", "-c", loopbackServerScript]
    process.standardInput = input
    process.standardOutput = output
    let words = try await Self.firstLine(of: process, output.fileHandleForReading).split(separator: " ")
    let ports = words.prefix(5).compactMap { Int($0) }
    try #require(ports.count == 5 && words.count == 6, "the test server did not start; it needs python3")
    let server = LoopbackServer(
      port: ports[0], otherPort: ports[1], refusingPort: ports[2], silentPort: ports[3], tlsPort: ports[4],
      certificateFile: String(words[5]))
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

/// Everything that needs the server.
@Suite(.loopbackServer, .timeLimit(.minutes(2)))
struct LoopbackTests {}
#endif
