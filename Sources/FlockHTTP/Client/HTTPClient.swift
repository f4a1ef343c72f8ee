#if HTTP
import Glibc
import Synchronization

/// An HTTP/1.1 client: connections are kept and shared, and one thread of its own serves all requests, so that
/// nothing blocks the cooperative pool.
///
/// A cancelled task's transfer is aborted. Only idempotent requests are ever sent twice, and only when a kept
/// connection breaks before an answer. Without a `shutdown`, letting go of the client aborts what is under way.
public final class HTTPClient: Sendable {
  public let configuration: HTTPClientConfiguration
  let loop: CurlLoop

  /// - Throws: `invalidConfiguration`; `unavailable` when there is no thread or memory.
  public init(configuration: HTTPClientConfiguration = HTTPClientConfiguration()) throws(HTTPError) {
    try configuration.validate()
    if let file = configuration.certificateAuthorityFile, access(file, R_OK) != 0 {
      throw HTTPError(.invalidConfiguration, "certificateAuthorityFile cannot be read: errno \(errno)")
    }
    self.configuration = configuration
    loop = try CurlLoop(configuration)
  }

  deinit {
    loop.stop()
  }

  /// Sends the request and collects the response, whatever its status.
  ///
  /// Refused as `invalidRequest` before anything is sent: a method or field name that is no token, control characters
  /// in a field or the URL, a URL with user info or another scheme than http and https, fields that belong to the
  /// framing (`Host`, `Content-Length`, `Transfer-Encoding`, `Connection`, ...), and what is over the limits.
  /// - Parameters:
  ///   - timeout: for the whole call; `nil` for `requestTimeout`.
  ///   - maximumResponseBytes: of the body, redirects' bodies included one by one; `nil` for the configuration's.
  public func execute(
    _ request: HTTPRequest, timeout: Duration? = nil, maximumResponseBytes: Int? = nil
  ) async throws(HTTPError) -> HTTPResponse {
    let bounds = CurlTransfer.Bounds(
      deadline: try deadline(timeout),
      maximumBytes: try limit(maximumResponseBytes ?? configuration.maximumResponseBytes), bufferBytes: .max)
    let (head, transfer) = try await follow(request, bounds, until: .end)
    let body = transfer.state.withLock { $0.take().bytes }
    return HTTPResponse(status: head.status, headers: head.headers, body: body)
  }

  /// Sends the request and answers once the head is there; the body is read as it is asked for.
  ///
  /// Dropping the body aborts the transfer.
  /// - Parameters:
  ///   - timeout: up to the head; `nil` for `requestTimeout`.
  ///   - idleTimeout: the longest silence afterwards; `nil` for `streamIdleTimeout`. A slow reader is not a silence.
  ///   - maximumResponseBytes: of the body; `nil` for `maximumStreamBytes`.
  public func stream(
    _ request: HTTPRequest, timeout: Duration? = nil, idleTimeout: Duration? = nil, maximumResponseBytes: Int? = nil
  ) async throws(HTTPError) -> HTTPStreamingResponse {
    let bounds = CurlTransfer.Bounds(
      deadline: try deadline(timeout),
      idleTimeout: try Self.checked(idleTimeout ?? configuration.streamIdleTimeout),
      maximumBytes: try limit(maximumResponseBytes ?? configuration.maximumStreamBytes),
      bufferBytes: configuration.streamBufferBytes)
    let (head, transfer) = try await follow(request, bounds, until: .head)
    return HTTPStreamingResponse(
      status: head.status, headers: head.headers, body: HTTPResponseBody(transfer, of: self))
  }

  /// Refuses new requests, lets those under way end within `grace`, aborts the rest with `shutDown`, and returns when
  /// the thread has ended. May be called more than once; a shorter grace wins.
  public func shutdown(grace: Duration = .seconds(10)) async {
    await loop.shutdown(grace: max(.zero, min(grace, HTTPClientConfiguration.longest)))
  }

  /// Sends, and follows redirects as far as the configuration does, until the wish of the last response is fulfilled.
  private func follow(
    _ request: HTTPRequest, _ bounds: CurlTransfer.Bounds, until wish: TransferState.Wish
  ) async throws(HTTPError) -> (HTTPResponseHead, CurlTransfer) {
    var exchange = try HTTPExchange(request, configuration)
    var followed = 0
    while true {
      let transfer = CurlTransfer(exchange, configuration, bounds)
      let head: HTTPResponseHead
      do {
        head = try await run(transfer, until: wish)
      } catch {
        throw error.withSent(followed > 0)
      }
      do {
        guard let next = try exchange.redirect(head, followed: followed, configuration) else { return (head, transfer) }
        exchange = next
      } catch {
        loop.cancel(transfer)
        throw error
      }
      loop.cancel(transfer)
      followed += 1
    }
  }

  private func run(
    _ transfer: CurlTransfer, until wish: TransferState.Wish
  ) async throws(HTTPError) -> HTTPResponseHead {
    guard !Task.isCancelled else {
      throw HTTPError(.cancelled, "\(transfer.exchange.display): cancelled before it began")
    }
    try loop.submit(transfer)
    await wait(transfer, for: wish)
    let (head, end) = transfer.state.withLock { ($0.head, $0.end) }
    if case .failed(let error) = end, wish == .end || head == nil { throw error }
    guard let head else { preconditionFailure("a transfer ends without a head only by failing") }
    return head
  }

  /// Waits for the wish; a cancel of the task aborts the transfer.
  func wait(_ transfer: CurlTransfer, for wish: TransferState.Wish) async {
    await withTaskCancellationHandler {
      await transfer.wait(for: wish)
    } onCancel: {
      loop.cancel(transfer)
    }
  }

  private func deadline(_ timeout: Duration?) throws(HTTPError) -> ContinuousClock.Instant {
    .now + (try Self.checked(timeout ?? configuration.requestTimeout))
  }

  private static func checked(_ timeout: Duration) throws(HTTPError) -> Duration {
    guard timeout > .zero, timeout <= HTTPClientConfiguration.longest else {
      throw HTTPError(.invalidRequest, "a timeout must be above zero and at most a day")
    }
    return timeout
  }

  private func limit(_ bytes: Int) throws(HTTPError) -> Int {
    guard bytes >= 0 else { throw HTTPError(.invalidRequest, "maximumResponseBytes must not be negative") }
    return bytes
  }
}
#endif
