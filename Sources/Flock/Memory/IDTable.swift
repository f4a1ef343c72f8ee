import FlockCore

/// Finds records by artifact id: open addressing over record numbers, four bytes a place, no copy of the ids.
///
/// Ids come from outside, so places are spread by a seed that nobody knows.
struct IDTable {
  private var places: ContiguousArray<UInt32> = ContiguousArray(repeating: 0, count: 64)
  private var count = 0
  private let seed: UInt64

  init(seed: UInt64) { self.seed = seed | 1 }

  @inline(__always)
  private func start(_ id: UniqueID, _ mask: Int) -> Int {
    var mixed = (id.low ^ seed) &* 0x9E37_79B9_7F4A_7C15
    mixed ^= mixed >> 32
    mixed = (mixed &+ id.high) &* 0xD6E8_FEB8_6659_FD93
    return Int(truncatingIfNeeded: mixed >> 20) & mask
  }

  /// The number of the record with this id, or -1.
  /// - Parameter identity: the id of a record by number.
  @inline(__always)
  func find(_ id: UniqueID, _ identity: (Int) -> UniqueID) -> Int {
    let mask = places.count - 1
    var place = start(id, mask)
    while places[place] != 0 {
      let number = Int(places[place]) - 1
      if identity(number) == id { return number }
      place = (place + 1) & mask
    }
    return -1
  }

  /// The id must not be there yet.
  mutating func insert(_ id: UniqueID, number: Int, _ identity: (Int) -> UniqueID) {
    if (count + 1) * 4 > places.count * 3 { grow(identity) }
    place(id, number)
    count += 1
  }

  private mutating func place(_ id: UniqueID, _ number: Int) {
    let mask = places.count - 1
    var place = start(id, mask)
    while places[place] != 0 { place = (place + 1) & mask }
    places[place] = UInt32(number + 1)
  }

  private mutating func grow(_ identity: (Int) -> UniqueID) {
    let old = places
    places = ContiguousArray(repeating: 0, count: old.count * 2)
    for entry in old where entry != 0 { place(identity(Int(entry) - 1), Int(entry) - 1) }
  }
}
