import Flock
import FlockCore
import FlockKernel
import Testing

private struct A: ArtifactPayload {
  static let artifactType = ArtifactType("gate/a")
  var number: Int
}

private struct B: ArtifactPayload {
  static let artifactType = ArtifactType("gate/b")
  var number: Int
}

private struct C: ArtifactPayload {
  static let artifactType = ArtifactType("gate/c")
  var number: Int
}

private struct Round: ArtifactPayload, Hashable {
  static let artifactType = ArtifactType("gate/round")
  var a: [Int] = []
  var b: [Int] = []
  var c: [Int] = []
}

/// Says which inputs it was given.
private func recorder(_ agent: Agent) -> Agent {
  agent.publishes(Round.self, .exactly(1)).runs { context in
    try context.publish(
      Round(
        a: context.inputs(A.self).map(\.number), b: context.inputs(B.self).map(\.number), c: context.inputs(C.self).map(\.number)))
  }
}

@Suite struct LogicGateTests {
  @Test(arguments: Setup.all)
  func `AND: fires once both are there, in whatever order they come`(setup: Setup) async throws {
    try await withBoard(setup, [recorder(Agent("and").consumes(A.self, B.self))]) { board in
      for number in 0..<12 {
        let workflow = "workflow \(number)"
        if number.isMultiple(of: 2) {
          try await board.publish(A(number: number), in: workflow)
          try await board.publish(B(number: number), in: workflow)
        } else {
          try await board.publish(B(number: number), in: workflow)
          try await board.publish(A(number: number), in: workflow)
        }
      }
      let lonely = try await board.publish(A(number: 99), in: "lonely")
      let report = try await board.settle()
      #expect(Set(try await board.values(Round.self)) == Set((0..<12).map { Round(a: [$0], b: [$0]) }))
      #expect(report.waiting.map(\.kind) == [.gate])
      #expect(report.waiting.first?.artifacts == [lonely.id])
      #expect(report.waiting.first?.detail == "has 1 of 1 gate/a, 0 of 1 gate/b")
      #expect(try await board.verdict(lonely, of: "and").verdict == .waiting)
    }
  }

  @Test(arguments: Setup.all)
  func `count: two of one and one of another make a round, the earliest first, and the surplus stays`(setup: Setup) async throws {
    try await withBoard(setup, [recorder(Agent("count").consumes(A.self, A.self, B.self))]) { board in
      var inputs: [Artifact] = []
      for workflow in 0..<10 {
        for number in 0..<5 { inputs.append(try await board.publish(A(number: workflow * 10 + number), in: "\(workflow)")) }
        for number in 0..<2 { inputs.append(try await board.publish(B(number: workflow * 10 + number), in: "\(workflow)")) }
      }
      try await board.settle()
      // One publisher wrote each workflow in this order, so the rounds are known.
      let expected = (0..<10).map { $0 * 10 }
        .flatMap { [Round(a: [$0, $0 + 1], b: [$0]), Round(a: [$0 + 2, $0 + 3], b: [$0 + 1])] }
      #expect(Set(try await board.values(Round.self)) == Set(expected))
      let fates = try await board.fates(of: inputs, agent: "count")
      fates.expectEachOnce(inputs)
      #expect(fates.leftOver.count == 10)
    }
  }

  @Test(arguments: Setup.all)
  func `OR: each subscription of an agent fires by itself`(setup: Setup) async throws {
    try await withBoard(setup, [recorder(Agent("or").consumes(A.self).consumes(B.self))]) { board in
      for number in 0..<6 {
        try await board.publish(A(number: number))
        try await board.publish(B(number: number))
      }
      try await board.publish(C(number: 0))
      try await board.settle()
      #expect(Set(try await board.values(Round.self)) == Set((0..<6).flatMap { [Round(a: [$0]), Round(b: [$0])] }))
      #expect(try await board.outcomes(of: "or").count == 12)
    }
  }

  @Test(arguments: Setup.all)
  func `mixed: an AND gate beside an OR`(setup: Setup) async throws {
    try await withBoard(setup, [recorder(Agent("mixed").consumes(A.self, B.self).consumes(C.self))]) { board in
      for number in 0..<6 {
        try await board.publish(C(number: number), in: "\(number)")
        try await board.publish(B(number: number), in: "\(number)")
      }
      try await board.settle()
      #expect(Set(try await board.values(Round.self)) == Set((0..<6).map { Round(c: [$0]) }))
      for number in 0..<6 { try await board.publish(A(number: number), in: "\(number)") }
      let report = try await board.settle()
      #expect(report.waiting.isEmpty)
      #expect(
        Set(try await board.values(Round.self)) == Set((0..<6).flatMap { [Round(c: [$0]), Round(a: [$0], b: [$0])] }))
    }
  }

  @Test(arguments: Setup.all)
  func `a gate over the whole board pairs across workflows where that is asked for`(setup: Setup) async throws {
    try await withBoard(setup, [recorder(Agent("board").consumes(A.self, B.self).scope(.board))]) { board in
      var inputs: [Artifact] = []
      for number in 0..<20 { inputs.append(try await board.publish(A(number: number))) }
      for number in 0..<14 { inputs.append(try await board.publish(B(number: number))) }
      try await board.settle()
      let rounds = try await board.values(Round.self)
      #expect(rounds.count == 14)
      #expect(rounds.allSatisfy { $0.a.count == 1 && $0.b.count == 1 })
      let fates = try await board.fates(of: inputs, agent: "board")
      fates.expectEachOnce(inputs)
      #expect(fates.leftOver.count == 6)
    }
  }
}
