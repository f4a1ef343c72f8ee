#if HTTP
import FlockHTTP
import Testing

/// Nothing here is sent: the port is the discard service's, and each request is refused before a connection.
@Suite struct RequestCheckTests {
  static let url = "http://127.0.0.1:9/"

  static let refused: [(String, HTTPRequest)] = [
    ("CRLF in a value", HTTPRequest(url: url, headers: ["X": "a\r\nHost: evil"])),
    ("LF in a value", HTTPRequest(url: url, headers: ["X": "a\nb"])),
    ("CR in a value", HTTPRequest(url: url, headers: ["X": "a\rb"])),
    ("NUL in a value", HTTPRequest(url: url, headers: ["X": "a\0b"])),
    ("DEL in a value", HTTPRequest(url: url, headers: ["X": "a\u{7F}b"])),
    ("CRLF in a name", HTTPRequest(url: url, headers: ["X\r\nY": "a"])),
    ("NUL in a name", HTTPRequest(url: url, headers: ["X\0": "a"])),
    ("colon in a name", HTTPRequest(url: url, headers: ["X:Y": "a"])),
    ("blank in a name", HTTPRequest(url: url, headers: ["X ": "a"])),
    ("no name", HTTPRequest(url: url, headers: ["": "a"])),
    ("a letter beyond ASCII in a name", HTTPRequest(url: url, headers: ["Ä": "a"])),
    ("CRLF in the method", HTTPRequest(method: "GET / HTTP/1.1\r\nX: y\r\n", url: url)),
    ("NUL in the method", HTTPRequest(method: "GET\0", url: url)),
    ("no method", HTTPRequest(method: "", url: url)),
    ("a long method", HTTPRequest(method: String(repeating: "M", count: 33), url: url)),
    ("CONNECT", HTTPRequest(method: "CONNECT", url: url)),
    ("TRACE", HTTPRequest(method: "TRACE", url: url)),
    ("HEAD with a body", HTTPRequest(method: "HEAD", url: url, body: [1])),
    ("CRLF in the URL", HTTPRequest(url: url + "a\r\nX: y")),
    ("LF in the URL", HTTPRequest(url: url + "\n")),
    ("NUL in the URL", HTTPRequest(url: url + "a\0b")),
    ("blank in the URL", HTTPRequest(url: url + "a b")),
    ("backslash in the URL", HTTPRequest(url: "http:\\\\127.0.0.1\\")),
    ("a letter beyond ASCII in the URL", HTTPRequest(url: url + "ä")),
    ("an encoded NUL in the host", HTTPRequest(url: "http://127.0.0.1%00.example.org/")),
    ("no URL", HTTPRequest(url: "")),
    ("no scheme", HTTPRequest(url: "127.0.0.1:9/")),
    ("a file", HTTPRequest(url: "file:///etc/hostname")),
    ("another protocol", HTTPRequest(url: "gopher://127.0.0.1:9/x")),
    ("no host", HTTPRequest(url: "http:///path")),
    ("no host at all", HTTPRequest(url: "http://")),
    ("one slash", HTTPRequest(url: "http:/127.0.0.1:9/")),
    ("no slash", HTTPRequest(url: "http:127.0.0.1:9/")),
    ("a relative reference", HTTPRequest(url: "//127.0.0.1:9/")),
    ("port zero", HTTPRequest(url: "http://127.0.0.1:0/")),
    ("a port too high", HTTPRequest(url: "http://127.0.0.1:65536/")),
    ("user info", HTTPRequest(url: "http://user:secret@127.0.0.1:9/")),
    ("user info without a password", HTTPRequest(url: "http://secret@127.0.0.1:9/")),
    ("Host", HTTPRequest(url: url, headers: ["hOST": "evil"])),
    ("Content-Length", HTTPRequest(url: url, headers: ["Content-Length": "5"])),
    ("Transfer-Encoding", HTTPRequest(url: url, headers: ["Transfer-Encoding": "chunked"])),
    ("Connection", HTTPRequest(url: url, headers: ["Connection": "close"])),
    ("a header over the limit", HTTPRequest(url: url, headers: ["X": String(repeating: "x", count: 65_536)])),
    ("a URL over the limit", HTTPRequest(url: url + String(repeating: "x", count: 8_192))),
  ]

  @Test(arguments: refused.map(\.0))
  func `is refused before anything is sent`(what: String) async throws {
    let request = try #require(Self.refused.first { $0.0 == what }?.1)
    let client = try HTTPClient()
    for call in [call(client), callStream(client)] {
      let error = await #expect(throws: HTTPError.self) { try await call(request) }
      #expect(error?.code == .invalidRequest)
      #expect(error?.isRetriable == false)
      #expect(error?.requestMayHaveBeenSent == false)
      #expect(error?.message.contains("secret") == false)
    }
  }

  private func call(_ client: HTTPClient) -> (HTTPRequest) async throws -> Void {
    { _ = try await client.execute($0) }
  }

  private func callStream(_ client: HTTPClient) -> (HTTPRequest) async throws -> Void {
    { _ = try await client.stream($0) }
  }

  @Test func `a body over the limit and a timeout of nothing are refused`() async throws {
    var configuration = HTTPClientConfiguration()
    configuration.maximumRequestBytes = 3
    let client = try HTTPClient(configuration: configuration)
    let request = HTTPRequest(method: "POST", url: Self.url, body: [1, 2, 3, 4])
    let large = await #expect(throws: HTTPError.self) { try await client.execute(request) }
    #expect(large?.code == .invalidRequest)
    let hasty = await #expect(throws: HTTPError.self) {
      try await client.execute(HTTPRequest(url: Self.url), timeout: .zero)
    }
    #expect(hasty?.code == .invalidRequest)
  }
}
#endif
