#if HTTP
import FlockHTTP
import Testing

extension LoopbackTests {
  @Suite struct PolicyTests {
    let server: LoopbackServer

    init() throws {
      server = try LoopbackServer.running()
    }

    func client(_ change: (inout HTTPClientConfiguration) -> Void) throws -> HTTPClient {
      var configuration = HTTPClientConfiguration()
      change(&configuration)
      return try HTTPClient(configuration: configuration)
    }

    func redirect(_ status: Int, to location: String) -> String { server.url("/redirect/\(status)?\(location)") }

    // MARK: Addresses and hosts

    @Test(arguments: ["127.0.0.1", "localhost", "0x7f.1", "2130706433"])
    func `a refused address gets no request, however it is written`(host: String) async throws {
      let client = try client { $0.addressPolicy = .publicOnly }
      let path = "/hang/refused-\(host)"
      let error = await #expect(throws: HTTPError.self) {
        try await client.execute(HTTPRequest(url: "http://\(host):\(server.port)\(path)"))
      }
      #expect(error?.code == .notAllowed)
      #expect(error?.isRetriable == false)
      #expect(error?.requestMayHaveBeenSent == false)
      #expect(try await HTTPClient().execute(server.get("/count/refused-\(host)")).text == "0")
    }

    @Test func `the policy is asked for each request on a kept connection`() async throws {
      let asked = Counter()
      let client = try client { $0.addressPolicy = HTTPAddressPolicy { _, _ in asked.next() <= 2 } }
      let request = HTTPRequest(url: "http://localhost:\(server.port)/echo")
      #expect(try await client.execute(request).status == 200)
      #expect(try await client.execute(request).status == 200)
      let error = await #expect(throws: HTTPError.self) { try await client.execute(request) }
      #expect(error?.code == .notAllowed)
    }

    @Test func `only allowed hosts are asked`() async throws {
      let client = try client { $0.allowedHosts = ["localhost"] }
      #expect(try await client.execute(HTTPRequest(url: "http://LOCALHOST:\(server.port)/echo")).status == 200)
      let error = await #expect(throws: HTTPError.self) { try await client.execute(server.get("/echo")) }
      #expect(error?.code == .notAllowed)
    }

    // MARK: Redirects

    @Test func `a redirect is the response unless it is to be followed`() async throws {
      let response = try await HTTPClient().execute(HTTPRequest(url: redirect(302, to: "/echo")))
      #expect(response.status == 302)
      #expect(response.headers["Location"] == "/echo")
      #expect(response.text == "moved")
    }

    @Test(arguments: [
      (301, "POST", "GET", ""), (302, "POST", "GET", ""), (303, "PUT", "GET", ""), (301, "PUT", "PUT", "body"),
      (307, "POST", "POST", "body"), (308, "POST", "POST", "body"),
    ])
    func `a followed redirect keeps or changes the method`(
      status: Int, method: String, expected: String, body: String
    ) async throws {
      let client = try client { $0.redirects = .followed(maximum: 3) }
      let request = HTTPRequest(
        method: method, url: redirect(status, to: "/echo"), headers: ["Content-Type": "text/plain"],
        body: Array("body".utf8))
      let response = try await client.execute(request)
      #expect(response.headers["X-Method"] == expected)
      #expect(response.text == body)
      let streamed = try await client.stream(request)
      #expect(streamed.headers["X-Method"] == expected)
      #expect(try await streamed.body.collect(maximumBytes: 100) == Array(body.utf8))
    }

    @Test func `credentials stay with their origin`() async throws {
      let client = try client { $0.redirects = .followed(maximum: 3) }
      let headers: HTTPHeaders = ["Authorization": "secret", "X-Api-Key": "secret", "Accept": "text/x"]
      let same = HTTPRequest(url: redirect(302, to: "/headers"), headers: headers)
      let sameText = try await client.execute(same).text
      #expect(sameText.contains("Authorization: secret") && sameText.contains("X-Api-Key: secret"))

      let away = redirect(302, to: "http://127.0.0.1:\(server.otherPort)/headers")
      let awayText = try await client.execute(HTTPRequest(url: away, headers: headers)).text
      #expect(awayText.contains("Host: 127.0.0.1:\(server.otherPort)"))
      #expect(awayText.contains("Accept: text/x"))
      #expect(!awayText.contains("secret"))
    }

