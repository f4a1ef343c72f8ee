/// Makes UUIDv7 (RFC 9562, section 5.7): 48 bits of milliseconds, then a counter and random bits.
///
/// Ids of one generator increase strictly, also within a millisecond and when the clock steps back, so that a
/// publisher's artifacts sort in the order in which it made them. A value type: time and seed come from outside.
public struct IDGenerator: Sendable {
  private var lastMillisecond: UInt64 = 0
  private var counter: UInt64 = 0
  private var state: (UInt64, UInt64)

  /// - Parameter seed: from the system's generator in production, fixed in a simulation.
  public init(seed: UInt64) {
    var mix = SplitMix64(state: seed)
    state = (mix.next(), mix.next() | 1)
  }

  public mutating func next(at now: Timestamp) -> ArtifactID {
    let millisecond = UInt64(clamping: now.nanoseconds / 1_000_000)
    if millisecond > lastMillisecond {
      lastMillisecond = millisecond
      counter = random() & 0x3FF
    } else {
      counter &+= 1
      if counter > 0xFFF {
        lastMillisecond &+= 1
        counter = 0
      }
    }
    let high = (lastMillisecond & 0xFFFF_FFFF_FFFF) << 16 | 0x7000 | counter
    return ArtifactID(UniqueID(high: high, low: random() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000))
  }

  /// xoroshiro128+ (D. Blackman, S. Vigna, 2018): fast, and unpredictable enough for names; ids are no secrets.
  private mutating func random() -> UInt64 {
    let (s0, s1) = state
    let result = s0 &+ s1
    let mixed = s1 ^ s0
    state.0 = (s0 << 24 | s0 >> 40) ^ mixed ^ (mixed << 16)
    state.1 = mixed << 37 | mixed >> 27
    return result
  }
}

/// A small seeded generator (G. L. Steele, D. Lea, C. H. Flood, 2014) for seeds and tests.
public struct SplitMix64: RandomNumberGenerator, Sendable {
  public var state: UInt64

  public init(state: UInt64) { self.state = state }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }
}
