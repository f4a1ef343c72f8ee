import FlockCore
import Testing

@Suite struct StableHasherTests {
  /// From the reference implementation's `vectors_sip128`: key 00 to 0f, input 00, 01, 02 and so on, of the given length.
  static let vectors: [(length: Int, hash: String)] = [
    (0, "a3817f04ba25a8e66df67214c7550293"), (1, "da87c1d86b99af44347659119b22fc45"),
    (2, "8177228da4a45dc7fca38bdef60affe4"), (3, "9c70b60c5267a94e5f33b6b02985ed51"),
    (4, "f88164c12d9c8faf7d0f6e7c7bcd5579"), (5, "1368875980776f8854527a07690e9627"),
    (6, "14eeca338b208613485ea0308fd7a15e"), (7, "a1f1ebbed8dbc153c0b84aa61ff08239"),
    (8, "3b62a9ba6258f5610f83e264f31497b4"), (9, "264499060ad9baabc47f8b02bb6d71ed"),
    (10, "00110dc378146956c95447d3f3d0fbba"), (15, "5493e99933b0a8117e08ec0f97cfc3d9"),
    (16, "6ee2a4ca67b054bbfd3315bf85230577"), (17, "473d06e8738db89854c066c47ae47740"),
    (63, "5150d1772f50834a503e069a973fbd7c"),
  ]

  /// The hash's bytes in the reference's order: both words little-endian.
  private func text(_ id: UniqueID) -> String {
    [id.high, id.low].map { word in
      (0..<8).map { place in
        let digits = String(word >> UInt64(place * 8) & 0xFF, radix: 16)
        return digits.count == 1 ? "0" + digits : digits
      }.joined()
    }.joined()
  }

  @Test("whole and partial words hash as SipHash-2-4-128 does", arguments: vectors)
  func reference(_ length: Int, _ hash: String) {
    var hasher = StableHasher(key0: 0x0706_0504_0302_0100, key1: 0x0f0e_0d0c_0b0a_0908)
    func word(_ range: Range<Int>) -> UInt64 {
      range.reduce(0) { $0 | UInt64($1) << UInt64(8 * ($1 - range.lowerBound)) }
    }
    let whole = length / 8 * 8
    for start in stride(from: 0, to: whole, by: 8) { hasher.combine(word(start..<start + 8)) }
    #expect(text(hasher.finalize(tail: word(whole..<length), tailCount: UInt64(length - whole))) == hash)
  }

  /// Computed by another SipHash over the text's length in eight bytes and its bytes padded to whole words.
  @Test(
    "a text names the same correlation in every process",
    arguments: [
      ("order-42", "8048df5d-9037-82fa-a183-374664e5d563"), ("12345678", "365c66de-916e-8ed7-beb1-2bba4ec0b5fe"),
      ("", "4f448296-a8cf-8fe3-9891-cffe25c37742"),
    ])
  func correlation(_ text: String, _ id: String) {
    #expect(CorrelationID(text).description == id)
  }

  @Test func `a subscription's name is stable and its parts are kept apart`() {
    #expect(SubscriptionID(agent: "writer", name: "bug").description == "b15791ba2b3f65d2")
    #expect(SubscriptionID(agent: "ab", name: "c") != SubscriptionID(agent: "a", name: "bc"))
    #expect(SubscriptionID(0xF).description == "000000000000000f")
  }

  @Test func `domains keep hashes of the same input apart`() {
    let domains: [StableHasher.Domain] = [.run, .output, .correlation, .subscription, .digest, .jitter, .scope, .step]
    let hashes = domains.map { domain in
      var hasher = StableHasher(domain: domain)
      hasher.combine("same")
      return hasher.finalize()
    }
    #expect(Set(hashes).count == domains.count)
  }

  @Test func `keys of joins are told apart by value and structure`() throws {
    func hash(_ key: some StableKey) -> UniqueID {
      var hasher = StableHasher(domain: .scope)
      key.combine(into: &hasher)
      return hasher.finalize()
    }
    #expect(hash("a") == hash("a"))
    #expect(hash(["ab", "c"]) != hash(["a", "bc"]))
    #expect(hash(String?.none) != hash(String?.some("")))
    #expect(hash(-1) != hash(1))
    #expect(hash(true) != hash(false))
    #expect(hash([Int]()) != hash([0]))
  }
}
