import Flock
import FlockCore
import FlockKernel
import Testing

private struct Ticket: ArtifactPayload {
  static let artifactType = ArtifactType("routing/ticket")
  var title: String
  var severity: Int
}

private struct Assignment: ArtifactPayload, Hashable {
  static let artifactType = ArtifactType("routing/assignment")
  var title: String
  var desk: String
}

@Suite struct RoutingTests {
  private static func desk(_ name: String, _ severities: ClosedRange<Int>) -> Agent {
    Agent(name).consumes(Ticket.self) { severities.contains($0.severity) }.publishes(Assignment.self, .exactly(1))
      .runs { (ticket: Ticket, context) in Assignment(title: ticket.title, desk: context.agent) }
  }

  @Test(arguments: Setup.all)
  func `conditional routing: disjoint predicates, and explain shows what nobody took and why`(setup: Setup) async throws {
    let desks = [Self.desk("pager", 8...10), Self.desk("team", 4...7), Self.desk("backlog", 1...3)]
    try await withBoard(setup, desks) { board in
      let tickets = [
        ("fire", 10, "pager"), ("smoke", 8, "pager"), ("crash", 7, "team"), ("typo", 1, "backlog"),
        ("slow", 4, "team"), ("odd", 3, "backlog"),
      ]
      for (title, severity, _) in tickets { try await board.publish(Ticket(title: title, severity: severity)) }
      let lost = try await board.publish(Ticket(title: "unrated", severity: 0))
      try await board.settle()
      #expect(
        Set(try await board.values(Assignment.self)) == Set(tickets.map { Assignment(title: $0.0, desk: $0.2) }))

      let explanation = try await board.flock.explain(lost.id)
      #expect(explanation.consumptions.isEmpty)
      #expect(explanation.lines.map(\.agent) == ["pager", "team", "backlog"])
      #expect(explanation.lines.allSatisfy { $0.verdict == .refused && $0.detail == "the predicate said no" })
    }
  }

  @Test(arguments: Setup.all)
  func `explain tells the one desk that took a ticket from the ones that did not`(setup: Setup) async throws {
    let failing = Agent("strict").consumes(Ticket.self) { ticket in
      guard ticket.severity != 5 else { throw PermanentFailure("severity five is not defined") }
      return true
    }.publishes(Assignment.self).runs { (ticket: Ticket, context) in Assignment(title: ticket.title, desk: context.agent) }
    let tagged = Agent("tagged").consumes(Ticket.self).tagged(anyOf: "vip").publishes(Assignment.self)
      .runs { (ticket: Ticket, context) in Assignment(title: ticket.title, desk: context.agent) }
    let inner = Agent("inner").consumes(Ticket.self).from("triage").publishes(Assignment.self)
      .runs { (ticket: Ticket, context) in Assignment(title: ticket.title, desk: context.agent) }
    let other = Agent("other").consumes(Assignment.self).from("nobody").publishes(Ticket.self).runs { _ in }
    try await withBoard(setup, [Self.desk("team", 4...7), failing, tagged, inner, other]) { board in
      let ticket = try await board.publish(Ticket(title: "five", severity: 5))
      try await board.settle()
      let lines = try await board.flock.explain(ticket.id).lines
      #expect(lines.map(\.verdict) == [.fired, .refused, .refused, .refused, .otherType])
      #expect(lines[1].detail == "the predicate or the join key threw an error, which counts as no")
      #expect(lines[2].detail == "it lacks the tags that the subscription asks for")
      #expect(lines[3].detail == "its producer is not among the subscription's sources")
      #expect(try await board.values(Assignment.self) == [Assignment(title: "five", desk: "team")])
      await #expect { try await board.flock.explain(ArtifactID(UniqueID(high: 1, low: 1))) } throws: {
        ($0 as? FlockError)?.code == .notFound
      }
    }
  }
}
