import Flock
import FlockCore
import FlockKernel
import FlockTestKit
import Synchronization

struct Job: ArtifactPayload, Equatable {
  static let artifactType = ArtifactType("job")
  var number: Int
}

struct Product: ArtifactPayload, Equatable {
  static let artifactType = ArtifactType("product")
  var number: Int
}

struct Note: ArtifactPayload, Equatable {
  static let artifactType = ArtifactType("note")
  var text: String
}

/// Lines in the order in which they were written.
final class Journal: Sendable {
  private let written = Mutex<[String]>([])

  var lines: [String] { written.withLock { $0 } }
  var count: Int { written.withLock { $0.count } }
  func write(_ line: String) { written.withLock { $0.append(line) } }
  func count(of line: String) -> Int { written.withLock { lines in lines.count { $0 == line } } }
}

/// What happens at once, and how often in all.
final class Gauge: Sendable {
  private struct State {
    var now = 0
    var highest = 0
    var total = 0
  }

  private let state = Mutex(State())

  var highest: Int { state.withLock { $0.highest } }
  var total: Int { state.withLock { $0.total } }
  var now: Int { state.withLock { $0.now } }

  func enter() {
    state.withLock { state in
      state.now += 1
      state.total += 1
      state.highest = max(state.highest, state.now)
    }
  }

  func leave() { state.withLock { $0.now -= 1 } }
}

/// Runs a program and ends it, also when the body throws.
func withFlock(
  _ agents: [Agent], store: any BlackboardStore = MemoryStore(), clock: any FlockClock = SystemClock(),
  limit: Duration = .seconds(30), configure: (inout FlockConfiguration) -> Void = { _ in },
  _ body: @escaping @Sendable (Flock) async throws -> Void
) async throws {
  var configuration = FlockConfiguration()
  configure(&configuration)
  let flock = try Flock(agents: agents, store: store, configuration: configuration, clock: clock)
  try await within(limit, "the program") {
    do {
      try await body(flock)
    } catch {
      try? await flock.shutdown(grace: .zero)
      throw error
    }
    try await flock.shutdown(grace: .zero)
  }
}

extension BlackboardStore {
  func all<T: ArtifactPayload>(_ type: T.Type) async throws -> [T] {
    try await artifacts(of: type).map { try $0.value(as: type) }
  }

  func artifacts<T: ArtifactPayload>(of type: T.Type) async throws -> [Artifact] {
    var query = ArtifactQuery()
    query.filter.types = [T.artifactType.name]
    query.limit = ArtifactQuery.maximumLimit
    return try await artifacts(query).artifacts
  }

  /// The numbers of all products, sorted.
  func products() async throws -> [Int] { try await all(Product.self).map(\.number).sorted() }
}

extension Agent {
  /// Makes a product of each job.
  static var maker: Agent {
    Agent("maker").consumes(Job.self).publishes(Product.self).runs { (job: Job, _) in Product(number: job.number) }
  }

  static func maker(_ engine: any Engine) -> Agent {
    Agent("maker").consumes(Job.self).publishes(Product.self).runs(on: engine)
  }

  func without(_ what: Protection...) -> Agent {
    var agent = self
    for protection in what {
      switch protection {
      case .retry: agent = agent.retry(.never)
      case .breaker: agent = agent.breaker(BreakerPolicy(failureThreshold: 0))
      }
    }
    return agent
  }

  enum Protection { case retry, breaker }
}
