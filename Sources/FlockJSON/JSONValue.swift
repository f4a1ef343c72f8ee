/// A JSON document, or a part of one.
///
/// Equality is JSON Schema's: numbers are equal when their values are, so that `1` equals `1.0`; objects when they have the same keys
/// with equal values in any order; strings when their code points are the same. Hashing is consistent with it.
public enum JSONValue: Sendable {
  case null
  case bool(Bool)
  /// A number written without fraction or exponent that fits 64 bits.
  case integer(Int64)
  /// Any other number. Integral numbers outside of `Int64` are kept here too, rounded to the nearest `Double`.
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object(JSONObject)
}

extension JSONValue: Hashable {
  public static func == (left: JSONValue, right: JSONValue) -> Bool {
    switch (left, right) {
    case (.null, .null): true
    case (.bool(let one), .bool(let other)): one == other
    case (.integer(let one), .integer(let other)): one == other
    case (.number(let one), .number(let other)): one == other
    // The exact conversion keeps 2^53 + 1 apart from the Double that it would round to.
    case (.integer(let integer), .number(let number)), (.number(let number), .integer(let integer)):
      Int64(exactly: number) == integer
    case (.string(let one), .string(let other)): JSONText.equal(one, other)
    case (.array(let one), .array(let other)): one == other
    case (.object(let one), .object(let other)): one == other
    default: false
    }
  }

  public func hash(into hasher: inout Hasher) {
    switch self {
    case .null: hasher.combine(0 as UInt8)
    case .bool(let bool):
      hasher.combine(1 as UInt8)
      hasher.combine(bool)
    case .integer(let integer):
      hasher.combine(2 as UInt8)
      hasher.combine(integer)
    case .number(let number):
      if let integer = Int64(exactly: number) {
        hasher.combine(2 as UInt8)
        hasher.combine(integer)
      } else {
        hasher.combine(3 as UInt8)
        hasher.combine(number)
      }
    case .string(let string):
      hasher.combine(4 as UInt8)
      hasher.combine(string)
    case .array(let array):
      hasher.combine(5 as UInt8)
      hasher.combine(array)
    case .object(let object):
      hasher.combine(6 as UInt8)
      hasher.combine(object)
    }
  }
}

extension JSONValue: CustomStringConvertible {
  /// The compact JSON text; where the value has none (a NaN, too deep), the reason.
  public var description: String {
    do {
      return try JSONWriter().string(of: self)
    } catch {
      return "<\(error)>"
    }
  }
}
