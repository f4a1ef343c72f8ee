import FlockCore
import FlockJSON
import Testing

@Suite struct IdentityTests {
  private let example = UniqueID(high: 0x017F_22E2_79B0_7CC3, low: 0x98C4_DC0C_0C07_398F)

  @Test func `an id reads and writes as RFC 9562 shows its example`() {
    let text = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"
    #expect(example.description == text)
    #expect(UniqueID(text) == example)
    #expect(UniqueID(text.uppercased()) == example)
    #expect(UniqueID(String(text.filter { $0 != "-" })) == example)
    #expect(example.version == 7)
    #expect(
      example.bytes == [0x01, 0x7F, 0x22, 0xE2, 0x79, 0xB0, 0x7C, 0xC3, 0x98, 0xC4, 0xDC, 0x0C, 0x0C, 0x07, 0x39, 0x8F])
    #expect(UniqueID(bytes: example.bytes) == example)
    #expect(UniqueID.zero.description == "00000000-0000-0000-0000-000000000000")
    #expect(UniqueID.zero.isZero)
  }

  @Test(
    "a text that is no UUID is no id",
    arguments: [
      "", "017f22e2-79b0-7cc3-98c4-dc0c0c07398", "017f22e2-79b0-7cc3-98c4-dc0c0c07398f0",
      "017f22e279b0-7cc3-98c4-dc0c0c07398f",
      "017f22e2-79b0-7cc3-98c4-dc0c0c07398g", "017f22e27-9b0-7cc3-98c4-dc0c0c07398f",
      "{17f22e2-79b0-7cc3-98c4-dc0c0c07398f}",
      "017f22e2--9b0-7cc3-98c4-dc0c0c07398f", "\u{E9}17f22e2-79b0-7cc3-98c4-dc0c0c0739",
      "------------------------------------",
    ])
  func noID(_ text: String) {
    #expect(UniqueID(text) == nil)
    #expect(ArtifactID(text) == nil)
    #expect(RunID(text) == nil)
  }

  @Test func `only sixteen bytes are an id`() {
    #expect(UniqueID(bytes: [UInt8](repeating: 1, count: 15)) == nil)
    #expect(UniqueID(bytes: [UInt8](repeating: 1, count: 17)) == nil)
  }

  @Test func `ids order by their bytes`() {
    let ids = [
      UniqueID(high: 1, low: 0), UniqueID(high: 0, low: .max), UniqueID(high: .max, low: 0), UniqueID(high: 0, low: 1),
    ]
    let byBytes = ids.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
    #expect(ids.sorted() == byBytes)
  }

  @Test func `a stamp sets version and variant and nothing else`() {
    let ones = UniqueID(high: .max, low: .max).stamped(version: 8)
    #expect(ones.description == "ffffffff-ffff-8fff-bfff-ffffffffffff")
    #expect(UniqueID.zero.stamped(version: 8).description == "00000000-0000-8000-8000-000000000000")
    #expect(ones.version == 8)
  }

  @Test func `ids are texts in JSON`() throws {
    let bytes = try JSONBytesEncoder().encode([RunID(example)])
    #expect(String(decoding: bytes, as: UTF8.self) == "[\"017f22e2-79b0-7cc3-98c4-dc0c0c07398f\"]")
    #expect(try JSONBytesDecoder().decode([RunID].self, from: bytes) == [RunID(example)])
    #expect(throws: DecodingError.self) { try JSONBytesDecoder().decode(RunID.self, from: "\"x\"") }
  }

  @Test func `a correlation that is a UUID stays one`() {
    #expect(CorrelationID("017F22E2-79B0-7CC3-98C4-DC0C0C07398F").value == example)
    #expect(CorrelationID("order").value.version == 8)
  }

  // MARK: The generator

  @Test func `a generated id is a version 7 of its millisecond`() {
    var generator = IDGenerator(seed: 1)
    for milliseconds in [0, 1, 1_645_557_742_000, 9_000_000_000_000 as Int64] {
      let id = generator.next(at: Timestamp(nanoseconds: milliseconds * 1_000_000 + 999_999)).value
      #expect(id.version == 7)
      #expect(id.low >> 62 == 0b10)
      #expect(id.high >> 16 == UInt64(milliseconds))
    }
  }

  @Test func `ids of one generator increase strictly, within a millisecond and when the clock steps back`() {
    var generator = IDGenerator(seed: 42)
    var ids: [ArtifactID] = []
    let base: Int64 = 1_700_000_000_000_000_000
    for _ in 0..<10_000 { ids.append(generator.next(at: Timestamp(nanoseconds: base))) }
    for step in 0..<1_000 { ids.append(generator.next(at: Timestamp(nanoseconds: base - Int64(step) * 1_000_000))) }
    ids.append(generator.next(at: Timestamp(nanoseconds: base + 60_000_000_000)))
    ids.append(generator.next(at: .distantPast))
    #expect(zip(ids, ids.dropFirst()).allSatisfy { $0 < $1 })
    #expect(ids.allSatisfy { $0.value.version == 7 && $0.value.low >> 62 == 0b10 })
  }

  @Test func `equal seeds give equal ids and different seeds different ones`() {
    var one = IDGenerator(seed: 7)
    var same = IDGenerator(seed: 7)
    var other = IDGenerator(seed: 8)
    let now = Timestamp(nanoseconds: 5_000_000_000)
    let ids = (0..<100).map { _ in one.next(at: now) }
    #expect(ids == (0..<100).map { _ in same.next(at: now) })
    #expect(Set(ids.map(\.value.low)).isDisjoint(with: (0..<100).map { _ in other.next(at: now).value.low }))
  }

  /// Values that other implementations publish for the seed 1234567.
  @Test func `SplitMix64 gives its published sequence`() {
    var generator = SplitMix64(state: 1_234_567)
    let numbers = (0..<5).map { _ in generator.next() }
    #expect(
      numbers == [
        6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423, 4_593_380_528_125_082_431,
        16_408_922_859_458_223_821,
      ])
  }

  // MARK: Symbols

  @Test func `a symbol is one word for each name`() {
    let name = "a symbol that this test alone interns"
    #expect(Symbol.existing(name) == nil)
    let symbol = Symbol(name)
    #expect(Symbol(name) == symbol)
    #expect(Symbol.existing(name) == symbol)
    #expect(symbol.name == name)
    #expect(Symbol(name + "!") != symbol)
    #expect(Symbol.external.name == "external")
  }

  @Test func `symbols interned from many tasks at once agree`() async {
    let names = (0..<50).map { "concurrent symbol \($0)" }
    let all = await withTaskGroup(of: [Symbol].self) { group in
      for _ in 0..<8 { group.addTask { names.map { Symbol($0) } } }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(Set(all).count == 1)
    #expect(all[0].map(\.name) == names)
  }
}
