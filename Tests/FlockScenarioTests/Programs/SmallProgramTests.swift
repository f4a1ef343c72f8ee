import Flock
import FlockCore
import FlockKernel
import Testing

private struct PizzaIdea: ArtifactPayload {
  static let artifactType = ArtifactType("pizza/idea")
  var style: String
  var guests: Int
}

private struct Pizza: ArtifactPayload, Equatable {
  static let artifactType = ArtifactType("pizza/pizza")
  var toppings: [String]
  var sizeCentimetres: Int
}

private struct BugReport: ArtifactPayload {
  static let artifactType = ArtifactType("detective/report")
  var text: String
  var file: String
}

private struct Diagnosis: ArtifactPayload, Hashable {
  enum Severity: String, Codable, Sendable { case low, high, critical }
  static let artifactType = ArtifactType("detective/diagnosis")
  var cause: String
  var severity: Severity
  var file: String
}

/// The programs with one agent.
@Suite struct SmallProgramTests {
  private static let master = Agent("pizza master").summary("turns an idea into a recipe")
    .consumes(PizzaIdea.self).publishes(Pizza.self, .exactly(1))
    .runs { (idea: PizzaIdea, _) in
      let toppings = ["margherita": ["tomato", "mozzarella", "basil"], "marinara": ["tomato", "garlic"]]
      guard let known = toppings[idea.style] else { throw PermanentFailure("nobody bakes '\(idea.style)'") }
      return Pizza(toppings: known, sizeCentimetres: 26 + 2 * idea.guests)
    }

  @Test(arguments: Setup.all)
  func `pizza: an idea becomes a recipe, published or by a direct call`(setup: Setup) async throws {
    try await withBoard(setup, [Self.master]) { board in
      try await board.publish(PizzaIdea(style: "margherita", guests: 2))
      try await board.settle()
      #expect(try await board.values(Pizza.self) == [Pizza(toppings: ["tomato", "mozzarella", "basil"], sizeCentimetres: 30)])

      let outputs = try await board.flock.invoke("pizza master", PizzaIdea(style: "marinara", guests: 0))
      #expect(try outputs.map { try $0.value(as: Pizza.self) } == [Pizza(toppings: ["tomato", "garlic"], sizeCentimetres: 26)])
      await #expect { try await board.flock.invoke("pizza master", PizzaIdea(style: "hawaii", guests: 1)) } throws: { error in
        let error = error as? FlockError
        return error?.code == .engineFailed && error?.message.contains("nobody bakes 'hawaii'") == true
      }
    }
  }

  @Test(arguments: Setup.all)
  func `code detective: reports become typed diagnoses, and what is no report is set aside`(setup: Setup) async throws {
    let clues: [(String, String, Diagnosis.Severity)] = [
      ("index out of range", "a bound is not checked", .high), ("deadlock", "two locks in two orders", .critical),
      ("typo", "a word is misspelt", .low),
    ]
    let detective = Agent("detective").consumes(BugReport.self).publishes(Diagnosis.self, .exactly(1))
      .runs { (report: BugReport, _) in
        guard let clue = clues.first(where: { report.text.contains($0.0) }) else { throw PermanentFailure("no clue") }
        return Diagnosis(cause: clue.1, severity: clue.2, file: report.file)
      }
    try await withBoard(setup, [detective]) { board in
      try await board.publish(BugReport(text: "fatal: index out of range in parser", file: "Parser.swift"))
      try await board.publish(BugReport(text: "the service hangs: deadlock?", file: "Pool.swift"))
      try await board.publish(BugReport(text: "a typo in the help", file: "Help.swift"))
      try await board.publish(BugReport(text: "it is just odd", file: "Main.swift"))
      // As a foreign publisher would send it: a field is missing.
      let broken = try await board.flock.publish(
        type: BugReport.artifactType, payload: EncodedPayload(bytes: Array(#"{"text": "deadlock"}"#.utf8)))
      try await board.settle()
      #expect(
        Set(try await board.values(Diagnosis.self)) == [
          Diagnosis(cause: "a bound is not checked", severity: .high, file: "Parser.swift"),
          Diagnosis(cause: "two locks in two orders", severity: .critical, file: "Pool.swift"),
          Diagnosis(cause: "a word is misspelt", severity: .low, file: "Help.swift"),
        ])
      let letters = try await board.deadLetters()
      #expect(letters.count == 2)
      #expect(Set(letters.map(\.failure.cause)) == [.permanent, .undecodable])
      #expect(letters.first { $0.failure.cause == .undecodable }?.inputs.map(\.id) == [broken.id])
    }
  }
}
