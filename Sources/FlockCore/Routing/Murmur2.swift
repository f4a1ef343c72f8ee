/// The 32-bit MurmurHash2 of A. Appleby, with the seed that Kafka's Java client uses for partitioning.
///
/// Other clients must route alike, so this never changes; golden vectors are in FlockCoreTests.
public enum Murmur2 {
  public static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    let m: UInt32 = 0x5bd1_e995
    var h: UInt32 = 0x9747_b28c ^ UInt32(truncatingIfNeeded: bytes.count)
    var index = 0
    while index + 4 <= bytes.count {
      var k = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt32.self))
      k = k &* m
      k ^= k >> 24
      k = k &* m
      h = h &* m
      h ^= k
      index += 4
    }
    let rest = bytes.count - index
    if rest > 0 {
      if rest > 2 { h ^= UInt32(bytes[index + 2]) << 16 }
      if rest > 1 { h ^= UInt32(bytes[index + 1]) << 8 }
      h ^= UInt32(bytes[index])
      h = h &* m
    }
    h ^= h >> 13
    h = h &* m
    h ^= h >> 15
    return h
  }

  public static func hash(_ text: String) -> UInt32 {
    var text = text
    return text.withUTF8 { hash(UnsafeRawBufferPointer($0)) }
  }
}
