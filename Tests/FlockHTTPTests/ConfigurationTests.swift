#if HTTP
import Testing

@testable import FlockHTTP

@Suite struct ConfigurationTests {
  static let faults: [(String, @Sendable (inout HTTPClientConfiguration) -> Void)] = [
    ("connectTimeout", { $0.connectTimeout = .zero }),
    ("requestTimeout", { $0.requestTimeout = .seconds(-1) }),
    ("streamIdleTimeout", { $0.streamIdleTimeout = .seconds(86_401) }),
    ("connectionLifetime", { $0.connectionLifetime = .zero }),
    ("maximumResponseBytes", { $0.maximumResponseBytes = 0 }),
    ("maximumStreamBytes", { $0.maximumStreamBytes = .max }),
    ("maximumRequestBytes", { $0.maximumRequestBytes = -1 }),
    ("streamBufferBytes", { $0.streamBufferBytes = 0 }),
    ("maximumHeaderBytes", { $0.maximumHeaderBytes = 0 }),
    ("maximumURLBytes", { $0.maximumURLBytes = 0 }),
    ("maximumConcurrentRequests", { $0.maximumConcurrentRequests = 0 }),
    ("maximumConnections", { $0.maximumConnections = 0 }),
    ("maximumConnectionsPerHost", { $0.maximumConnectionsPerHost = 0 }),
    ("maximumIdleConnections", { $0.maximumIdleConnections = 0 }),
    ("redirects", { $0.redirects = .followed(maximum: 0) }),
    ("userAgent", { $0.userAgent = "a\r\nX: y" }),
    ("certificateAuthorityFile", { $0.certificateAuthorityFile = "/nowhere/authorities.pem" }),
  ]

  @Test(arguments: faults.map(\.0))
  func `a setting out of range is named`(setting: String) throws {
    var configuration = HTTPClientConfiguration()
    try #require(Self.faults.first { $0.0 == setting }).1(&configuration)
    let error = #expect(throws: HTTPError.self) { try HTTPClient(configuration: configuration) }
    #expect(error?.code == .invalidConfiguration)
    #expect(error?.message.contains(setting) == true)
  }

  @Test(arguments: [
    ("example.org", true), ("example.org.", true), ("www.example.org", false), ("a.example.net", true),
    ("b.a.example.net", true), ("example.net", false), ("badexample.net", false), (".example.net", false),
    ("[::1]", true), ("", false),
  ])
  func `a host is allowed by its name or by the name below`(host: String, isAllowed: Bool) {
    var configuration = HTTPClientConfiguration()
    configuration.allowedHosts = ["example.org", "*.example.net", "[::1]"]
    #expect(configuration.allows(host: host) == isAllowed)
  }
}
#endif
