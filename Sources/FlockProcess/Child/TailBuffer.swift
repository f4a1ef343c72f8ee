/// The last bytes of a stream of any length. Holds at most twice its limit.
struct TailBuffer {
  private let limit: Int
  private var storage: [UInt8] = []

  init(limit: Int) {
    self.limit = limit
  }

  /// At most `limit` bytes, the latest last.
  var bytes: [UInt8] { Array(storage.suffix(limit)) }

  mutating func append(_ bytes: UnsafeRawBufferPointer) {
    let kept = bytes.suffix(limit)
    let (sum, overflow) = limit.multipliedReportingOverflow(by: 2)
    if !overflow, storage.count + kept.count > sum {
      storage.removeFirst(storage.count - (limit - min(limit, kept.count)))
    }
    storage.append(contentsOf: kept)
  }
}
