/// A growing run of bytes that JSON is written into. Used by one thread at a time.
final class JSONOutput {
  /// Room kept behind the last byte, so that eight bytes can be loaded from any place of it and short things be stored unasked.
  static let slack = 32

  @exclusivity(unchecked) private(set) var bytes: UnsafeMutablePointer<UInt8>
  @exclusivity(unchecked) var count = 0
  @exclusivity(unchecked) private var capacity: Int

  init(capacity: Int = 480) {
    self.capacity = capacity
    bytes = .allocate(capacity: capacity + Self.slack)
  }

  deinit { bytes.deallocate() }

  /// Makes room for so many bytes more, beside the slack.
  @inline(__always)
  func reserve(_ more: Int) {
    if count &+ more > capacity { grow(to: count + more) }
  }

  @inline(never)
  private func grow(to minimum: Int) {
    capacity = max(minimum, capacity * 2)
    let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity + Self.slack)
    larger.moveInitialize(from: bytes, count: count)
    bytes.deallocate()
    bytes = larger
  }

  @inline(__always)
  func append(_ byte: UInt8) {
    reserve(1)
    (bytes + count).initialize(to: byte)
    count &+= 1
  }

  /// Appends a literal of at most `slack` bytes.
  @inline(__always)
  func append(_ literal: StaticString) {
    reserve(literal.utf8CodeUnitCount)
    (bytes + count).initialize(from: literal.utf8Start, count: literal.utf8CodeUnitCount)
    count &+= literal.utf8CodeUnitCount
  }

  func append(_ run: UnsafeBufferPointer<UInt8>) {
    guard let start = run.baseAddress else { return }
    reserve(run.count)
    (bytes + count).initialize(from: start, count: run.count)
    count &+= run.count
  }

  /// Appends text that needs no escape, as it is.
  func append(plain text: String) {
    text.utf8Span.span.withUnsafeBufferPointer { append($0) }
  }

  /// The bytes from an offset up to another.
  func slice(_ range: Range<Int>) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(start: UnsafePointer(bytes + range.lowerBound), count: range.count)
  }

  /// A copy of all bytes.
  var array: [UInt8] { Array(slice(0..<count)) }

  /// All bytes as text. They are UTF-8 by construction.
  var text: String { String(decoding: slice(0..<count), as: UTF8.self) }
}
