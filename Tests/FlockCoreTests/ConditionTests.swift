import FlockCore
import Testing

@Suite struct ConditionTests {
  @Test(
    "a comparison holds as its name says",
    arguments: [
      (Condition.Comparison.atLeast, [false, true, true]), (.atMost, [true, true, false]),
      (.exactly, [false, true, false]),
    ])
  func comparisons(_ comparison: Condition.Comparison, _ holds: [Bool]) {
    #expect([1, 2, 3].map { comparison.holds($0, 2) } == holds)
  }

  @Test func `shorthands are counts`() {
    #expect(Condition.atLeast(2, Bug.self).holds([2]))
    #expect(!Condition.atLeast(2, Bug.self).holds([1]))
    #expect(Condition.atMost(2, Bug.self).holds([0]))
    #expect(!Condition.atMost(2, Bug.self).holds([3]))
    #expect(Condition.exactly(2, Bug.self).holds([2]))
    #expect(!Condition.exactly(2, Bug.self).holds([3]))
    #expect(Condition.exists(Bug.self).holds([1]))
    #expect(!Condition.exists(Bug.self).holds([0]))
    #expect(Condition.none(Bug.self).holds([0]))
    #expect(!Condition.none(Bug.self).holds([1]))
    #expect(Condition.all([]).holds([]))
    #expect(!Condition.any([]).holds([]))
  }

  /// All combinations against Swift's own operators: each leaf takes its own count, also behind a part that decided already.
  @Test func `connectives agree with boolean logic for every assignment`() {
    let a = Condition.exists(Bug.self)
    let b = Condition.none(Measurement.self)
    let c = Condition.exactly(1, Bug.self, producedBy: "p")
    let conditions: [(Condition, (Bool, Bool, Bool) -> Bool)] = [
      (a && b && c, { $0 && $1 && $2 }), (a || b || c, { $0 || $1 || $2 }), (a && b || c, { $0 && $1 || $2 }),
      (a || b && c, { $0 || $1 && $2 }), (!(a && b) || c, { !($0 && $1) || $2 }),
      (.any([.all([a, !b]), !c]), { ($0 && !$1) || !$2 }),
    ]
    for (condition, expected) in conditions {
      for bits in 0..<8 {
        let (one, two, three) = (bits & 1 == 1, bits & 2 == 2, bits & 4 == 4)
        #expect(condition.holds([one ? 1 : 0, two ? 0 : 1, three ? 1 : 0]) == expected(one, two, three))
      }
    }
  }

  @Test func `leaves stand in order of appearance and carry what is counted`() throws {
    let condition: Condition =
      .exists(Bug.self, producedBy: "linter")
      && (.none(Measurement.self) || !.atLeast(3, Bug.self, where: { $0.severity > 2 }))
    let leaves = condition.leaves
    #expect(leaves.map(\.type.name) == ["core-tests/bug", "core-tests/measurement", "core-tests/bug"])
    #expect(leaves.map(\.producer?.name) == ["linter", nil, nil])
    #expect(leaves.map { $0.matcher != nil } == [false, false, true])
    let matcher = try #require(leaves[2].matcher)
    #expect(try matcher.verdict(Box(Bug(title: "t", severity: 3))))
    #expect(try !matcher.verdict(Box(Bug(title: "t", severity: 2))))
    #expect(try matcher.verdict(EncodedPayload(bytes: Array(#"{"title":"t","severity":9}"#.utf8))))
  }
}
