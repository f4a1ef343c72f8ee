/// Status and header fields of a final response; interim ones (1xx) are passed over.
public struct HTTPResponseHead: Sendable, Hashable {
  /// 200 ..< 1000, or 101.
  public let status: Int
  public let headers: HTTPHeaders

  public init(status: Int, headers: HTTPHeaders) {
    self.status = status
    self.headers = headers
  }
}

/// A whole response. Every status is a response: 404 and 500 are not errors of the client.
public struct HTTPResponse: Sendable, Hashable {
  public let status: Int
  public let headers: HTTPHeaders
  /// As it was sent: the client asks for no content coding and undoes none.
  public let body: [UInt8]

  public init(status: Int, headers: HTTPHeaders, body: [UInt8]) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// 200 ..< 300.
  public var isSuccess: Bool { (200..<300).contains(status) }
  /// The body as UTF-8, invalid sequences repaired.
  public var text: String { String(decoding: body, as: UTF8.self) }
}
