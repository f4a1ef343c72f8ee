import FlockCore
import FlockKernel
import Testing

/// One artifact against one subscription: who may be woken by it, and which reason is recorded otherwise.
@Suite struct MatchingTests {
  struct VisibilityCase: Sendable, CustomTestStringConvertible {
    var rule: Visibility
    /// Milliseconds after creation from which the reader sees it; nil is never.
    var from: Int64?
    var testDescription: String { "\(rule)" }

    init(_ rule: Visibility, _ from: Int64?) {
      self.rule = rule
      self.from = from
    }
  }

  /// The reader is agent "reader" with labels "a" and "b" of tenant "north".
  static let visibilities: [VisibilityCase] = [
    VisibilityCase(.public, 0),
    VisibilityCase(.agents("reader"), 0),
    VisibilityCase(.agents("other"), nil),
    VisibilityCase(.agents([], otherwise: nil), nil),
    VisibilityCase(.agents(["other"], otherwise: .public), 0),
    VisibilityCase(.agents(["other"], otherwise: .labels("a")), 0),
    VisibilityCase(.agents(["other"], otherwise: .labels("c")), nil),
    VisibilityCase(.labels("a"), 0),
    VisibilityCase(.labels("a", "b"), 0),
    VisibilityCase(.labels("a", "c"), nil),
    VisibilityCase(.labels([], otherwise: nil), 0),
    VisibilityCase(.labels(["c"], otherwise: .tenant("north")), 0),
    VisibilityCase(.tenant("north"), 0),
    VisibilityCase(.tenant("south"), nil),
    VisibilityCase(.tenant("south", otherwise: .after(.milliseconds(70))), 70),
    VisibilityCase(.after(.milliseconds(50)), 50),
    VisibilityCase(.after(.milliseconds(50), then: .agents("reader")), 50),
    VisibilityCase(.after(.milliseconds(50), then: .agents("other")), nil),
    VisibilityCase(.after(.milliseconds(50), then: .after(.milliseconds(90))), 90),
    VisibilityCase(.after(.milliseconds(50), then: .agents(["other"], otherwise: .after(.milliseconds(20)))), 50),
  ]

  @Test("visibility decides whether and when a subscriber wakes", arguments: visibilities, [false, true])
  func visibility(_ row: VisibilityCase, _ restarts: Bool) throws {
    var harness = try KernelHarness([
      agent("reader", subscription("s", .alpha())) {
        $0.labels = ["a", "b"]
        $0.tenant = "north"
      }
    ])
    harness.publish(artifact(1, Alpha(key: 1), visibility: row.rule))
    harness.rest()
    guard let from = row.from else {
      harness.clock = .at(1_000_000)
      harness.rest()
      #expect(harness.outcomes.isEmpty)
      #expect(harness.reasons(for: 1) == [.visibility])
      return
    }
    if from > 0 {
      #expect(harness.outcomes.isEmpty)
      #expect(harness.reasons(for: 1) == [.visibleLater])
      #expect(harness.waiting(.visibility).map(\.until) == [.at(from)])
      #expect(harness.shards[0].kernel.nextDue == .at(from))
      harness.clock = .at(from - 1)
      harness.rest()
      #expect(harness.outcomes.isEmpty)
      if restarts { try harness.crash() }
      harness.clock = .at(from)
      harness.rest()
    }
    #expect(harness.inputs() == [[artifactID(1)]])
    #expect(harness.waiting(.visibility).isEmpty)
    // It does not wake a second time.
    try harness.crash()
    harness.clock = .at(from + 10_000)
    harness.rest()
    #expect(harness.outcomes.count == 1)
  }

  @Test func `what becomes visible later enters gates with what came before`() throws {
    var harness = try KernelHarness([agent("reader", subscription("s", .alpha(), .beta()))])
    harness.publish(
      artifact(1, Alpha(key: 1), correlation: 1, visibility: .after(.milliseconds(50))), artifact(2, Beta(key: 1), correlation: 1))
    harness.rest()
    #expect(harness.outcomes.isEmpty)
    harness.clock = .at(50)
    harness.rest()
    #expect(harness.inputs() == [[artifactID(1), artifactID(2)]])
  }

  @Test("an agent's own output triggers it only if it says so", arguments: [false, true])
  func selfTrigger(_ allows: Bool) throws {
    var harness = try KernelHarness([
      agent("loop", subscription("s", .alpha()) { $0.allowsSelfTrigger = allows }), agent("other", subscription("s", .alpha())),
    ])
    harness.publish(artifact(1, Alpha(key: 1), producer: "loop"))
    harness.rest()
    #expect(harness.outcomes.map(\.agent.name).sorted() == (allows ? ["loop", "other"] : ["other"]))
    #expect(harness.reasons(for: 1) == (allows ? [] : [.selfTrigger]))
  }

  @Test("sources name the producers", arguments: [("a", true), ("b", true), ("c", false), (nil, false)] as [(String?, Bool)])
  func sources(_ producer: String?, _ isTaken: Bool) throws {
    var harness = try KernelHarness([agent("x", subscription("s", .alpha()) { $0.sources = [Symbol("a"), Symbol("b")] })])
    harness.publish(artifact(1, Alpha(key: 1), producer: producer))
    harness.rest()
    #expect(harness.outcomes.count == (isTaken ? 1 : 0))
    #expect(harness.reasons(for: 1) == (isTaken ? [] : [.source]))
  }

