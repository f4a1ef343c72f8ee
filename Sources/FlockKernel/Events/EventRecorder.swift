import FlockCore

/// What the kernel was fed, in the order in which it handled it, in a compact encoding.
///
/// Together with the log's records it determines every decision: closures' verdicts, instants, ends of attempts, step
/// results, firings. Version 1; numbers are LEB128, identifiers sixteen bytes.
public struct EventRecorder: Sendable {
  public static let version: UInt8 = 1

  public enum Tag: UInt8, Sendable, CaseIterable {
    case step = 1
    case ingest = 2
    case finished = 3
    case timers = 4
    case stepIntent = 5
    case stepResult = 6
    case flush = 7
    case restored = 8
    case suspectsBegin = 9
    case closed = 10
    case verdicts = 11
    case withdrawn = 12
    case decision = 13
  }

  var bytes: [UInt8] = []
  /// Verdicts since the last tag, four to a byte are not worth the shifting: one byte each.
  var verdicts: [UInt8] = []
  private var lastInstant: Int64 = 0

  init() { bytes.reserveCapacity(4096) }

  @inline(__always)
  private mutating func count(_ value: Int64) {
    var rest = UInt64(bitPattern: value)
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }

  @inline(__always)
  mutating func tag(_ tag: Tag) { bytes.append(tag.rawValue) }

  mutating func step(_ instant: Timestamp) {
    tag(.step)
    count(instant.nanoseconds &- lastInstant)
    lastInstant = instant.nanoseconds
  }

  mutating func ingest(from offset: Int64, count records: Int) {
    tag(.ingest)
    count(offset)
    count(Int64(records))
  }

  /// After an ingest: the verdicts that it asked for.
  mutating func flushVerdicts() {
    guard !verdicts.isEmpty else { return }
    tag(.verdicts)
    count(Int64(verdicts.count))
    bytes.append(contentsOf: verdicts)
    verdicts.removeAll(keepingCapacity: true)
  }

  @inline(__always)
  mutating func finished(_ ref: RunRef, kind: UInt8, outputs: Int) {
    tag(.finished)
    count(Int64(ref.slot))
    count(Int64(ref.generation))
    bytes.append(kind)
    count(Int64(outputs))
  }

  mutating func plain(_ tag: Tag, _ values: Int64...) {
    self.tag(tag)
    for value in values { count(value) }
  }

  mutating func text(_ text: String) {
    let utf8 = Array(text.utf8.prefix(Failure.maximumMessageBytes))
    count(Int64(utf8.count))
    bytes.append(contentsOf: utf8)
  }

  mutating func key(_ id: UniqueID) { bytes.append(contentsOf: id.bytes) }

  mutating func take() -> [UInt8] {
    flushVerdicts()
    let taken = bytes
    bytes.removeAll(keepingCapacity: true)
    return taken
  }
}
