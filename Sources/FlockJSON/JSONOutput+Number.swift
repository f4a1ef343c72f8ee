extension JSONOutput {
  @inline(__always)
  func append(integer: some FixedWidthInteger) {
    if let small = Int64(exactly: integer) {
      appendDigits(of: small.magnitude, isNegative: small < 0)
    } else if let large = UInt64(exactly: integer) {
      appendDigits(of: large, isNegative: false)
    } else {
      append(plain: String(integer))
    }
  }

  private func appendDigits(of magnitude: UInt64, isNegative: Bool) {
    // A sign and the twenty digits of 2^64 fit the slack.
    var length = isNegative ? 2 : 1
    var rest = magnitude
    while rest >= 10 {
      rest /= 10
      length &+= 1
    }
    reserve(length)
    var place = bytes + count + length
    rest = magnitude
    repeat {
      place -= 1
      let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
      place.initialize(to: UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: digit))
      rest = quotient
    } while rest != 0
    if isNegative { (bytes + count).initialize(to: UInt8(ascii: "-")) }
    count &+= length
  }

  /// Appends the shortest text that reads back as the same number: `1.0`, `0.1`, `1e+16`. False, and nothing is written, for a NaN or an
  /// infinity.
  func append(number: some BinaryFloatingPoint & CustomStringConvertible) -> Bool {
    guard number.isFinite else { return false }
    append(plain: number.description)
    return true
  }
}
