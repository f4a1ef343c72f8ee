#if HTTP
import CCurl

/// A checked URL in its parts. curl's own parser reads it, so that what is checked is what is connected to.
struct HTTPTarget: Sendable, Hashable {
  /// Normalized, without fragment.
  let url: String
  let scheme: String
  /// In lower case, an IPv6 address in brackets.
  let host: String
  let port: Int

  /// - Parameter base: what a relative reference, as in a `Location` field, is resolved against.
  /// - Throws: `invalidRequest`. The message does not repeat the URL.
  init(_ text: String, relativeTo base: HTTPTarget? = nil, limit: Int) throws(HTTPError) {
    guard text.utf8.count <= limit else { throw Self.invalid("it is over \(limit) bytes") }
    guard HTTPGrammar.isURLText(text) else {
      throw Self.invalid("it holds a character that must be percent-encoded")
    }
    guard Self.isExplicit(text, orRelative: base != nil) else {
      throw Self.invalid("it does not begin with http:// or https:// and a host")
    }
    guard let parts = curl_url() else { throw HTTPError(.unavailable, "no memory for a URL") }
    defer { curl_url_cleanup(parts) }
    if let base { try Self.check(curl_url_set(parts, CURLUPART_URL, base.url, 0)) }
    try Self.check(curl_url_set(parts, CURLUPART_URL, text, 0))

    scheme = try Self.part(parts, CURLUPART_SCHEME).lowercased()
    guard scheme == "http" || scheme == "https" else { throw Self.invalid("its scheme is neither http nor https") }
    var hasUserInfo = false
    for part in [CURLUPART_USER, CURLUPART_PASSWORD] {
      var text: UnsafeMutablePointer<CChar>?
      if curl_url_get(parts, part, &text, 0) == CURLUE_OK { hasUserInfo = true }
      curl_free(text)
    }
    guard !hasUserInfo else { throw Self.invalid("it holds user info, which belongs in the Authorization field") }
    host = try Self.part(parts, CURLUPART_HOST).lowercased()
    guard !host.isEmpty else { throw Self.invalid("it has no host") }
    guard let number = Int(try Self.part(parts, CURLUPART_PORT, UInt32(CURLU_DEFAULT_PORT))), number > 0 else {
      throw Self.invalid("its port is zero")
    }
    port = number
    try Self.check(curl_url_set(parts, CURLUPART_FRAGMENT, nil, 0))
    url = try Self.part(parts, CURLUPART_URL)
  }

  /// Host without an IPv6 address's brackets.
  var bareHost: String { host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host }

  /// For messages: without user info and query.
  var display: String { redacted(url: url) }

  /// RFC 6454: scheme, host and port.
  func isSameOrigin(as other: HTTPTarget) -> Bool {
    scheme == other.scheme && host == other.host && port == other.port
  }

  /// curl also takes one slash or three after the scheme, and then another part than a reader thinks for the host.
  private static func isExplicit(_ text: String, orRelative: Bool) -> Bool {
    guard let colon = text.firstIndex(of: ":"), !text[..<colon].contains(where: { "/?#".contains($0) }) else {
      return orRelative
    }
    let scheme = text[..<colon].lowercased()
    guard scheme == "http" || scheme == "https" else { return false }
    let rest = text[text.index(after: colon)...]
    return rest.hasPrefix("//") && rest.dropFirst(2).first.map { $0 != "/" } == true
  }

  private static func part(
    _ parts: OpaquePointer, _ part: CURLUPart, _ flags: UInt32 = 0
  ) throws(HTTPError) -> String {
    var text: UnsafeMutablePointer<CChar>?
    try check(curl_url_get(parts, part, &text, flags))
    defer { curl_free(text) }
    return text.map { String(cString: $0) } ?? ""
  }

  private static func check(_ code: CURLUcode) throws(HTTPError) {
    guard code != CURLUE_OK else { return }
    throw invalid(curl_url_strerror(code).map { String(cString: $0) } ?? "code \(code.rawValue)")
  }

  private static func invalid(_ reason: String) -> HTTPError {
    HTTPError(.invalidRequest, "the URL is not valid: \(reason)")
  }
}
#endif
