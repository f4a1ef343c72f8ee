import Flock
import FlockCore
import FlockKernel
import FlockTestKit
import Synchronization
import Testing

private struct A: ArtifactPayload {
  static let artifactType = ArtifactType("weakness/a")
  var number: Int
}

private struct B: ArtifactPayload {
  static let artifactType = ArtifactType("weakness/b")
  var number: Int
}

private struct Out: ArtifactPayload, Hashable {
  static let artifactType = ArtifactType("weakness/out")
  var numbers: [Int]
}

/// What orchestrators of this kind were found to get wrong, one test each. The numbers are those of
/// Documentation/parity.md.
@Suite struct WeaknessTests {
  private static func recorder(_ agent: Agent) -> Agent {
    agent.publishes(Out.self).timeout(nil).runs { context in
      try context.publish(Out(numbers: context.inputs(A.self).map(\.number) + context.inputs(B.self).map(\.number)))
    }
  }

  @Test(arguments: Setup.all)
  func `weakness 1: a gate mixes no workflows and throws no surplus away`(setup: Setup) async throws {
    try await withBoard(setup, [Self.recorder(Agent("gate").consumes(A.self, B.self))]) { board in
      for number in 0..<3 { try await board.publish(A(number: number), in: "one") }
      try await board.publish(B(number: 10), in: "two")
      let report = try await board.settle()
      #expect(try await board.values(Out.self).isEmpty)
      #expect(report.waiting.count == 2)
      for number in 20..<23 { try await board.publish(B(number: number), in: "one") }
      try await board.settle()
      #expect(Set(try await board.values(Out.self)) == [Out(numbers: [0, 20]), Out(numbers: [1, 21]), Out(numbers: [2, 22])])
    }
  }

  @Test(arguments: Setup.all)
  func `weakness 2: a count window is not moved on by other keys or other agents' joins`(setup: Setup) async throws {
    func join(_ name: String) -> Agent {
      Self.recorder(
        Agent(name).joins(A.self, by: { $0.number % 10 }, B.self, by: { $0.number % 10 }, within: .count(2)))
    }
    try await withBoard(setup, [join("first"), join("second")]) { board in
      try await board.publish(A(number: 5))
      for number in 0..<40 where number % 10 != 5 { try await board.publish(A(number: number)) }
      try await board.settle()
      try await board.publish(B(number: 15))
      try await board.settle()
      #expect(try await board.values(Out.self) == [Out(numbers: [5, 15]), Out(numbers: [5, 15])])
    }
  }

  @Test(arguments: Setup.all)
  func `weakness 3: pending timeouts outlive the end of runUntilIdle, and the program`(setup: Setup) async throws {
    let clock = ManualClock()
    let place = try StorePlace(setup, clock: clock)
    let agents = [
      Self.recorder(Agent("batch").consumes(A.self).batched(timeout: .seconds(60))),
      Self.recorder(Agent("join").joins(A.self, by: \.number, B.self, by: \.number, within: .time(.seconds(60)))),
    ]
    var inputs: [Artifact] = []
    try await withBoard(at: place, agents, clock: clock) { board in
      inputs.append(try await board.publish(A(number: 1)))
      try await board.settle(flush: false)
      clock.advance(by: .seconds(61))
      try await eventually("the batch to be handed over after idle") { try await board.values(Out.self) == [Out(numbers: [1])] }
      try await eventually("the join to expire after idle") {
        try await board.fates(of: inputs, agent: "join").expired == [inputs[0].id]
      }
      inputs.append(try await board.publish(A(number: 2)))
      let report = try await board.settle(flush: false)
      #expect(Set(report.waiting.map(\.kind)) == [.batch, .join])
    }
    clock.advance(by: .seconds(61))
    try await withBoard(at: place, agents, clock: clock) { board in
      try await board.flock.start()
      try await eventually("the batch to be handed over after a restart") {
        Set(try await board.values(Out.self)) == [Out(numbers: [1]), Out(numbers: [2])]
      }
      try await eventually("the join to expire after a restart") {
        Set(try await board.fates(of: inputs, agent: "join").expired) == Set(inputs.map(\.id))
      }
    }
  }

