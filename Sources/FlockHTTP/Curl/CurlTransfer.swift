#if HTTP
import CCurl
import Synchronization

/// One request on its way, and the handle that carries it.
///
/// `@unchecked Sendable`: `state` has its lock, the constants are values, and everything that varies belongs to the
/// client's thread.
final class CurlTransfer: @unchecked Sendable {
  /// What bounds a transfer.
  struct Bounds: Sendable {
    /// For the whole transfer, or up to the head when `idleTimeout` takes over there.
    var deadline: ContinuousClock.Instant
    var idleTimeout: Duration?
    var maximumBytes: Int
    /// What is held for the reader before the transfer pauses.
    var bufferBytes: Int
  }

  let exchange: HTTPExchange
  let configuration: HTTPClientConfiguration
  let bounds: Bounds
  let state: Mutex<TransferState>

  // MARK: The thread's own

  var handle: UnsafeMutableRawPointer?
  var headerList: UnsafeMutablePointer<curl_slist>?
  let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
  /// When the transfer times out; `nil` while it waits for its reader.
  var deadline: ContinuousClock.Instant?
  /// Why a callback ended the transfer; curl then only knows that it was a callback.
  var failure: HTTPError?
  var mayHaveBeenSent = false
  private var reader: HTTPHeadReader
  private var hasHead = false
  private var bodyBytes = 0

  init(_ exchange: HTTPExchange, _ configuration: HTTPClientConfiguration, _ bounds: Bounds) {
    self.exchange = exchange
    self.configuration = configuration
    self.bounds = bounds
    state = Mutex(TransferState(capacity: bounds.bufferBytes))
    deadline = bounds.deadline
    reader = HTTPHeadReader(limit: configuration.maximumHeaderBytes)
    errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
  }

  deinit {
    close()
    errorText.deallocate()
  }

  /// Frees the handle, which must have left the multi handle.
  func close() {
    if let handle { curl_easy_cleanup(handle) }
    curl_slist_free_all(headerList)
    handle = nil
    headerList = nil
  }

  /// Suspends until the wish has come true or the transfer has ended.
  func wait(for wish: TransferState.Wish) async {
    await withCheckedContinuation { continuation in
      let isParked = state.withLock { $0.park(wish, continuation) }
      if !isParked { continuation.resume() }
    }
  }

  /// The transfer is over: tells the reader.
  func finish(_ end: TransferState.End, discardsBuffer: Bool = false) {
    notify { $0.finish(end, discardsBuffer: discardsBuffer) }
  }

  private func notify<Value>(_ change: (inout TransferState) -> Value) -> Value {
    let (value, waiter) = state.withLock { state in (change(&state), state.takeWaiter()) }
    waiter?.resume()
    return value
  }

  // MARK: What the callbacks do, on the thread

  /// Called each time before a request is written to a connection. False refuses.
  func willSend(to address: String, port: Int) -> Bool {
    guard configuration.addressPolicy.allows(address, port: port) else {
      return fail(
        HTTPError(.notAllowed, "the address policy refuses \(address), port \(port)"))
    }
    // curl sends again when a kept connection broke before an answer. What the server did with the first request is
    // unknown, so only an idempotent one may be repeated without being asked.
    guard !mayHaveBeenSent || exchange.request.isIdempotent else {
      return fail(HTTPError(.connectionLost, "the connection closed without an answer"))
    }
    mayHaveBeenSent = true
    return true
  }

  /// False ends the transfer.
  func receive(line: UnsafeRawBufferPointer) -> Bool {
    do {
      guard let head = try reader.take(line) else { return true }
      let length = head.headers["Content-Length"].flatMap { Int($0) } ?? 0
      let hasBody = exchange.request.method != "HEAD" && head.status != 204 && head.status != 304
      if hasBody && length > bounds.maximumBytes { return fail(tooLarge(bounds.maximumBytes)) }
      hasHead = true
      touch()
      notify { $0.deliver(head, expectedBytes: hasBody ? length : 0) }
      return true
    } catch {
      return fail(error)
    }
  }

  /// What curl's body callback has to answer.
  func receive(body: UnsafeRawBufferPointer) -> Int {
    guard hasHead else {
      _ = fail(HTTPError(.invalidResponse, "a body came before the header's end"))
      return Self.abort(body)
    }
    guard body.count <= bounds.maximumBytes - bodyBytes else {
      _ = fail(tooLarge(bounds.maximumBytes))
      return Self.abort(body)
    }
    if notify({ $0.offer(body) }) {
      bodyBytes += body.count
      touch()
      return body.count
    }
    if bounds.idleTimeout != nil { deadline = nil }
    return flock_curl_pause_marker()
  }

  /// No time-out comes before it, even when the head arrives right now and the idle time begins.
  var earliestTimeout: ContinuousClock.Instant? {
    guard !hasHead, let deadline, let idle = bounds.idleTimeout else { return deadline }
    return min(deadline, .now + idle)
  }

  /// The reader made room, or something came: the idle time starts anew.
  func touch() {
    if hasHead, let idle = bounds.idleTimeout { deadline = .now + idle }
  }

  private func fail(_ error: HTTPError) -> Bool {
    failure = error
    return false
  }

  func tooLarge(_ limit: Int) -> HTTPError {
    HTTPError(.tooLarge, "the response's body is over \(limit) bytes")
  }

  /// Any count but the given one makes curl end the transfer.
  private static func abort(_ body: UnsafeRawBufferPointer) -> Int { body.isEmpty ? 1 : 0 }
}
#endif
