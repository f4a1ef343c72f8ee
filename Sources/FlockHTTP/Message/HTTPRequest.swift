/// A request whose body is in memory.
///
/// Nothing is checked here. The client refuses with `invalidRequest`, before any byte is sent, what does not fit
/// RFC 9110's grammar or would change the framing: see `HTTPClient.execute`.
public struct HTTPRequest: Sendable, Hashable {
  /// Case counts, and the usual methods are in capitals.
  public var method: String
  /// Absolute, `http` or `https`, percent-encoded, without user info.
  public var url: String
  public var headers: HTTPHeaders
  public var body: [UInt8]

  public init(method: String = "GET", url: String, headers: HTTPHeaders = [:], body: [UInt8] = []) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
  }

  /// RFC 9110 section 9.2.2: sending it twice has the effect of sending it once.
  public var isIdempotent: Bool {
    ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"].contains(method)
  }
}

extension HTTPRequest: CustomStringConvertible {
  /// Without header values, the body, and the URL's user info and query.
  public var description: String { "\(method) \(redacted(url: url)), \(body.count) bytes" }
}

/// The URL without user info, query and fragment, for messages.
func redacted(url: String) -> String {
  let bare = url.prefix { $0 != "?" && $0 != "#" }
  guard let scheme = bare.firstRange(of: "://") else { return String(bare.drop { $0 != "/" }) }
  let rest = bare[scheme.upperBound...]
  let authority = rest.prefix { $0 != "/" && $0 != "\\" }
  let host = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
  return String(bare[..<scheme.upperBound] + host + rest[authority.endIndex...])
}