  @Test(arguments: Setup.all)
  func `weakness 4: activation needs no component, and what it holds back is not dropped`(setup: Setup) async throws {
    let agent = Self.recorder(Agent("active").consumes(A.self).activated(when: .atLeast(3, A.self)))
    try await withBoard(setup, [agent]) { board in
      for number in 0..<2 { try await board.publish(A(number: number), in: "w") }
      #expect(try await board.settle().waiting.map(\.kind) == [.activation, .activation])
      #expect(try await board.values(Out.self).isEmpty)
      for number in 2..<4 { try await board.publish(A(number: number), in: "w") }
      #expect(try await board.settle().waiting.isEmpty)
      #expect(Set(try await board.values(Out.self)) == Set((0..<4).map { Out(numbers: [$0]) }))
    }
  }

  @Test(arguments: Setup.all)
  func `weakness 5: an artifact that becomes visible later wakes its agent, also after a restart`(setup: Setup) async throws {
    let clock = ManualClock()
    let place = try StorePlace(setup, clock: clock)
    let agents = [Self.recorder(Agent("late").consumes(A.self))]
    try await withBoard(at: place, agents, clock: clock) { board in
      try await board.flock.start()
      try await board.publish(A(number: 1), visibility: .after(.seconds(60)))
      try await board.publish(A(number: 2), visibility: .after(.seconds(600)))
      try await eventually("both to wait") { try await board.flock.report().waiting.count { $0.kind == .visibility } == 2 }
      clock.advance(by: .seconds(60))
      try await eventually("the first to be seen") { try await board.values(Out.self) == [Out(numbers: [1])] }
    }
    clock.advance(by: .seconds(540))
    try await withBoard(at: place, agents, clock: clock) { board in
      try await board.settle()
      #expect(Set(try await board.values(Out.self)) == [Out(numbers: [1]), Out(numbers: [2])])
    }
  }

  @Test(arguments: Setup.all)
  func `weakness 6: a daily clock fires once in its second, and an interval of nothing is refused`(setup: Setup) async throws {
    let clock = ManualClock(startingAt: try #require(Timestamp("2026-03-01T05:59:59Z")))
    let agent = Self.recorder(Agent("daily").scheduled(Schedule(.daily(second: 6 * 3600))))
    try await withBoard(setup, [agent], clock: clock) { board in
      try await board.flock.start()
      // Through the second, a tenth at a time.
      for _ in 0..<30 {
        clock.advance(by: .milliseconds(100))
        try await board.settle()
      }
      try await eventually("the day's run") { try await board.artifacts(Out.self).count >= 1 }
      #expect(try await board.artifacts(Out.self).count == 1)
    }
    for interval in [Duration.zero, .seconds(-1), .microseconds(1)] {
      #expect {
        try Flock(agents: [Self.recorder(Agent("storm").scheduled(Schedule(.every(interval))))])
      } throws: { ($0 as? FlockError)?.code == .invalidConfiguration }
    }
    #expect { try CronExpression("every day") } throws: { ($0 as? FlockError)?.code == .invalidConfiguration }
  }

  @Test(arguments: Setup.all)
  func `weakness 7: several of one type are several artifacts, and none is no error`(setup: Setup) async throws {
    let agent = Agent("many").consumes(A.self).publishes(Out.self).runs { context in
      let number = try context.input(A.self).number
      for _ in 0..<number { try context.publish(Out(numbers: [number])) }
    }
    try await withBoard(setup, [agent]) { board in
      try await board.flock.publish(contentsOf: (0..<4).map { A(number: $0) })
      try await board.settle()
      let outputs = try await board.artifacts(Out.self)
      #expect(outputs.count == 6)
      #expect(Set(outputs.map(\.id)).count == 6)
      #expect(try await board.outcomes(of: "many").map(\.kind) == Array(repeating: .success, count: 4))
    }
  }

  @Test(arguments: Setup.all)
  func `weakness 8: tags and partition key that an agent sets are kept, and subscriptions see them`(setup: Setup) async throws {
    let tagger = Agent("tagger").consumes(A.self).publishes(B.self, tags: ["always"]).runs { context in
      let number = try context.input(A.self).number
      try context.publish(B(number: number), tags: number.isMultiple(of: 2) ? ["even"] : ["odd"], partitionKey: "key \(number % 3)")
    }
    let reader = Self.recorder(Agent("reader").consumes(B.self).tagged(allOf: "even", "always"))
    try await withBoard(setup, [tagger, reader]) { board in
      try await board.flock.publish(contentsOf: (0..<6).map { A(number: $0) })
      try await board.settle()
      #expect(Set(try await board.values(Out.self)) == [Out(numbers: [0]), Out(numbers: [2]), Out(numbers: [4])])
      for artifact in try await board.artifacts(B.self) {
        let number = try artifact.value(as: B.self).number
        #expect(artifact.partitionKey == "key \(number % 3)")
        #expect(artifact.tags == (number.isMultiple(of: 2) ? ["always", "even"] : ["always", "odd"]))
      }
    }
  }

