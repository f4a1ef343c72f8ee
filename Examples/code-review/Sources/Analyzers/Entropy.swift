import Glibc

enum Entropy {
  /// Shannon's entropy of the distribution of bytes, in bits for each byte; 0 for nothing.
  static func bits(_ bytes: some Collection<UInt8>) -> Double {
    guard !bytes.isEmpty else { return 0 }
    var counts = [Int](repeating: 0, count: 256)
    for byte in bytes { counts[Int(byte)] += 1 }
    let total = Double(bytes.count)
    var sum = 0.0
    for count in counts where count > 0 {
      let share = Double(count) / total
      sum -= share * log2(share)
    }
    return sum
  }
}
