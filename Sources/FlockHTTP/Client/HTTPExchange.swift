#if HTTP
/// A request that passed every check, ready to be sent.
struct HTTPExchange: Sendable {
  let request: HTTPRequest
  let target: HTTPTarget

  /// For messages.
  var display: String { "\(request.method) \(target.display)" }

  /// - Throws: `invalidRequest`, also for what is over a limit; `notAllowed` by the rules on hosts and addresses.
  init(_ request: HTTPRequest, _ configuration: HTTPClientConfiguration) throws(HTTPError) {
    let target = try HTTPTarget(request.url, limit: configuration.maximumURLBytes)
    try self.init(request, to: target, configuration)
  }

  init(_ request: HTTPRequest, to target: HTTPTarget, _ configuration: HTTPClientConfiguration) throws(HTTPError) {
    self.request = request
    self.target = target
    try Self.check(method: request.method, hasBody: !request.body.isEmpty)
    try Self.check(request.headers, limit: configuration.maximumHeaderBytes)
    guard request.body.count <= configuration.maximumRequestBytes else {
      throw Self.invalid("its body is over \(configuration.maximumRequestBytes) bytes")
    }
    guard configuration.allows(host: target.host) else {
      throw HTTPError(.notAllowed, "the host \(target.host) is not among the allowed ones")
    }
    if HTTPAddressPolicy.isAddress(target.bareHost),
      !configuration.addressPolicy.allows(target.bareHost, port: target.port)
    {
      throw HTTPError(.notAllowed, "the address policy refuses \(target.bareHost), port \(target.port)")
    }
  }

  private static func check(method: String, hasBody: Bool) throws(HTTPError) {
    guard HTTPGrammar.isToken(method), method.utf8.count <= 32 else {
      throw invalid("its method is not a token of at most 32 characters")
    }
    // A tunnel is not a request, and TRACE echoes credentials.
    guard method != "CONNECT", method != "TRACE" else { throw invalid("\(method) is not sent") }
    guard !(hasBody && method == "HEAD") else { throw invalid("HEAD has no body") }
  }

  private static func check(_ headers: HTTPHeaders, limit: Int) throws(HTTPError) {
    var bytes = 0
    for field in headers.fields {
      guard HTTPGrammar.isToken(field.name) else { throw invalid("a field's name is not a token") }
      guard HTTPGrammar.isFieldValue(field.value) else {
        throw invalid("the value of \(field.name) holds a control character")
      }
      guard !isFraming(field.name) else {
        throw invalid("\(field.name) is the client's to set: it follows from URL and body")
      }
      bytes += field.name.utf8.count + field.value.utf8.count + 4
    }
    guard bytes <= limit else { throw invalid("its header is over \(limit) bytes") }
  }

  /// Fields that decide where the message ends and who reads it.
  private static func isFraming(_ name: String) -> Bool {
    let framing = [
      "host", "content-length", "transfer-encoding", "connection", "keep-alive", "upgrade", "te", "trailer", "expect",
      "proxy-connection", "proxy-authorization", "http2-settings",
    ]
    return framing.contains { HTTPHeaders.isSame($0, name) }
  }

  private static func invalid(_ reason: String) -> HTTPError {
    HTTPError(.invalidRequest, "the request is not valid: \(reason)")
  }
}
#endif
