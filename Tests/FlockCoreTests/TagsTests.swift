import FlockCore
import FlockJSON
import Testing

@Suite struct TagsTests {
  @Test func `tags are sorted and each is kept once`() {
    #expect(Tags(["b", "a", "b", "c", "a"]).names == ["a", "b", "c"])
    #expect(Tags(["x"]).names == ["x"])
    #expect(Tags([String]()).isEmpty)
    #expect(["b", "a"] as Tags == ["a", "b", "a"])
  }

  @Test func `the operations are those of sets`() {
    let one: Tags = ["a", "b"]
    #expect(one.contains("a"))
    #expect(!one.contains("c"))
    #expect(one.isDisjoint(with: ["c"]))
    #expect(!one.isDisjoint(with: ["c", "b"]))
    #expect(one.isDisjoint(with: []))
    #expect(one.isSuperset(of: ["b"]))
    #expect(one.isSuperset(of: []))
    #expect(!one.isSuperset(of: ["a", "c"]))
    #expect(one.union(["c", "a"]).names == ["a", "b", "c"])
    #expect(one.union([]) == one)
    #expect(Tags().union(one) == one)
  }

  @Test func `tags are a list in JSON, and are sorted when they are read`() throws {
    #expect(try JSONBytesEncoder().encodeString(["b", "a"] as Tags) == #"["a","b"]"#)
    #expect(try JSONBytesDecoder().decode(Tags.self, from: #"["z","a","z"]"#) == ["a", "z"])
    #expect(throws: DecodingError.self) { try JSONBytesDecoder().decode(Tags.self, from: #"[1]"#) }
  }

  @Test func `number and length of tags are bounded`() throws {
    let most = Tags((0..<Tags.maximumCount).map { "tag \($0)" })
    #expect(throws: Never.self) { try most.validate() }
    #expect(throws: Never.self) { try Tags([String(repeating: "x", count: Tags.maximumLength)]).validate() }
    let refused: [Tags] = [
      most.union(["one more"]), [String(repeating: "x", count: Tags.maximumLength + 1)], [""],
      // Two bytes each.
      [String(repeating: "\u{E9}", count: Tags.maximumLength / 2 + 1)],
    ]
    for tags in refused {
      let error = try #require(throws: FlockError.self) { try tags.validate() }
      #expect(error.code == .limitExceeded)
    }
  }
}
