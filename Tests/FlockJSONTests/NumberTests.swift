import FlockJSON
import Foundation
import Testing

@Suite struct NumberTests {
  @Test func `integers keep all of their digits up to the ends of their types`() throws {
    #expect(try JSONParser().parse("9223372036854775807") == .integer(.max))
    #expect(try JSONParser().parse("-9223372036854775808") == .integer(.min))
    #expect(try JSONParser().parse("9223372036854775808") == .number(9_223_372_036_854_775_808))
    #expect(try JSONParser().parse("9007199254740993") == .integer(9_007_199_254_740_993))
    #expect(try JSONParser().parse("9007199254740993") != .number(9_007_199_254_740_992))
    let decoder = JSONBytesDecoder()
    #expect(try decoder.decode(UInt64.self, from: "18446744073709551615") == .max)
    #expect(try decoder.decode(Int128.self, from: "-170141183460469231731687303715884105728") == .min)
    #expect(try decoder.decode(UInt128.self, from: "340282366920938463463374607431768211455") == .max)
  }

  @Test func `negative zero keeps its sign`() throws {
    guard case .number(let zero) = try JSONParser().parse("-0") else {
      Issue.record("-0 is no .number")
      return
    }
    #expect(zero.sign == .minus)
    #expect(zero == 0)
    #expect(try JSONWriter().string(of: .number(-0.0)) == "-0.0")
  }

  @Test(
    "an integer type takes an integral number that fits it, however it is written",
    arguments: [("1.0", 1), ("1e2", 100), ("120e-1", 12), ("-0", 0), ("0.0e5", 0), ("127", 127), ("-128", -128)])
  func integral(_ text: String, _ value: Int8) throws {
    #expect(try JSONBytesDecoder().decode(Int8.self, from: text) == value)
  }

  @Test(
    "an integer type refuses what does not fit it",
    arguments: ["128", "-129", "1.5", "1e-1", "1e3", "1e400", "99999999999999999999"])
  func notIntegral(_ text: String) {
    #expect(throws: DecodingError.self) { try JSONBytesDecoder().decode(Int8.self, from: text) }
  }

  @Test func `an unsigned type refuses a negative number`() {
    #expect(throws: DecodingError.self) { try JSONBytesDecoder().decode(UInt.self, from: "-1") }
  }

  @Test(
    "a decimal becomes the nearest double, as the C library reads it",
    arguments: [
      "0.1", "1e23", "8.5e22", "1.7976931348623157e308", "4.9e-324", "2.2250738585072011e-308", "9007199254740993.0",
      "0.1e-5",
      "123456789012345678901234567890", "3.141592653589793238462643383279", "1e-400", "5e-324",
      "2.4703282292062328e-324",
      "6929495644600919.5", "3.518437208883201171875e13", "7.2057594037927933e16", "1e22", "1e-22",
      "9007199254740992e22",
    ])
  func nearest(_ text: String) throws {
    let parsed = try #require(try JSONParser().parse(text).asDouble)
    #expect(parsed.bitPattern == strtod(text, nil).bitPattern)
  }

  @Test func `random decimals become the nearest double`() throws {
    var generator = SeededGenerator(seed: 0x5EED_0001)
    var wrong: [String] = []
    for _ in 0..<20_000 {
      let digits = String(generator.next() >> UInt64.random(in: 0..<60, using: &generator))
      let point = Int.random(in: 1...digits.count, using: &generator)
      var text = digits.prefix(point) + (point < digits.count ? "." + digits.dropFirst(point) : "")
      if Bool.random(using: &generator) { text += "e\(Int.random(in: -330...290, using: &generator))" }
      if text.hasPrefix("0"), text.count > 1, !text.hasPrefix("0."), !text.hasPrefix("0e") { continue }
      let parsed = try JSONParser().parse(String(text)).asDouble
      if parsed?.bitPattern != strtod(String(text), nil).bitPattern { wrong.append(String(text)) }
    }
    #expect(wrong == [])
  }

  @Test func `a float is rounded once`() throws {
    // Halfway between two floats but for a digit that a double drops.
    let text = "1.000000059604644775390625000000000000000001"
    #expect(try JSONBytesDecoder().decode(Float.self, from: text) == strtof(text, nil))
    #expect(try JSONBytesDecoder().decode(Float.self, from: "1.000000059604644775390625") == 1)
    #expect(try JSONBytesDecoder().decode(Float.self, from: "1e-45") == strtof("1e-45", nil))
    #expect(throws: DecodingError.self) { try JSONBytesDecoder().decode(Float.self, from: "1e39") }
  }

  @Test func `doubles and floats of random bits survive writing and reading`() throws {
    var generator = SeededGenerator(seed: 0x5EED_0002)
    var wrong = 0
    for _ in 0..<20_000 {
      let double = Double(bitPattern: generator.next())
      let float = Float(bitPattern: UInt32(truncatingIfNeeded: generator.next()))
      if double.isFinite {
        let bytes = try JSONBytesEncoder().encode(double)
        if try JSONBytesDecoder().decode(Double.self, from: bytes).bitPattern != double.bitPattern { wrong += 1 }
        if try JSONDecoder().decode(Double.self, from: Data(bytes)) != double { wrong += 1 }
      }
      if float.isFinite {
        let bytes = try JSONBytesEncoder().encode(float)
        if try JSONBytesDecoder().decode(Float.self, from: bytes).bitPattern != float.bitPattern { wrong += 1 }
      }
    }
    #expect(wrong == 0)
  }

  @Test func `integers of every length survive writing and reading`() throws {
    var generator = SeededGenerator(seed: 0x5EED_0003)
    for shift in 0..<64 {
      let unsigned = generator.next() >> UInt64(shift)
      #expect(try JSONBytesEncoder().encodeString(unsigned) == String(unsigned))
      let signed = Int64(bitPattern: generator.next()) >> Int64(shift)
      #expect(try JSONBytesEncoder().encodeString(signed) == String(signed))
    }
    #expect(
      try JSONBytesEncoder().encodeString([Int64.min, .max, 0]) == "[-9223372036854775808,9223372036854775807,0]")
    #expect(try JSONBytesEncoder().encodeString(UInt64.max) == "18446744073709551615")
    #expect(try JSONBytesEncoder().encodeString(Int128.min) == "-170141183460469231731687303715884105728")
  }
}
