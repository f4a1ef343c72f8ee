extension TapeScanner {
  /// Reads a number from its sign or first digit.
  mutating func scanNumber() throws(ScanFault) {
    let start = offset
    let isNegative = cursor.pointee == UInt8(ascii: "-")
    if isNegative { cursor += 1 }
    var decimal = Decimal()
    if cursor.pointee == UInt8(ascii: "0") {
      cursor += 1
      guard !isDigit else { throw numberFault("expected no digit after a leading zero") }
    } else {
      guard isDigit else { throw numberFault("expected a digit after '-'") }
      scanDigits(into: &decimal)
    }
    var isIntegerText = true
    if cursor.pointee == UInt8(ascii: ".") {
      isIntegerText = false
      cursor += 1
      guard isDigit else { throw numberFault("expected a digit after '.'") }
      let digits = scanDigits(into: &decimal)
      decimal.exponent -= digits
    }
    if cursor.pointee | 0x20 == UInt8(ascii: "e") {
      isIntegerText = false
      try scanExponent(into: &decimal)
    }
    if isIntegerText, let entry = Self.integerEntry(decimal, isNegative, at: start) {
      append(entry)
      return
    }
    var entry = TapeEntry(
      payload: 0, extent: UInt32(truncatingIfNeeded: start), kind: .double, isIntegerText: isIntegerText)
    let number: Double
    if let exact = decimal.exactDouble {
      number = isNegative ? -exact : exact
    } else {
      // The grammar above is a part of Double's own; what it cannot hold becomes an infinity.
      number = Double(tape.numberText(entry)) ?? .infinity
    }
    guard number.isFinite else {
      throw ScanFault(
        code: .numberOutOfRange, offset: start, expectation: "expected a number of a magnitude below 1.8e308",
        namesFoundByte: false)
    }
    entry.payload = number.bitPattern
    append(entry)
  }

  /// A number's digits without its point, and the power of ten that they are multiplied by.
  struct Decimal {
    var digits: UInt64 = 0
    var digitCount = 0
    var exponent = 0

    /// The nearest `Double` where one multiplication or division of exactly held numbers gives it (Clinger, "How to Read Floating
    /// Point Numbers Accurately", 1990).
    @inline(__always)
    var exactDouble: Double? {
      guard digitCount <= 19, digits <= 1 << 53 else { return nil }
      if exponent >= 0 { return exponent <= 22 ? Double(digits) * powersOfTen[exponent] : nil }
      return exponent >= -22 ? Double(digits) / powersOfTen[-exponent] : nil
    }
  }

  @inline(__always)
  private var isDigit: Bool { cursor.pointee &- UInt8(ascii: "0") < 10 }

  @inline(__always)
  @discardableResult
  private mutating func scanDigits(into decimal: inout Decimal) -> Int {
    let start = cursor
    while isDigit {
      decimal.digits = decimal.digits &* 10 &+ UInt64(cursor.pointee &- UInt8(ascii: "0"))
      cursor += 1
    }
    decimal.digitCount += cursor - start
    return cursor - start
  }

  private mutating func scanExponent(into decimal: inout Decimal) throws(ScanFault) {
    cursor += 1
    let isNegative = cursor.pointee == UInt8(ascii: "-")
    if isNegative || cursor.pointee == UInt8(ascii: "+") { cursor += 1 }
    guard isDigit else { throw numberFault("expected a digit in the exponent") }
    var exponent = 0
    while isDigit {
      // Far outside of any Double already; the text itself decides then.
      if exponent < 100_000_000 { exponent = exponent * 10 + Int(cursor.pointee - UInt8(ascii: "0")) }
      cursor += 1
    }
    decimal.exponent += isNegative ? -exponent : exponent
  }

  /// The entry of an integer that fits 64 bits. `-0` is left to Double, which has it.
  @inline(__always)
  private static func integerEntry(_ decimal: Decimal, _ isNegative: Bool, at start: Int) -> TapeEntry? {
    // Nineteen digits always fit 64 unsigned bits. A twentieth fits only after a leading 1, and then exceeds 2^63.
    let digits = decimal.digits
    if decimal.digitCount > 19 {
      guard decimal.digitCount == 20, !isNegative, digits >= 10_000_000_000_000_000_000 else { return nil }
    }
    let extent = UInt32(truncatingIfNeeded: start)
    if isNegative {
      guard digits != 0, digits <= UInt64(Int64.max) + 1 else { return nil }
      return TapeEntry(payload: 0 &- digits, extent: extent, kind: .integer)
    }
    return TapeEntry(payload: digits, extent: extent, kind: digits <= UInt64(Int64.max) ? .integer : .unsigned)
  }

  private func numberFault(_ expectation: StaticString) -> ScanFault { fault(.invalidNumber, expectation) }
}

private let powersOfTen: [Double] = [
  1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
  1e21, 1e22,
]