  @Test(
    "tags are asked for as any and as all",
    arguments: [
      (["x"], [], ["x"], true), (["x"], [], ["y"], false), (["x", "y"], [], ["y"], true), (["x"], [], [], false),
      ([], ["x", "y"], ["x", "y", "z"], true), ([], ["x", "y"], ["x"], false), (["q", "x"], ["y"], ["x", "y"], true),
      (["q"], ["y"], ["x", "y"], false), (["x"], ["y"], ["x"], false), ([], [], ["x"], true),
    ] as [([String], [String], [String], Bool)])
  func tags(_ any: [String], _ all: [String], _ tags: [String], _ isTaken: Bool) throws {
    var harness = try KernelHarness([
      agent(
        "x",
        subscription("s", .alpha()) {
          $0.anyTags = Tags(any)
          $0.allTags = Tags(all)
        })
    ])
    harness.publish(artifact(1, Alpha(key: 1), tags: Tags(tags)))
    harness.rest()
    #expect(harness.outcomes.count == (isTaken ? 1 : 0))
    #expect(harness.reasons(for: 1) == (isTaken ? [] : [.tags]))
  }

  @Test func `a predicate says yes or no, and one that throws says no with its own reason`() throws {
    var harness = try KernelHarness([
      agent(
        "x",
        subscription(
          "s",
          .alpha(where: { value in
            if value.number == 13 { throw TestFailure() }
            return value.number > 5
          })))
    ])
    harness.publish(artifact(1, Alpha(key: 1, number: 9)), artifact(2, Alpha(key: 1, number: 5)), artifact(3, Alpha(key: 1, number: 13)))
    harness.rest()
    #expect(harness.inputs() == [[artifactID(1)]])
    #expect(harness.reasons(for: 2) == [.predicate])
    #expect(harness.reasons(for: 3) == [.predicateFailed])
    #expect(harness.deadLetters.isEmpty)
  }

  @Test func `every predicate of an input must hold`() throws {
    var input = Subscription.Input.alpha()
    input.predicates = [TypedMatcher<Alpha> { $0.number > 1 }, TypedMatcher<Alpha> { $0.number < 5 }]
    var harness = try KernelHarness([agent("x", subscription("s", input))])
    harness.publish((1...6).map { artifact($0, Alpha(key: 0, number: $0)) })
    harness.rest()
    #expect(harness.inputs() == [[artifactID(2)], [artifactID(3)], [artifactID(4)]])
  }

  @Test func `a key function that throws leaves the artifact out with a reason`() throws {
    let input = Subscription.Input(
      type: Alpha.artifactType,
      key: TypedKeyExtractor<Alpha, Int> { value in
        if value.number == 1 { throw TestFailure() }
        return value.key
      })
    var harness = try KernelHarness([agent("x", subscription("s", input, .keyedBeta()))])
    harness.publish(artifact(1, Alpha(key: 1, number: 1)), artifact(2, Alpha(key: 1)), artifact(3, Beta(key: 1)))
    harness.rest()
    #expect(harness.inputs() == [[artifactID(2), artifactID(3)]])
    #expect(harness.reasons(for: 1) == [.predicateFailed])
  }

  @Test func `an artifact that does not decode is set aside as a dead letter for each subscription that reads it`() throws {
    var harness = try KernelHarness([
      agent("predicate", subscription("s", .alpha(where: { _ in true }))), agent("join", subscription("s", .keyedAlpha(), .keyedBeta())),
      agent("blind", subscription("s", .alpha())),
    ])
    harness.publish(undecodable(1, Alpha.artifactType))
    harness.rest()
    #expect(harness.reasons(for: 1) == [.undecodable, .undecodable])
    #expect(harness.deadLetters.map(\.agent) == ["predicate", "join"])
    #expect(harness.deadLetters.map(\.failure.cause) == [.undecodable, .undecodable])
    #expect(harness.deadLetters.map { $0.inputs.map(\.id) } == [[artifactID(1)], [artifactID(1)]])
    // Who looks at no field of it is not kept from it.
    #expect(harness.outcomes.filter { $0.kind == .success }.map(\.agent.name) == ["blind"])
    #expect(harness.waiting(.join).isEmpty)
    #expect(harness.waiting(.deadLetter).count == 2)
  }

  @Test func `two subscriptions of one agent are two runs, in order of declaration`() throws {
    var harness = try KernelHarness([
      agent("x", subscription("one", .alpha()), subscription("two", .alpha())), agent("y", subscription("one", .alpha())),
    ])
    harness.publish(artifact(1, Alpha(key: 1)))
    harness.rest()
    #expect(
      harness.started.map(\.subscription) == [
        SubscriptionID(agent: "x", name: "one"), SubscriptionID(agent: "x", name: "two"), SubscriptionID(agent: "y", name: "one"),
      ])
    #expect(Set(harness.outcomes.map(\.run)).count == 3)
  }

  @Test func `a direct call runs its agent alone and once, whatever subscriptions there are`() throws {
    var harness = try KernelHarness([agent("x", subscription("s", .alpha())), agent("y", subscription("s", .beta()))])
    harness.append(.invocation(Invocation(agent: Symbol("y"), artifact: artifact(1, Alpha(key: 1)))))
    harness.turn()
    #expect(harness.started.map(\.trigger) == [.invocation])
    #expect(harness.started.map(\.id) == [Invocation.run(of: artifactID(1), agent: "y")])
    harness.rest()
    #expect(harness.outcomes.map(\.agent.name) == ["y"])
    try harness.crash()
    harness.rest()
    #expect(harness.outcomes.count == 1)
  }
}
