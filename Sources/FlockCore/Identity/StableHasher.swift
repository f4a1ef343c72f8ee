/// A keyed 128-bit hash that is the same in every process, build and release: SipHash-2-4 with 128-bit output
/// (J.-P. Aumasson, D. J. Bernstein, "SipHash: a fast short-input PRF", 2012, and its reference vectors).
///
/// Nothing that is stored or compared across processes may use Swift's `Hasher`, whose seed changes.
/// Words are absorbed little-endian, eight bytes at a time; texts with their length before them.
public struct StableHasher: Sendable {
  /// Keeps hashes for different purposes apart.
  public enum Domain: UInt64, Sendable {
    case run = 1
    case output = 2
    case correlation = 3
    case subscription = 4
    case digest = 5
    case jitter = 6
    case scope = 7
    case step = 8
  }

  @usableFromInline var v0: UInt64
  @usableFromInline var v1: UInt64
  @usableFromInline var v2: UInt64
  @usableFromInline var v3: UInt64
  @usableFromInline var length: UInt64 = 0

  @inlinable
  public init(key0: UInt64, key1: UInt64) {
    v0 = key0 ^ 0x736f_6d65_7073_6575
    v1 = key1 ^ 0x646f_7261_6e64_6f6d ^ 0xee
    v2 = key0 ^ 0x6c79_6765_6e65_7261
    v3 = key1 ^ 0x7465_6462_7974_6573
  }

  /// The key is the version of this scheme and the domain; a new scheme takes a new version.
  @inlinable
  public init(domain: Domain) {
    self.init(key0: 0x666c_6f63_6b00_0001, key1: domain.rawValue)
  }

  @inlinable @inline(__always)
  mutating func round() {
    v0 = v0 &+ v1
    v1 = (v1 << 13 | v1 >> 51) ^ v0
    v0 = v0 << 32 | v0 >> 32
    v2 = v2 &+ v3
    v3 = (v3 << 16 | v3 >> 48) ^ v2
    v0 = v0 &+ v3
    v3 = (v3 << 21 | v3 >> 43) ^ v0
    v2 = v2 &+ v1
    v1 = (v1 << 17 | v1 >> 47) ^ v2
    v2 = v2 << 32 | v2 >> 32
  }

  @inlinable @inline(__always)
  public mutating func combine(_ word: UInt64) {
    v3 ^= word
    round()
    round()
    v0 ^= word
    length &+= 8
  }

  @inlinable
  public mutating func combine(_ id: UniqueID) {
    combine(id.high)
    combine(id.low)
  }

  public mutating func combine(_ text: String) {
    var text = text
    text.withUTF8 { combine(bytes: UnsafeRawBufferPointer($0)) }
  }

  /// Absorbs the count, then the bytes padded with zeros to whole words.
  public mutating func combine(bytes: UnsafeRawBufferPointer) {
    combine(UInt64(bytes.count))
    var index = 0
    while index + 8 <= bytes.count {
      combine(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)))
      index += 8
    }
    guard index < bytes.count else { return }
    var word: UInt64 = 0
    for (shift, byte) in bytes[index...].enumerated() { word |= UInt64(byte) << UInt64(8 * shift) }
    combine(word)
  }

  /// - Parameter tail: the last, partial word of SipHash: at most seven bytes in its low end.
  @inlinable
  public consuming func finalize(tail: UInt64 = 0, tailCount: UInt64 = 0) -> UniqueID {
    let last = (length &+ tailCount) << 56 | tail
    v3 ^= last
    round()
    round()
    v0 ^= last
    v2 ^= 0xee
    round()
    round()
    round()
    round()
    let first = v0 ^ v1 ^ v2 ^ v3
    v1 ^= 0xdd
    round()
    round()
    round()
    round()
    return UniqueID(high: first, low: v0 ^ v1 ^ v2 ^ v3)
  }
}
