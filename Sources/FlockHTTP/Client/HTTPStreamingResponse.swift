#if HTTP
import Synchronization

/// A response whose body is still to be read.
public struct HTTPStreamingResponse: Sendable {
  public let status: Int
  public let headers: HTTPHeaders
  public let body: HTTPResponseBody

  /// 200 ..< 300.
  public var isSuccess: Bool { (200..<300).contains(status) }

  /// The body as events.
  /// - Throws: `invalidResponse` unless the status is 200 and the content type `text/event-stream`, as the standard
  ///   asks; read `body` then, which may hold an error's text.
  public func serverSentEvents(
    limits: ServerSentEventLimits = ServerSentEventLimits()
  ) throws(HTTPError) -> ServerSentEvents<HTTPResponseBody> {
    let type = headers["Content-Type"]?.prefix { $0 != ";" && $0 != " " }.lowercased()
    guard status == 200, type == "text/event-stream" else {
      throw HTTPError(
        .invalidResponse, "status \(status) and content type \(type ?? "none") are not an event stream's",
        requestMayHaveBeenSent: true)
    }
    return ServerSentEvents(body, limits: limits)
  }
}

/// A body in pieces as they came, at most `streamBufferBytes` ahead of its reader; then the connection is not read.
///
/// It has one reader at a time, and reading goes on where the last reader stopped. When it is dropped, or the reading
/// task is cancelled, the transfer is aborted.
public final class HTTPResponseBody: AsyncSequence, Sendable {
  public typealias Element = [UInt8]
  public typealias Failure = HTTPError

  let transfer: CurlTransfer
  private let client: HTTPClient

  init(_ transfer: CurlTransfer, of client: HTTPClient) {
    self.transfer = transfer
    self.client = client
  }

  deinit {
    client.loop.cancel(transfer)
  }

  /// The next piece, never empty; `nil` at the body's end.
  /// - Throws: what cut the body short, after all that came before it was read.
  public func next() async throws(HTTPError) -> [UInt8]? {
    await client.wait(transfer, for: .bytes)
    let (taken, end) = transfer.state.withLock { ($0.take(), $0.end) }
    if taken.mustResume { client.loop.resume(transfer) }
    if !taken.bytes.isEmpty { return taken.bytes }
    if case .failed(let error) = end { throw error }
    return nil
  }

  /// The rest in one piece.
  /// - Throws: as `next`; `tooLarge`.
  public func collect(maximumBytes: Int) async throws(HTTPError) -> [UInt8] {
    var bytes: [UInt8] = []
    while let piece = try await next() {
      guard piece.count <= maximumBytes - bytes.count else {
        throw transfer.tooLarge(maximumBytes).withSent(true)
      }
      bytes += piece
    }
    return bytes
  }

  public func makeAsyncIterator() -> Iterator { Iterator(body: self) }

  public struct Iterator: AsyncIteratorProtocol {
    let body: HTTPResponseBody

    public mutating func next(
      isolation actor: isolated (any Actor)? = #isolation
    ) async throws(HTTPError) -> [UInt8]? {
      try await body.next()
    }

    public mutating func next() async throws(HTTPError) -> [UInt8]? {
      try await body.next()
    }
  }
}
#endif
