import FlockCore
import FlockJSON
import Testing

@Suite struct VisibilityTests {
  private static let created = Timestamp(nanoseconds: 1_000_000_000_000)
  private static let ann = Identity(name: "ann", labels: ["red", "blue"], tenant: "acme")
  private static let bob = Identity(name: "bob", labels: ["red"])

  struct Case: Sendable {
    let rule: Visibility
    let identity: Identity
    /// Seconds after creation; -1 for always, `nil` for never.
    let from: Int64?
    init(_ rule: Visibility, _ identity: Identity, _ from: Int64?) {
      self.rule = rule
      self.identity = identity
      self.from = from
    }
  }

  @Test(
    "a rule opens for an identity at one instant, always or never",
    arguments: [
      Case(.public, bob, -1), Case(.public, .anonymous, -1),
      Case(.agents("ann", "eve"), ann, -1), Case(.agents("ann"), bob, nil), Case(.agents([], otherwise: nil), ann, nil),
      Case(.agents(["ann"], otherwise: .labels("red")), bob, -1),
      Case(.agents(["ann"], otherwise: .tenant("acme")), bob, nil),
      Case(.labels("red"), bob, -1), Case(.labels("red", "blue"), ann, -1), Case(.labels("red", "blue"), bob, nil),
      Case(.labels([], otherwise: nil), .anonymous, -1), Case(.labels("red"), .anonymous, nil),
      Case(.tenant("acme"), ann, -1), Case(.tenant("acme"), bob, nil), Case(.tenant("other"), ann, nil),
      Case(.tenant("acme", otherwise: .after(.seconds(5))), bob, 5),
      Case(.after(.seconds(60)), .anonymous, 60), Case(.after(.seconds(60), then: .agents("ann")), ann, 60),
      Case(.after(.seconds(60), then: .agents("ann")), bob, nil),
      // Both delays count from the creation: the later one decides.
      Case(.after(.seconds(60), then: .after(.seconds(10), then: .public)), bob, 60),
      Case(.after(.seconds(10), then: .agents(["ann"], otherwise: .after(.seconds(30)))), bob, 30),
      Case(.after(.seconds(10), then: .agents(["ann"], otherwise: .after(.seconds(30)))), ann, 10),
    ])
  func opens(_ one: Case) {
    let from = one.rule.visibleFrom(for: one.identity, createdAt: Self.created)
    let created = Self.created
    guard let seconds = one.from else {
      #expect(from == nil)
      #expect(!one.rule.isVisible(to: one.identity, createdAt: created, at: .distantFuture))
      return
    }
    if seconds == -1 {
      #expect(from == .distantPast)
      #expect(one.rule.isVisible(to: one.identity, createdAt: created, at: created))
    } else {
      let opening = created + .seconds(seconds)
      #expect(from == opening)
      #expect(!one.rule.isVisible(to: one.identity, createdAt: created, at: opening + .nanoseconds(-1)))
      #expect(one.rule.isVisible(to: one.identity, createdAt: created, at: opening))
    }
  }

  @Test(
    "a rule survives JSON",
    arguments: [
      Visibility.public, .agents("a", "b"), .agents([], otherwise: nil), .labels(["x"], otherwise: .tenant("t")),
      .tenant("t", otherwise: .agents(["a"], otherwise: .public)), .after(.milliseconds(1_500)),
      .after(.seconds(1), then: .labels("x")),
    ])
  func survives(_ rule: Visibility) throws {
    #expect(try JSONBytesDecoder().decode(Visibility.self, from: JSONBytesEncoder().encode(rule)) == rule)
  }

  @Test func `the stored form of a rule`() throws {
    #expect(try JSONBytesEncoder().encodeString(Visibility.public) == #"{"kind":"public"}"#)
    #expect(
      try JSONBytesEncoder().encodeString(Visibility.agents(["a"], otherwise: .after(.seconds(2))))
        == #"{"kind":"agents","names":["a"],"otherwise":{"kind":"after","nanoseconds":2000000000,"then":{"kind":"public"}}}"#
    )
    #expect(
      try JSONBytesDecoder().decode(Visibility.self, from: #"{"kind":"after","seconds":0.5}"#)
        == .after(.milliseconds(500)))
  }

  @Test(
    "a stored rule that breaks the limits is refused",
    arguments: [
      #"{"kind":"secret"}"#, #"{"kind":"agents"}"#, #"{"kind":"tenant"}"#, #"{"kind":"after"}"#,
      #"{"kind":"after","seconds":0}"#,
      #"{"kind":"after","nanoseconds":-1}"#, "{}", "[]", "\"public\"",
    ])
  func refusesStored(_ text: String) {
    #expect(throws: (any Error).self) { try JSONBytesDecoder().decode(Visibility.self, from: text) }
  }

  @Test func `rules nest up to the limit`() throws {
    func nested(_ depth: Int) -> Visibility {
      (1..<depth).reduce(Visibility.public) { rule, _ in .agents(["a"], otherwise: rule) }
    }
    #expect(throws: Never.self) { try nested(Visibility.maximumDepth).validate() }
    let error = try #require(throws: FlockError.self) { try nested(Visibility.maximumDepth + 1).validate() }
    #expect(error.code == .limitExceeded)
    let negative = try #require(throws: FlockError.self) {
      try Visibility.labels(["x"], otherwise: .after(.zero)).validate()
    }
    #expect(negative.code == .invalidConfiguration)
  }

  @Test func `queries name the outermost rule`() {
    let rules: [Visibility] = [.public, .agents("a"), .labels("l"), .tenant("t"), .after(.seconds(1))]
    #expect(rules.map(\.kind) == Visibility.Kind.allCases)
  }
}