    @Test func `redirects without end are cut`() async throws {
      let client = try client { $0.redirects = .followed(maximum: 2) }
      let once = "/redirect/302?/echo"
      #expect(try await client.execute(HTTPRequest(url: redirect(302, to: once))).status == 200)
      let error = await #expect(throws: HTTPError.self) {
        try await client.execute(HTTPRequest(url: redirect(302, to: "/redirect/302?\(once)")))
      }
      #expect(error?.code == .tooManyRedirects)
      #expect(error?.requestMayHaveBeenSent == true)
    }

    @Test(arguments: ["file:///etc/passwd", "ftp://127.0.0.1/", "http://user@127.0.0.1/", "http://"])
    func `a redirect to what no request may name is refused`(location: String) async throws {
      let client = try client { $0.redirects = .followed(maximum: 2) }
      let error = await #expect(throws: HTTPError.self) {
        try await client.execute(HTTPRequest(url: redirect(302, to: location)))
      }
      #expect(error?.code == .invalidResponse)
      #expect(error?.requestMayHaveBeenSent == true)
    }

    @Test func `host and address rules hold for redirects too`() async throws {
      let away = redirect(307, to: "http://localhost:\(server.otherPort)/echo")
      let hosts = try client {
        $0.redirects = .followed(maximum: 2)
        $0.allowedHosts = ["127.0.0.1"]
      }
      let otherPort = server.otherPort
      let addresses = try client {
        $0.redirects = .followed(maximum: 2)
        $0.addressPolicy = HTTPAddressPolicy { $1 != otherPort }
      }
      for client in [hosts, addresses] {
        let error = await #expect(throws: HTTPError.self) { try await client.execute(HTTPRequest(url: away)) }
        #expect(error?.code == .notAllowed)
        #expect(error?.requestMayHaveBeenSent == true)
      }
    }

    // MARK: TLS

    @Test(.enabled(if: LoopbackServer.hasTLS, "openssl makes the certificate"))
    func `a certificate that nobody trusts is refused`() async throws {
      let error = await #expect(throws: HTTPError.self) {
        try await HTTPClient().execute(HTTPRequest(url: "https://127.0.0.1:\(server.tlsPort)/echo"))
      }
      #expect(error?.code == .tls)
      #expect(error?.requestMayHaveBeenSent == false)
    }

    @Test(.enabled(if: LoopbackServer.hasTLS, "openssl makes the certificate"))
    func `a given authority is trusted, for the names that it certifies`() async throws {
      let client = try client { $0.certificateAuthorityFile = server.certificateFile }
      let right = HTTPRequest(method: "POST", url: "https://127.0.0.1:\(server.tlsPort)/echo", body: [1, 2])
      #expect(try await client.execute(right).body == [1, 2])
      let error = await #expect(throws: HTTPError.self) {
        try await client.execute(HTTPRequest(url: "https://localhost:\(server.tlsPort)/echo"))
      }
      #expect(error?.code == .tls)
    }

    @Test(.enabled(if: LoopbackServer.hasTLS, "openssl makes the certificate"))
    func `a redirect from https to http is refused`() async throws {
      let client = try client {
        $0.certificateAuthorityFile = server.certificateFile
        $0.redirects = .followed(maximum: 2)
      }
      let error = await #expect(throws: HTTPError.self) {
        try await client.execute(
          HTTPRequest(url: "https://127.0.0.1:\(server.tlsPort)/redirect/302?\(server.url("/echo"))"))
      }
      #expect(error?.code == .notAllowed)
    }
  }
}
#endif
