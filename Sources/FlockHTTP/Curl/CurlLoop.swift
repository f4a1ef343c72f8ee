#if HTTP
import CCurl
import Synchronization

/// The client's thread seen from outside: takes transfers and orders, and wakes it.
final class CurlLoop: Sendable {
  enum Order {
    case start(CurlTransfer)
    case resume(CurlTransfer)
    case cancel(CurlTransfer)
  }

  enum Stopping: Equatable {
    case no
    /// Transfers under way may end by themselves until then.
    case graceful(until: ContinuousClock.Instant)
    case atOnce
  }

  struct Orders {
    var orders: [Order]
    var stopping: Stopping
  }

  /// `@unchecked Sendable`: only the thread uses the handle, but for `curl_multi_wakeup`, which any thread may call
  /// while the handle exists; `Shared.isClosed` tells.
  private struct Multi: @unchecked Sendable {
    let handle: UnsafeMutableRawPointer
  }

  private struct Shared {
    var orders: [Order] = []
    var underWay = 0
    var stopping = Stopping.no
    var isClosed = false
    var waiters: [CheckedContinuation<Void, Never>] = []
  }

  private let multi: Multi
  private let limit: Int
  private let shared = Mutex(Shared())

  private static let isCurlReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

  /// Starts the thread, which lives until `stop` or `shutdown`.
  init(_ configuration: HTTPClientConfiguration) throws(HTTPError) {
    guard Self.isCurlReady, let handle = curl_multi_init() else {
      throw HTTPError(.unavailable, "libcurl could not be initialized")
    }
    let connections = [
      (CURLMOPT_MAX_TOTAL_CONNECTIONS, configuration.maximumConnections),
      (CURLMOPT_MAX_HOST_CONNECTIONS, configuration.maximumConnectionsPerHost),
      (CURLMOPT_MAXCONNECTS, configuration.maximumIdleConnections),
    ]
    for (option, value) in connections where flock_curl_multi_set_long(handle, option, value) != CURLM_OK {
      curl_multi_cleanup(handle)
      throw HTTPError(.unavailable, "libcurl refuses a limit on connections")
    }
    multi = Multi(handle: handle)
    limit = configuration.maximumConcurrentRequests
    do {
      try HTTPThread.start { [self] in CurlDriver(self, multi.handle).run() }
    } catch {
      curl_multi_cleanup(handle)
      throw error
    }
  }

  /// - Throws: `overloaded`, `shutDown`.
  func submit(_ transfer: CurlTransfer) throws(HTTPError) {
    let refusal = shared.withLock { shared -> HTTPError? in
      guard !shared.isClosed, shared.stopping == .no else { return HTTPError(.shutDown, "the client was shut down") }
      guard shared.underWay < limit else {
        return HTTPError(.overloaded, "\(limit) requests are under way, which is the client's limit")
      }
      shared.underWay += 1
      shared.orders.append(.start(transfer))
      wake()
      return nil
    }
    if let refusal { throw refusal }
  }

  func resume(_ transfer: CurlTransfer) { give(.resume(transfer)) }

  func cancel(_ transfer: CurlTransfer) { give(.cancel(transfer)) }

  /// Lets transfers end by themselves for so long, aborts the rest and waits for the thread's end.
  func shutdown(grace: Duration) async {
    let deadline = ContinuousClock.now + grace
    shared.withLock { shared in
      if case .atOnce = shared.stopping { return }
      if case .graceful(let earlier) = shared.stopping, earlier <= deadline { return }
      shared.stopping = .graceful(until: deadline)
      if !shared.isClosed { wake() }
    }
    await withCheckedContinuation { continuation in
      let isClosed = shared.withLock { shared -> Bool in
        if !shared.isClosed { shared.waiters.append(continuation) }
        return shared.isClosed
      }
      if isClosed { continuation.resume() }
    }
  }

  /// Aborts everything and ends the thread, without waiting for it.
  func stop() {
    shared.withLock { shared in
      shared.stopping = .atOnce
      if !shared.isClosed { wake() }
    }
  }

  // MARK: The thread's side

  func takeOrders() -> Orders {
    shared.withLock { shared in
      defer { shared.orders = [] }
      return Orders(orders: shared.orders, stopping: shared.stopping)
    }
  }

  func transferEnded() {
    shared.withLock { $0.underWay -= 1 }
  }

  /// No order is taken and no wake-up sent from here on. Answers orders that came too late.
  func close() -> [Order] {
    shared.withLock { shared in
      shared.isClosed = true
      defer { shared.orders = [] }
      return shared.orders
    }
  }

  func closed() {
    let waiters = shared.withLock { shared in
      defer { shared.waiters = [] }
      return shared.waiters
    }
    for waiter in waiters { waiter.resume() }
  }

  private func give(_ order: Order) {
    shared.withLock { shared in
      guard !shared.isClosed else { return }
      shared.orders.append(order)
      wake()
    }
  }

  /// Called under the lock and while the handle exists.
  private func wake() {
    curl_multi_wakeup(multi.handle)
  }
}
#endif
