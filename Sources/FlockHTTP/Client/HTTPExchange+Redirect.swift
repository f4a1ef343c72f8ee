#if HTTP
extension HTTPExchange {
  /// The next request when the head is a redirect that the configuration follows, `nil` when it is the answer.
  ///
  /// As RFC 9110 section 15.4 allows: 303, and 301 and 302 after POST, become GET without a body.
  func redirect(
    _ head: HTTPResponseHead, followed: Int, _ configuration: HTTPClientConfiguration
  ) throws(HTTPError) -> HTTPExchange? {
    guard case .followed(let maximum) = configuration.redirects, [301, 302, 303, 307, 308].contains(head.status),
      let location = head.headers["Location"]
    else { return nil }
    guard followed < maximum else {
      throw HTTPError(
        .tooManyRedirects, "\(display) was redirected more than \(maximum) times", requestMayHaveBeenSent: true)
    }
    let next: HTTPTarget
    do {
      next = try HTTPTarget(location, relativeTo: target, limit: configuration.maximumURLBytes)
    } catch {
      throw HTTPError(
        .invalidResponse, "\(display) was redirected, but \(error.message)", requestMayHaveBeenSent: true)
    }
    guard target.scheme == "http" || next.scheme == "https" else {
      throw HTTPError(
        .notAllowed, "\(display) was redirected from https to http", requestMayHaveBeenSent: true)
    }
    var request = request
    request.url = next.url
    let becomesGet =
      head.status == 303 && request.method != "HEAD" || [301, 302].contains(head.status) && request.method == "POST"
    if becomesGet {
      request.method = "GET"
      request.body = []
      request.headers = request.headers.filter { !$0.name.lowercased().hasPrefix("content-") }
    }
    if !next.isSameOrigin(as: target) {
      request.headers = request.headers.filter { Self.describesContent($0.name) }
    }
    do {
      return try HTTPExchange(request, to: next, configuration)
    } catch {
      throw error.withSent(true)
    }
  }

  /// What may go to another origin. An allow list, since any other field may hold a key.
  private static func describesContent(_ name: String) -> Bool {
    let names = [
      "accept", "accept-encoding", "accept-language", "cache-control", "content-encoding", "content-language",
      "content-type", "range", "user-agent",
    ]
    return names.contains { HTTPHeaders.isSame($0, name) }
  }
}
#endif
