import Glibc

/// Bytes that arrived and were not taken yet, taken by line or all at once. Looks at each byte once.
struct LineBuffer {
  enum Line: Equatable {
    /// Without its line feed.
    case complete([UInt8])
    /// More than the limit without a line feed, or before it. Nothing was taken.
    case tooLong
  }

  private static let lineFeed = UInt8(ascii: "\n")
  private static let compactionBytes = 32 << 10

  private var storage: [UInt8] = []
  /// Where the bytes not yet taken begin.
  private var start = 0
  /// No line feed lies between `start` and here.
  private var scanned = 0

  var count: Int { storage.count - start }

  mutating func append(_ bytes: UnsafeRawBufferPointer) {
    storage.append(contentsOf: bytes)
  }

  /// The next line; `nil` while its line feed is missing.
  mutating func takeLine(limit: Int) -> Line? {
    guard let end = lineEnd() else {
      scanned = storage.count
      return count > limit ? .tooLong : nil
    }
    guard end - start <= limit else {
      scanned = end
      return .tooLong
    }
    let line = Array(storage[start..<end])
    drop(to: end + 1)
    return .complete(line)
  }

  /// Everything, or `nil` if there is nothing.
  mutating func takeAll() -> [UInt8]? {
    guard count > 0 else { return nil }
    let bytes = start == 0 ? storage : Array(storage[start...])
    removeAll()
    return bytes
  }

  mutating func removeAll() {
    storage = []
    start = 0
    scanned = 0
  }

  private func lineEnd() -> Int? {
    storage.withUnsafeBytes { bytes in
      guard scanned < bytes.count, let base = bytes.baseAddress,
        let found = memchr(base + scanned, Int32(Self.lineFeed), bytes.count - scanned)
      else { return nil }
      return UnsafeRawPointer(found) - base
    }
  }

  private mutating func drop(to index: Int) {
    start = index
    scanned = index
    if start == storage.count {
      storage.removeAll(keepingCapacity: storage.capacity <= 2 * Self.compactionBytes)
    } else if start >= Self.compactionBytes, start >= storage.count / 2 {
      storage.removeSubrange(..<start)
    } else {
      return
    }
    scanned -= start
    start = 0
  }
}
