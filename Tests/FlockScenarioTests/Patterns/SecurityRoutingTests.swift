import Flock
import FlockCore
import FlockKernel
import FlockTestKit
import Testing

private struct Report: ArtifactPayload {
  static let artifactType = ArtifactType("secure/report")
  var number: Int
}

private struct Seen: ArtifactPayload, Hashable {
  static let artifactType = ArtifactType("secure/seen")
  var number: Int
  var by: String
}

@Suite struct SecurityRoutingTests {
  private static func reader(_ name: String) -> Agent {
    Agent(name).consumes(Report.self).publishes(Seen.self).timeout(nil)
      .runs { (report: Report, context) in Seen(number: report.number, by: context.agent) }
  }

  private static let readers = [
    reader("alice").labels("secret", "europe").tenant("north"),
    reader("bob").labels("secret").tenant("south"),
    reader("carol"),
  ]

  /// Who may see what, by hand.
  private static let table: [(Visibility, Set<String>)] = [
    (.public, ["alice", "bob", "carol"]),
    (.agents("carol"), ["carol"]),
    (.agents("carol", "alice"), ["alice", "carol"]),
    (.agents(), []),
    (.labels("secret"), ["alice", "bob"]),
    (.labels("secret", "europe"), ["alice"]),
    (.labels("europe", "asia"), []),
    (.labels(), ["alice", "bob", "carol"]),
    (.tenant("south"), ["bob"]),
    (.tenant("west"), []),
    (.agents(["carol"], otherwise: .tenant("north")), ["alice", "carol"]),
    (.labels(["europe"], otherwise: .agents(["bob"], otherwise: nil)), ["alice", "bob"]),
  ]

  @Test(arguments: Setup.all)
  func `labels, tenants and names decide who runs, and each refusal is on record`(setup: Setup) async throws {
    try await withBoard(setup, Self.readers) { board in
      var reports: [Artifact] = []
      for (number, row) in Self.table.enumerated() {
        reports.append(try await board.publish(Report(number: number), visibility: row.0))
      }
      let report = try await board.settle()
      #expect(report.waiting.isEmpty)
      let expected = Self.table.enumerated().flatMap { number, row in row.1.map { Seen(number: number, by: $0) } }
      let seen = try await board.values(Seen.self)
      #expect(seen.count == expected.count)
      #expect(Set(seen) == Set(expected))
      for (number, row) in Self.table.enumerated() {
        for name in ["alice", "bob", "carol"] where !row.1.contains(name) {
          let line = try await board.verdict(reports[number], of: name)
          #expect(line.verdict == .refused && line.detail == "the agent's identity may not see it")
        }
      }
    }
  }

  @Test(arguments: Setup.all)
  func `what opens later wakes those who may see it then, and nobody else`(setup: Setup) async throws {
    let clock = ManualClock()
    try await withBoard(setup, Self.readers, clock: clock) { board in
      try await board.flock.start()
      let embargoed = try await board.publish(Report(number: 1), visibility: .after(.seconds(3600)))
      try await board.publish(Report(number: 2), visibility: .after(.seconds(7200), then: .labels("europe")))
      try await board.publish(Report(number: 3), visibility: .agents(["bob"], otherwise: .after(.seconds(3600))))
      try await eventually("the board to see that six matches wait") {
        try await board.flock.report().waiting.filter { $0.kind == .visibility }.count == 6
      }
      #expect(try await board.verdict(embargoed, of: "carol").verdict == .waiting)
      try await eventually("bob's report to be read") { try await board.values(Seen.self) == [Seen(number: 3, by: "bob")] }
      clock.advance(by: .seconds(3599))
      #expect(try await board.values(Seen.self).count == 1)
      clock.advance(by: .seconds(1))
      let first: Set = [
        Seen(number: 1, by: "alice"), Seen(number: 1, by: "bob"), Seen(number: 1, by: "carol"), Seen(number: 3, by: "alice"),
        Seen(number: 3, by: "bob"), Seen(number: 3, by: "carol"),
      ]
      try await eventually("the first embargo to end") { Set(try await board.values(Seen.self)) == first }
      clock.advance(by: .seconds(3600))
      let report = try await board.settle()
      #expect(report.waiting.isEmpty)
      #expect(Set(try await board.values(Seen.self)) == first.union([Seen(number: 2, by: "alice")]))
    }
  }

  @Test(arguments: Setup.all)
  func `what an agent may not see is neither in its gate nor in what it is shown`(setup: Setup) async throws {
    let gate = Agent("gate").consumes(Report.self, Seen.self).publishes(Seen.self).allowsSelfTrigger(false)
      .shown(CorrelatedContext())
      .runs { context in
        try context.publish(Seen(number: context.board.count, by: "gate"))
      }
    try await withBoard(setup, [gate]) { board in
      try await board.publish(Report(number: 1), in: "w", visibility: .agents("nobody"))
      try await board.publish(Report(number: 2), in: "w", visibility: .tenant("north"))
      try await board.publish(Seen(number: 0, by: "x"), in: "w")
      let before = try await board.settle()
      #expect(before.waiting.map(\.detail) == ["has 0 of 1 secure/report, 1 of 1 secure/seen"])
      try await board.publish(Report(number: 3), in: "w")
      try await board.settle()
      // Its two inputs and the two hidden reports are left out.
      #expect(try await board.values(Seen.self).contains(Seen(number: 0, by: "gate")))
      #expect(try await board.outcomes(of: "gate").count == 1)
    }
  }
}
