// Reading single values with the type rules of Foundation's JSONDecoder: `1.0` and `1e2` are integers, `"1"` is none, `1` is no Bool.

extension JSONTape {
  @inline(__always)
  func isNull(_ index: Int) -> Bool { entries[index].kind == .null }

  @inline(__always)
  func bool(at index: Int) throws -> Bool {
    switch entries[index].kind {
    case .true: true
    case .false: false
    default: throw mismatch(Bool.self, at: index)
    }
  }

  @inline(__always)
  func string(at index: Int) throws -> String {
    guard entries[index].kind == .string else { throw mismatch(String.self, at: index) }
    return text(entries[index])
  }

  @inline(__always)
  func double(at index: Int) throws -> Double {
    let entry = entries[index]
    switch entry.kind {
    case .double: return Double(bitPattern: entry.payload)
    case .integer: return Double(Int64(bitPattern: entry.payload))
    case .unsigned: return Double(entry.payload)
    default: throw mismatch(Double.self, at: index)
    }
  }

  func float(at index: Int) throws -> Float {
    let entry = entries[index]
    let float: Float
    switch entry.kind {
    case .integer: float = Float(Int64(bitPattern: entry.payload))
    case .unsigned: float = Float(entry.payload)
    case .double:
      let double = Double(bitPattern: entry.payload)
      // Rounding twice is wrong only where the first step ended between two floats: read the text again then.
      let isBetween = double.bitPattern & 0x1FFF_FFFF == 0x1000_0000 || abs(double) < Double(Float.leastNormalMagnitude)
      float = isBetween ? Float(numberText(entry)) ?? .infinity : Float(double)
    default: throw mismatch(Float.self, at: index)
    }
    guard float.isFinite else { throw doesNotFit(Float.self, at: index) }
    return float
  }

  @inline(__always)
  func integer<T: FixedWidthInteger>(_ type: T.Type, at index: Int) throws -> T {
    let entry = entries[index]
    guard entry.kind == .integer else { return try rareInteger(type, at: index) }
    guard let integer = T(exactly: Int64(bitPattern: entry.payload)) else { throw doesNotFit(type, at: index) }
    return integer
  }

  @inline(never)
  private func rareInteger<T: FixedWidthInteger>(_ type: T.Type, at index: Int) throws -> T {
    let entry = entries[index]
    let integer: T?
    switch entry.kind {
    case .unsigned: integer = T(exactly: entry.payload)
    case .double: integer = T(exactDecimal: numberText(entry))
    default: throw mismatch(type, at: index)
    }
    guard let integer else { throw doesNotFit(type, at: index) }
    return integer
  }

  // MARK: Errors

  @inline(never)
  func mismatch(_ type: Any.Type, at index: Int) -> DecodingError {
    let context = DecodingError.Context(
      codingPath: path(to: index), debugDescription: "Expected \(type), found \(kindName(index)).")
    return isNull(index) ? .valueNotFound(type, context) : .typeMismatch(type, context)
  }

  @inline(never)
  private func doesNotFit(_ type: Any.Type, at index: Int) -> DecodingError {
    .dataCorrupted(
      DecodingError.Context(
        codingPath: path(to: index), debugDescription: "The number \(numberText(entries[index])) does not fit \(type).")
    )
  }

  private func kindName(_ index: Int) -> String {
    switch entries[index].kind {
    case .null: "null"
    case .true, .false: "a boolean"
    case .integer, .unsigned, .double: "a number"
    case .string, .key, .shadowedKey: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }
}

extension FixedWidthInteger {
  /// The value of a JSON number with fraction or exponent, or of more than 64 bits; nil when it is not integral or does not fit.
  /// Exact: no digit goes through a floating-point number.
  fileprivate init?(exactDecimal text: String) {
    let parts = text.split(maxSplits: 1) { $0 == "e" || $0 == "E" }
    let mantissa = parts[0].split(separator: ".", maxSplits: 1)
    var digits = mantissa.joined()
    var exponent = parts.count > 1 ? Int(parts[1]) ?? (parts[1].hasPrefix("-") ? -1_000_000 : 1_000_000) : 0
    exponent -= mantissa.count > 1 ? mantissa[1].utf8.count : 0
    while exponent < 0, digits.utf8.last == UInt8(ascii: "0"), digits.utf8.count > 1 {
      digits.removeLast()
      exponent += 1
    }
    if digits.utf8.allSatisfy({ $0 == UInt8(ascii: "0") || $0 == UInt8(ascii: "-") }) {
      self = 0
      return
    }
    // 2^128 has 39 digits: more zeros than that fit no type.
    guard (0...40).contains(exponent) else { return nil }
    self.init(digits + String(repeating: "0", count: exponent), radix: 10)
  }
}
