import Flock
import FlockCore
import FlockKernel
import Testing

private struct Task: ArtifactPayload {
  static let artifactType = ArtifactType("condition/task")
  var number: Int
}

private struct Done: ArtifactPayload, Hashable {
  static let artifactType = ArtifactType("condition/done")
  var number: Int
  var quality: Int
}

private struct Release: ArtifactPayload, Hashable {
  static let artifactType = ArtifactType("condition/release")
  var number: Int
}

/// Activation, until and the end of a workflow.
@Suite struct ConditionTests {
  private static let worker = Agent("worker").consumes(Task.self).publishes(Done.self, .exactly(1))
    .runs { (task: Task, _) in Done(number: task.number, quality: task.number * 10) }

  private static func releaser(_ agent: Agent) -> Agent {
    agent.publishes(Release.self, .exactly(1)).runs { (done: Done, _) in Release(number: done.number) }
  }

  @Test(arguments: Setup.all)
  func `activation holds inputs back until it is true in their workflow, and then none is lost`(setup: Setup) async throws {
    let releaser = Self.releaser(Agent("releaser").consumes(Done.self).activated(when: .atLeast(3, Done.self)))
    try await withBoard(setup, [Self.worker, releaser]) { board in
      for workflow in 0..<8 {
        for number in 0..<workflow { try await board.publish(Task(number: workflow * 100 + number), in: "\(workflow)") }
      }
      let report = try await board.settle()
      // Workflows 3 to 7 have enough; those with 1 and 2 wait, with 0 + 1 + 2 = 3 sets.
      let expected = (3..<8).flatMap { workflow in (0..<workflow).map { Release(number: workflow * 100 + $0) } }
      #expect(Set(try await board.values(Release.self)) == Set(expected))
      #expect(try await board.artifacts(Release.self).count == 25)
      #expect(report.waiting.map(\.kind) == [.activation, .activation, .activation])
      try await board.publish(Task(number: 299), in: "2")
      try await board.settle()
      #expect(Set(try await board.values(Release.self)) == Set(expected + [200, 201, 299].map { Release(number: $0) }))
    }
  }

  @Test(arguments: Setup.all)
  func `conditions combine: and, or, not, producers and predicates`(setup: Setup) async throws {
    let condition: Condition =
      .exists(Done.self, producedBy: "worker") { $0.quality >= 30 } && !.exists(Done.self) { $0.quality < 0 }
      || .exactly(2, Task.self) { $0.number > 1000 }
    let releaser = Self.releaser(Agent("releaser").consumes(Done.self).activated(when: condition))
    try await withBoard(setup, [Self.worker, releaser]) { board in
      // By hand: 3 gives 30; 1 and 2 stay below; -1 spoils 5; two above 1000 hold although -1 is there.
      let workflows = ["yes": [3, 1], "low": [1, 2], "spoilt": [5, -1], "large": [2000, 3000, -1], "none": []]
      for (name, numbers) in workflows.sorted(by: { $0.key < $1.key }) where name != "spoilt" && name != "large" {
        for number in numbers { try await board.publish(Task(number: number), in: name) }
      }
      // What spoils comes first, so that it does not depend on when the condition is looked at.
      for number in [-1, 5] {
        try await board.publish(Task(number: number), in: "spoilt")
        try await board.settle()
      }
      for number in [-1, 2000, 3000] { try await board.publish(Task(number: number), in: "large") }
      try await board.settle()
      #expect(Set(try await board.values(Release.self).map(\.number)) == [3, 1, 2000, 3000, -1])
      #expect(try await board.artifacts(Release.self).count == 5)
    }
  }

  @Test(arguments: Setup.all)
  func `run(until:) ends as soon as a workflow has what it needs`(setup: Setup) async throws {
    let endless = Agent("endless").consumes(Done.self).allowsSelfTrigger().publishes(Done.self)
      .runs { (done: Done, _) in Done(number: done.number + 1, quality: done.quality + 1) }
    var configuration = FlockConfiguration()
    configuration.kernel.maximumRunsPerCorrelation = 5000
    try await withBoard(setup, [Self.worker, endless], configuration: configuration) { board in
      try await board.publish(Task(number: 1), in: "one")
      let reached = try await board.flock.run(
        until: .exists(Done.self) { $0.quality >= 40 }, in: CorrelationID("one"), timeout: .seconds(30))
      #expect(reached)
      #expect(try await board.values(Done.self).contains { $0.quality == 40 })
      try await board.flock.cancel(CorrelationID("one"))
      try await board.settle()
    }
    try await withBoard(setup, [Self.worker]) { board in
      try await board.publish(Task(number: 1), in: "one")
      #expect(try await board.flock.run(until: .atLeast(2, Done.self)) == false)
      #expect(try await board.flock.run(until: .exactly(1, Done.self)))
      #expect(try await board.flock.run(until: .none(Release.self) && .atMost(1, Task.self)))
    }
  }

  @Test(arguments: Setup.all)
  func `until lets each task of a workflow end in one place, whenever the end comes`(setup: Setup) async throws {
    let worker = Self.worker.until(.atLeast(3, Done.self))
    try await withBoard(setup, [worker]) { board in
      var tasks: [Artifact] = []
      for number in 0..<40 { tasks.append(try await board.publish(Task(number: number), in: "\(number % 4)")) }
      try await board.settle()
      let fates = try await board.fates(of: tasks, agent: "worker")
      fates.expectEachOnce(tasks)
      // What runs at once may overshoot, what comes afterwards does not start.
      for workflow in 0..<4 {
        #expect(try await board.artifacts(Done.self).count { $0.correlation == CorrelationID("\(workflow)") } >= 3)
        let late = try await board.publish(Task(number: 1000), in: "\(workflow)")
        try await board.settle()
        #expect(try await board.fates(of: [late], agent: "worker").expired == [late.id])
      }
    }
  }
}
