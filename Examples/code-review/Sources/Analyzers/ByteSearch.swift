import Glibc

extension [UInt8] {
  /// Where `needle` first stands at or after `start`. Over raw memory, because lines are many and short.
  func place(of needle: [UInt8], from start: Int = 0) -> Range<Int>? {
    guard let first = needle.first else { return nil }
    return withUnsafeBytes { bytes -> Range<Int>? in
      needle.withUnsafeBytes { needle -> Range<Int>? in
        guard let base = bytes.baseAddress, let wanted = needle.baseAddress else { return nil }
        let last = bytes.count - needle.count
        var position = start
        while position <= last {
          guard let found = memchr(base + position, Int32(first), last - position + 1) else { return nil }
          position = UnsafeRawPointer(found) - base
          if memcmp(found, wanted, needle.count) == 0 { return position..<(position + needle.count) }
          position += 1
        }
        return nil
      }
    }
  }

  func holds(_ needle: [UInt8]) -> Bool { place(of: needle) != nil }
}
