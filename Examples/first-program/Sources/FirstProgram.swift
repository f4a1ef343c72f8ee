import Flock
import FlockCore
import FlockKernel

struct Bug: ArtifactPayload {
  static let artifactType = ArtifactType("bug")
  var title: String
  var severity: Int
}

struct Fix: ArtifactPayload {
  static let artifactType = ArtifactType("fix")
  var bug: String
  var patch: String
}

struct Release: ArtifactPayload {
  static let artifactType = ArtifactType("release")
  var fixes: [String]
}

@main
struct FirstProgram {
  static func main() async throws {
    let fixer = Agent("fixer")
      .consumes(Bug.self) { $0.severity > 2 }
      .publishes(Fix.self, .exactly(1))
      .runs { (bug: Bug, context: RunContext) in
        // A rerun after a crash is given this result instead of making it again.
        let patch = try await context.step("write-patch", input: bug) { _ in "guard let \(bug.title)" }
        return Fix(bug: bug.title, patch: patch)
      }
    let releaser = Agent("releaser")
      .consumes(Fix.self)
      .batched(size: 10, timeout: .seconds(60))
      .publishes(Release.self)
      .runs { context in
        try context.publish(Release(fixes: context.inputs(Fix.self).map(\.bug)))
      }

    let flock = try Flock(agents: [fixer, releaser])
    try await flock.publish(contentsOf: [
      Bug(title: "empty list", severity: 4), Bug(title: "typo", severity: 1), Bug(title: "lost update", severity: 5),
    ])
    // Nothing is queued, running or due any more, and what batches hold is handed over.
    let report = try await flock.runUntilIdle()

    var query = ArtifactQuery()
    query.filter.types = ["release"]
    for artifact in try await flock.store.artifacts(query).artifacts {
      let release: Release = try artifact.value()
      print("released:", release.fixes.joined(separator: ", "))
    }
    print("runs:", report.counters.successes, "dead letters:", report.deadLetters)
    try await flock.shutdown()
  }
}
