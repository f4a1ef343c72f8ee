extension TapeScanner {
  /// A hash of a key's length and its first and last eight bytes. Not proof against chosen keys: equal hashes cost a comparison of bytes
  /// in sorted order, never a quadratic search.
  @inline(__always)
  static func hash(_ start: UnsafeMutablePointer<UInt8>, _ length: Int) -> UInt32 {
    var first = JSONText.word(start)
    var last: UInt64 = 0
    if length >= 8 {
      last = JSONText.word(start + (length &- 8))
    } else {
      first &= (1 &<< UInt64(truncatingIfNeeded: length &* 8)) &- 1
    }
    let mixed = (first &* 0x9E37_79B9_7F4A_7C15) ^ (last &* 0xC2B2_AE3D_27D4_EB4F) ^ UInt64(truncatingIfNeeded: length)
    return UInt32(truncatingIfNeeded: (mixed &* 0xD6E8_FEB8_6659_FD93) &>> 32)
  }

  /// Refuses an object's repeated keys, or shadows all but the last of each.
  mutating func checkKeys(of object: Int) throws(ScanFault) {
    let keys = entries[object].low
    if keys <= 64 {
      let mayRepeat = withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { hashes in
        gatherHashes(of: object, into: hashes)
        return Self.hasEqual(UnsafeBufferPointer(rebasing: hashes[..<keys]))
      }
      if !mayRepeat { return }
    }
    let repeats = repeatedKeys(of: object)
    if repeats.isEmpty { return }
    guard allowsDuplicateKeys else {
      let first = repeats.min { $0.later < $1.later }
      throw ScanFault(
        code: .duplicateKey, offset: first.map { entries[$0.later].low - 1 } ?? offset,
        expectation: "expected a key that the object does not have yet; rename one of the two", namesFoundByte: false)
    }
    for one in repeats { entries[one.earlier].kind = .shadowedKey }
    entries[object].payload &-= UInt64(repeats.count)
  }

  private func gatherHashes(of object: Int, into hashes: UnsafeMutableBufferPointer<UInt32>) {
    var position = object + 1
    var place = 0
    while position < count {
      hashes[place] = UInt32(truncatingIfNeeded: entries[position].high)
      place += 1
      position = next(after: position + 1)
    }
  }

  /// Whether two of the hashes are equal. Without an early exit in the inner loop, so that it is done four at a time.
  static func hasEqual(_ hashes: UnsafeBufferPointer<UInt32>) -> Bool {
    guard let start = hashes.baseAddress else { return false }
    for place in 1..<max(hashes.count, 1) {
      let hash = start[place]
      var found: UInt32 = 0
      for earlier in 0..<place { found |= start[earlier] == hash ? 1 : 0 }
      if found != 0 { return true }
    }
    return false
  }

  /// Each key that its object has again, with the next place where it has it.
  @inline(never)
  private func repeatedKeys(of object: Int) -> [(earlier: Int, later: Int)] {
    var keys: [UInt64] = []
    keys.reserveCapacity(entries[object].low)
    var position = object + 1
    while position < count {
      keys.append(UInt64(entries[position].high) << 32 | UInt64(position))
      position = next(after: position + 1)
    }
    keys.sort()
    var repeats: [(earlier: Int, later: Int)] = []
    var start = 0
    while start < keys.count {
      var end = start + 1
      while end < keys.count, keys[end] >> 32 == keys[start] >> 32 { end += 1 }
      if end - start > 1 {
        let group = keys[start..<end].map { Int($0 & 0xFFFF_FFFF) }.sorted { precedes($0, $1) }
        for (one, other) in zip(group, group.dropFirst()) where compareKeys(one, other) == 0 {
          repeats.append((one, other))
        }
      }
      start = end
    }
    return repeats
  }

  /// Orders keys by their bytes, equal ones by their place.
  private func precedes(_ one: Int, _ other: Int) -> Bool {
    let order = compareKeys(one, other)
    return order == 0 ? one < other : order < 0
  }

  private func compareKeys(_ one: Int, _ other: Int) -> Int {
    let left = entries[one]
    let right = entries[other]
    if left.extent != right.extent { return left.extent < right.extent ? -1 : 1 }
    for place in 0..<Int(left.extent) {
      let difference = Int(base[left.low + place]) - Int(base[right.low + place])
      if difference != 0 { return difference }
    }
    return 0
  }

  private func next(after value: Int) -> Int {
    switch entries[value].kind {
    case .array, .object: Int(entries[value].extent)
    default: value + 1
    }
  }
}
