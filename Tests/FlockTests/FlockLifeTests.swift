import Flock
import FlockCore
import FlockKernel
import Synchronization
import Testing

private struct Order: ArtifactPayload {
  static let artifactType = ArtifactType("order")
  var number: Int
}

private struct Receipt: ArtifactPayload {
  static let artifactType = ArtifactType("receipt")
  var number: Int
}

private final class Counter: Sendable {
  private let value = Mutex(0)
  var count: Int { value.withLock { $0 } }
  func add() { value.withLock { $0 += 1 } }
}

private struct Refusal: Error {}

@Suite struct FlockLifeTests {
  private func receipts(_ store: any BlackboardStore) async throws -> [Int] {
    var query = ArtifactQuery()
    query.filter.types = ["receipt"]
    query.limit = 10_000
    return try await store.artifacts(query).artifacts.map { try $0.value(as: Receipt.self).number }.sorted()
  }

  @Test("every published artifact is consumed once", arguments: [1, 8])
  func map(shards: Int) async throws {
    let store = MemoryStore(shards: shards)
    let flock = try Flock(
      agents: [Agent("clerk").consumes(Order.self).publishes(Receipt.self).runs { (order: Order, _) in Receipt(number: order.number) }],
      store: store)
    try await flock.publish(contentsOf: (0..<500).map { Order(number: $0) })
    let report = try await flock.runUntilIdle()
    #expect(report.counters.successes == 500)
    #expect(try await receipts(store) == Array(0..<500))
    try await flock.shutdown()
  }

  @Test("what was published before the start is worked on after it, and a second flock on the store goes on")
  func restart() async throws {
    let store = MemoryStore()
    let agent = Agent("clerk").consumes(Order.self).publishes(Receipt.self).runs { (order: Order, _) in Receipt(number: order.number) }
    let first = try Flock(agents: [agent], store: store)
    try await first.publish(Order(number: 1))
    try await first.runUntilIdle()
    try await first.shutdown()
    let second = try Flock(agents: [agent], store: store)
    try await second.publish(Order(number: 2))
    try await second.runUntilIdle()
    #expect(try await receipts(store) == [1, 2])
    try await second.shutdown()
  }

  @Test("a run that fails is tried again, and given up after its attempts; a replay acts once")
  func retries() async throws {
    let calls = Counter()
    let flock = try Flock(agents: [
      Agent("clerk").consumes(Order.self).publishes(Receipt.self)
        .retry(RetryPolicy(maximumAttempts: 3, initialBackoff: .milliseconds(1)))
        .runs { (order: Order, _) -> Receipt in
          calls.add()
          if calls.count <= 3 { throw Refusal() }
          return Receipt(number: order.number)
        }
    ])
    try await flock.publish(Order(number: 7))
    try await flock.runUntilIdle()
    #expect(calls.count == 3)
    let letter = try #require(try await flock.store.deadLetters(limit: 10).first)
    #expect(letter.failure.cause == .attemptsExhausted)
    #expect(letter.attempts == 3)
    try await flock.replay(letter)
    try await flock.replay(letter)
    try await flock.runUntilIdle()
    #expect(calls.count == 4)
    #expect(try await receipts(flock.store) == [7])
    #expect(try await flock.store.deadLetters(limit: 10).isEmpty)
    try await flock.shutdown()
  }

  @Test("invoke runs an agent once and returns what it published")
  func invoke() async throws {
    let calls = Counter()
    let flock = try Flock(agents: [
      Agent("clerk").consumes(Order.self).publishes(Receipt.self).runs { (order: Order, _) in
        calls.add()
        return Receipt(number: order.number)
      }
    ])
    let outputs = try await flock.invoke("clerk", Order(number: 3))
    #expect(try outputs.map { try $0.value(as: Receipt.self).number } == [3])
    try await flock.runUntilIdle()
    #expect(calls.count == 1)
    await #expect(throws: FlockError.self) { try await flock.invoke("nobody", Order(number: 3)) }
    try await flock.shutdown()
  }

  @Test("a step that succeeded is not made again in the next attempt")
  func steps() async throws {
    let effects = Counter()
    let attempts = Counter()
    let flock = try Flock(agents: [
      Agent("clerk").consumes(Order.self).publishes(Receipt.self)
        .retry(RetryPolicy(maximumAttempts: 2, initialBackoff: .milliseconds(1)))
        .runs { (order: Order, context: RunContext) -> Receipt in
          let charged = try await context.step("charge", input: order.number) { _ in
            effects.add()
            return order.number * 10
          }
          attempts.add()
          if attempts.count == 1 { throw Refusal() }
          return Receipt(number: charged)
        }
    ])
    try await flock.publish(Order(number: 4))
    try await flock.runUntilIdle()
    #expect(effects.count == 1)
    #expect(attempts.count == 2)
    #expect(try await receipts(flock.store) == [40])
    try await flock.shutdown()
  }

  @Test("a run over its time is cancelled and retried")
  func timeout() async throws {
    let calls = Counter()
    let flock = try Flock(agents: [
      Agent("clerk").consumes(Order.self).publishes(Receipt.self).timeout(.milliseconds(30))
        .retry(RetryPolicy(maximumAttempts: 2, initialBackoff: .milliseconds(1)))
        .runs { (order: Order, _) -> Receipt in
          calls.add()
          if calls.count == 1 { try await Task.sleep(for: .seconds(60)) }
          return Receipt(number: order.number)
        }
    ])
    try await flock.publish(Order(number: 5))
    try await flock.runUntilIdle()
    #expect(calls.count == 2)
    #expect(try await receipts(flock.store) == [5])
    try await flock.shutdown()
  }

  @Test("what is asked after the end is refused instead of waiting for ever")
  func afterTheEnd() async throws {
    let flock = try Flock(agents: [
      Agent("clerk").consumes(Order.self).publishes(Receipt.self).runs { (order: Order, _) in Receipt(number: order.number) }
    ])
    try await flock.runUntilIdle()
    try await flock.shutdown()
    await #expect(throws: FlockError.self) { try await flock.report() }
    await #expect(throws: FlockError.self) { try await flock.invoke("clerk", Order(number: 1)) }
    await #expect(throws: FlockError.self) { try await flock.runUntilIdle() }
  }

  @Test("ten thousand runs are suspended at once")
  func suspended() async throws {
    let store = MemoryStore()
    let flock = try Flock(
      agents: [
        Agent("sleeper").consumes(Order.self).publishes(Receipt.self).concurrency(20_000)
          .runs { (order: Order, _) in
            try await Task.sleep(for: .milliseconds(200))
            return Receipt(number: order.number)
          }
      ], store: store)
    try await flock.publish(contentsOf: (0..<10_000).map { Order(number: $0) })
    try await flock.runUntilIdle()
    #expect(try await receipts(store).count == 10_000)
    try await flock.shutdown()
  }
}