  @Test(arguments: Setup.all)
  func `weakness 9: every way to declare a batch works or is refused with a reason`(setup: Setup) async throws {
    var value = Subscription(inputs: [.init(A.self)])
    value.batch = Subscription.Batch(size: 2)
    let agents = [
      Self.recorder(Agent("size").consumes(A.self).batched(size: 2)),
      Self.recorder(Agent("timeout").consumes(A.self).batched(timeout: .milliseconds(1))),
      Self.recorder(Agent("both").consumes(A.self).batched(size: 2, timeout: .seconds(3600))),
      Self.recorder(Agent("value").subscribes(value)),
    ]
    try await withBoard(setup, agents) { board in
      let inputs = try await board.flock.publish(contentsOf: (0..<4).map { A(number: $0) })
      try await board.settle()
      for agent in agents {
        let fates = try await board.fates(of: inputs, agent: agent.name)
        fates.expectEachOnce(inputs)
        #expect(fates.leftOver.isEmpty)
        if agent.name != "timeout" { #expect(fates.sizes == [2, 2]) }
      }
    }
    for (size, timeout) in [(nil, nil), (0, nil), (-1, nil), (nil, Duration.zero)] as [(Int?, Duration?)] {
      #expect { try Flock(agents: [Self.recorder(Agent("none").consumes(A.self).batched(size: size, timeout: timeout))]) } throws: {
        ($0 as? FlockError)?.code == .invalidConfiguration
      }
    }
  }

  @Test(arguments: Setup.all)
  func `weakness 10: a direct call runs its agent once, also when it is repeated under one id`(setup: Setup) async throws {
    let calls = Mutex(0)
    let agent = Agent("direct").consumes(A.self).publishes(Out.self).runs { (a: A, _) in
      calls.withLock { $0 += 1 }
      return Out(numbers: [a.number])
    }
    try await withBoard(setup, [agent]) { board in
      let id = ArtifactID(UniqueID(high: 0x0123_4567_89ab_7def, low: 0x8123_4567_89ab_cdef))
      for _ in 0..<2 {
        let outputs = try await board.flock.invoke("direct", A(number: 1), PublishOptions(id: id))
        #expect(try outputs.map { try $0.value(as: Out.self) } == [Out(numbers: [1])])
        try await board.settle()
      }
      #expect(calls.withLock { $0 } == 1)
      #expect(try await board.artifacts(Out.self).count == 1)
      #expect(try await board.outcomes(of: "direct").count == 1)
    }
  }

  @Test(arguments: Setup.all)
  func `weakness 12: a context of the recent past is shown, bounded in time`(setup: Setup) async throws {
    let clock = ManualClock()
    let agent = Agent("historian").consumes(B.self).publishes(Out.self).timeout(nil)
      .shown(RecentContext(types: ["weakness/a"], within: .seconds(3700)))
      .runs { context in try context.publish(Out(numbers: context.board.map { try $0.value(as: A.self).number })) }
    try await withBoard(setup, [agent], clock: clock) { board in
      for number in 0..<4 {
        try await board.publish(A(number: number))
        clock.advance(by: .seconds(1200))
      }
      // Published 4 800, 3 600, 2 400 and 1 200 seconds ago.
      try await board.publish(B(number: 0))
      try await board.settle()
      #expect(try await board.values(Out.self) == [Out(numbers: [1, 2, 3])])
    }
  }

  @Test(arguments: Setup.all)
  func `weakness 13: an engine that fails at times is tried again`(setup: Setup) async throws {
    struct Hiccup: Error {}
    let agent = Agent("flaky").consumes(A.self).publishes(Out.self, .exactly(1))
      .retry(RetryPolicy(initialBackoff: .milliseconds(1)))
      .runs { context in
        if context.attempt < 3 { throw Hiccup() }
        try context.publish(Out(numbers: [Int(context.attempt)]))
      }
    try await withBoard(setup, [agent]) { board in
      try await board.flock.publish(contentsOf: (0..<5).map { A(number: $0) })
      let report = try await board.settle()
      #expect(try await board.values(Out.self) == Array(repeating: Out(numbers: [3]), count: 5))
      #expect(report.counters.retries == 10)
      #expect(report.deadLetters == 0)
    }
  }
}
