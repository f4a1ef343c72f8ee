import FlockCore
import FlockKernel

/// Finds records by artifact id: open addressing over record numbers with a part of the hash beside each, so that a look at
/// a record is nearly always the right one. Eight bytes a place, at most half of them taken.
///
/// Ids come from outside, so places are spread by a seed that nobody knows.
struct IDTable {
  /// The hash's low half above, the record's number plus one below; 0 is free.
  private var places: ContiguousArray<UInt64> = ContiguousArray(repeating: 0, count: 64)
  private var count = 0
  private let seed: UInt64

  init(seed: UInt64) { self.seed = seed | 1 }

  @inline(__always)
  private func hash(_ id: UniqueID) -> UInt64 {
    var mixed = (id.low ^ seed) &* 0x9E37_79B9_7F4A_7C15
    mixed ^= mixed >> 32
    mixed = (mixed &+ id.high) &* 0xD6E8_FEB8_6659_FD93
    return mixed ^ mixed >> 32
  }

  /// The number of the record with this id, or -1.
  func find(_ id: UniqueID, in records: ContiguousArray<LoggedRecord>) -> Int {
    let hash = hash(id)
    let mask = places.count - 1
    var place = Int(truncatingIfNeeded: hash >> 32) & mask
    while places[place] != 0 {
      if places[place] >> 32 == hash & 0xFFFF_FFFF {
        let number = Int(places[place] & 0xFFFF_FFFF) - 1
        if records[number].record.artifact?.id.value == id { return number }
      }
      place = (place + 1) & mask
    }
    return -1
  }

  /// The id must not be there yet, and the record is appended right after.
  mutating func insert(_ id: UniqueID, number: Int, in records: ContiguousArray<LoggedRecord>) {
    if (count + 1) * 2 > places.count { grow(records) }
    place(hash(id), number)
    count += 1
  }

  private mutating func place(_ hash: UInt64, _ number: Int) {
    let mask = places.count - 1
    var place = Int(truncatingIfNeeded: hash >> 32) & mask
    while places[place] != 0 { place = (place + 1) & mask }
    places[place] = hash << 32 | UInt64(number + 1)
  }

  private mutating func grow(_ records: ContiguousArray<LoggedRecord>) {
    let old = places
    places = ContiguousArray(repeating: 0, count: old.count * (old.count < 1 << 18 ? 4 : 2))
    for entry in old where entry != 0 {
      let number = Int(entry & 0xFFFF_FFFF) - 1
      if let id = records[number].record.artifact?.id.value { place(hash(id), number) }
    }
  }
}
