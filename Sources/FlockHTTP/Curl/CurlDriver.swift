#if HTTP
import CCurl

/// The thread's loop: takes orders, lets curl work, ends transfers, waits. Used on that thread only.
final class CurlDriver {
  private let loop: CurlLoop
  private let multi: UnsafeMutableRawPointer
  private var active: [UnsafeMutableRawPointer: CurlTransfer] = [:]
  /// No deadline lies before it; some may lie behind.
  private var earliest: ContinuousClock.Instant?

  init(_ loop: CurlLoop, _ multi: UnsafeMutableRawPointer) {
    self.loop = loop
    self.multi = multi
  }

  func run() {
    while step() {}
    let late = loop.close()
    for case .start(let transfer) in late {
      transfer.finish(.failed(transfer.error(.shutDown, "the client was shut down")))
      loop.transferEnded()
    }
    curl_multi_cleanup(multi)
    loop.closed()
  }

  private func step() -> Bool {
    let orders = loop.takeOrders()
    for order in orders.orders { follow(order) }
    var running: Int32 = 0
    let code = curl_multi_perform(multi, &running)
    guard code == CURLM_OK else {
      abortAll(.unavailable, "libcurl failed: \(String(cString: curl_multi_strerror(code)))")
      return orders.stopping == .no
    }
    endFinished()
    endOverdue()
    switch orders.stopping {
    case .no: break
    case .graceful(let deadline):
      if deadline <= .now { abortAll(.shutDown, "the client was shut down") }
      if active.isEmpty { return false }
      earliest = earliest.map { min($0, deadline) } ?? deadline
    case .atOnce:
      abortAll(.shutDown, "the client was shut down")
      return false
    }
    let wait = earliest.map { max(0, min(ContinuousClock.now.duration(to: $0).milliseconds, 60_000)) } ?? 60_000
    curl_multi_poll(multi, nil, 0, Int32(wait), nil)
    return true
  }

  private func follow(_ order: CurlLoop.Order) {
    switch order {
    case .start(let transfer): start(transfer)
    case .resume(let transfer):
      guard let handle = transfer.handle, active[handle] != nil else { return }
      transfer.touch()
      watch(transfer)
      // May call the body callback within.
      let code = curl_easy_pause(handle, flock_curl_resume_bits())
      if code != CURLE_OK { end(transfer, transfer.end(code)) }
    case .cancel(let transfer):
      guard let handle = transfer.handle, active[handle] != nil else { return }
      end(transfer, .failed(transfer.error(.cancelled, "cancelled")), discardsBuffer: true)
    }
  }

  private func start(_ transfer: CurlTransfer) {
    do throws(HTTPError) {
      let handle = try transfer.open()
      let code = curl_multi_add_handle(multi, handle)
      guard code == CURLM_OK else {
        throw HTTPError(.unavailable, "libcurl failed: \(String(cString: curl_multi_strerror(code)))")
      }
      active[handle] = transfer
      watch(transfer)
    } catch {
      transfer.close()
      loop.transferEnded()
      transfer.finish(.failed(transfer.error(error.code, error.message)))
    }
  }

  private func endFinished() {
    var result = CURLE_OK
    while let handle = flock_curl_next_finished(multi, &result) {
      guard let transfer = active[handle] else { continue }
      end(transfer, transfer.end(result))
    }
  }

  private func endOverdue() {
    guard let watched = earliest else { return }
    let now = ContinuousClock.now
    guard now >= watched else { return }
    earliest = nil
    for transfer in Array(active.values) {
      if let deadline = transfer.deadline, deadline <= now {
        end(transfer, .failed(transfer.error(.timedOut, "no answer in time")))
      } else {
        watch(transfer)
      }
    }
  }

  private func watch(_ transfer: CurlTransfer) {
    guard let deadline = transfer.earliestTimeout else { return }
    earliest = earliest.map { min($0, deadline) } ?? deadline
  }

  /// The handle leaves curl first, so that no callback follows the end.
  private func end(_ transfer: CurlTransfer, _ end: TransferState.End, discardsBuffer: Bool = false) {
    if let handle = transfer.handle {
      active[handle] = nil
      curl_multi_remove_handle(multi, handle)
    }
    transfer.close()
    loop.transferEnded()
    transfer.finish(end, discardsBuffer: discardsBuffer)
  }

  private func abortAll(_ code: HTTPError.Code, _ reason: String) {
    for transfer in Array(active.values) {
      end(transfer, .failed(transfer.error(code, reason)))
    }
  }
}
#endif
