import Flock
import FlockCore
import FlockKernel
import FlockTestKit
import Testing

@Suite struct IdleTests {
  @Test(arguments: [1, 8])
  func `idle comes after retries that wait for hours`(shards: Int) async throws {
    let clock = ManualClock()
    let engine = ScriptedEngine([.fails("first"), .fails("second"), .publishes(Product(number: 1))])
    let agent = Agent.maker(engine).retry(RetryPolicy(maximumAttempts: 3, initialBackoff: .seconds(3600), maximumBackoff: .seconds(36_000)))
    try await withFlock([agent], store: MemoryStore(shards: shards, clock: clock), clock: clock) { flock in
      let start = clock.now()
      try await flock.publish(Job(number: 1))
      try await clock.flying { _ = try await flock.runUntilIdle() }
      #expect(engine.calls.map(\.attempt) == [1, 2, 3])
      #expect(try await flock.store.products() == [1])
      // An hour and two, each spread by at most a tenth to either side.
      #expect(clock.now() - start > .seconds(9700))
      #expect(clock.now() - start < .seconds(12_000))
    }
  }

  @Test(arguments: [1, 8])
  func `idle comes after artifacts that become visible later`(shards: Int) async throws {
    let clock = ManualClock()
    try await withFlock([.maker], store: MemoryStore(shards: shards, clock: clock), clock: clock) { flock in
      let start = clock.now()
      try await flock.publish(Job(number: 1), PublishOptions(visibility: .after(.seconds(86_400))))
      try await clock.flying { _ = try await flock.runUntilIdle() }
      #expect(try await flock.store.products() == [1])
      #expect(clock.now() - start >= .seconds(86_400))
    }
  }

  @Test(arguments: [1, 8])
  func `idle hands over what batches hold, unless it is told not to`(shards: Int) async throws {
    let agent = Agent("packer").consumes(Job.self).batched(size: 10).publishes(Product.self).runs { context in
      try context.publish(Product(number: context.artifacts.count))
    }
    try await withFlock([agent], store: MemoryStore(shards: shards)) { flock in
      try await flock.publish(contentsOf: (0..<23).map { Job(number: $0) })
      let report = try await flock.runUntilIdle(flush: false)
      #expect(try await flock.store.products() == [10, 10])
      #expect(report.waiting.map(\.kind) == [.batch])
      #expect(report.waiting.first?.artifacts.count == 3)
      let after = try await flock.runUntilIdle()
      #expect(try await flock.store.products() == [3, 10, 10])
      #expect(after.waiting.isEmpty)
    }
  }

  @Test(arguments: [1, 8])
  func `idle flushes batches that others' batches fill`(shards: Int) async throws {
    let first = Agent("first").consumes(Job.self).batched(size: 100).publishes(Note.self).runs { context in
      for job in try context.inputs(Job.self) { try context.publish(Note(text: "\(job.number)")) }
    }
    let second = Agent("second").consumes(Note.self).batched(size: 100).publishes(Product.self).runs { context in
      try context.publish(Product(number: context.artifacts.count))
    }
    try await withFlock([first, second], store: MemoryStore(shards: shards)) { flock in
      try await flock.publish(contentsOf: (0..<7).map { Job(number: $0) })
      try await flock.runUntilIdle()
      #expect(try await flock.store.products() == [7])
    }
  }

  @Test func `idle does not wait for clocks that go on for ever`() async throws {
    let clock = ManualClock()
    let ticker = Agent("ticker").scheduled(Schedule(.every(.seconds(3600)), after: .seconds(3600))).publishes(Product.self)
      .runs { try $0.publish(Product(number: -1)) }
    try await withFlock([ticker, .maker], store: MemoryStore(clock: clock), clock: clock) { flock in
      try await flock.publish(Job(number: 1))
      let report = try await flock.runUntilIdle()
      #expect(try await flock.store.products() == [1])
      #expect(report.waiting.map(\.kind) == [.timer])
      clock.advance(by: .seconds(3600))
      try await eventually("the clock's run") { try await flock.store.products() == [-1, 1] }
    }
  }

  @Test func `the report lists what still waits, and the dead letters`() async throws {
    let gate = Agent("gate").consumes(Job.self, Note.self).publishes(Product.self).runs { _ in }
    let strict = Agent("strict").consumes(Note.self).publishes(Product.self)
      .runs(on: ScriptedEngine(always: .fails(PermanentFailure("never")))).without(.breaker)
    try await withFlock([gate, strict]) { flock in
      let job = try await flock.publish(Job(number: 1))
      try await flock.publish(contentsOf: [Note(text: "a"), Note(text: "b")])
      let report = try await flock.runUntilIdle()
      #expect(report.deadLetters == 2)
      #expect(report.waiting.count { $0.kind == .gate } == 3)
      let group = try #require(report.waiting.first { $0.artifacts == [job.id] })
      #expect(group.agent == "gate")
      #expect(group.detail.contains("0 of 1 note"))
    }
  }

  @Test(arguments: [1, 8])
  func `running until a condition ends as soon as it holds`(shards: Int) async throws {
    let agent = Agent("endless").consumes(Job.self).publishes(Job.self).allowsSelfTrigger()
      .runs { (job: Job, _) in Job(number: job.number + 1) }
    try await withFlock([agent], store: MemoryStore(shards: shards)) { flock in
      let wanted = try await flock.publish(Job(number: 0))
      let holds = try await flock.run(until: .exists(Job.self, where: { $0.number >= 50 }), in: wanted.correlation)
      #expect(holds)
      #expect(try await flock.store.all(Job.self).contains { $0.number >= 50 })
    }
  }

  @Test(arguments: [1, 8])
  func `running until a condition that cannot come true ends when everything is idle`(shards: Int) async throws {
    try await withFlock([.maker], store: MemoryStore(shards: shards)) { flock in
      let job = try await flock.publish(Job(number: 0))
      #expect(try await !flock.run(until: .atLeast(2, Product.self), in: job.correlation))
      #expect(try await flock.run(until: .exactly(1, Product.self), in: job.correlation))
      // Another correlation's products do not count.
      try await flock.publish(Job(number: 1))
      #expect(try await !flock.run(until: .atLeast(2, Product.self), in: job.correlation))
      #expect(try await flock.run(until: .atLeast(2, Product.self)))
    }
  }

  @Test func `running until a condition ends at its time-out`() async throws {
    let clock = ManualClock()
    let engine = ScriptedEngine(always: .hangs)
    let start = clock.now()
    try await withFlock([.maker(engine).timeout(nil)], store: MemoryStore(clock: clock), clock: clock) { flock in
      try await flock.publish(Job(number: 0))
      async let answer = flock.run(until: .exists(Product.self), timeout: .seconds(60))
      try await eventually("the run") { engine.running == 1 }
      // The wait began at the latest when the run had.
      try await eventually("the time-out's end") {
        clock.advance(by: .seconds(61))
        return clock.now() > start + .seconds(122)
      }
      #expect(try await !answer)
      engine.release()
    }
  }

  @Test(arguments: [1, 8])
  func `many may wait for idle at once`(shards: Int) async throws {
    for _ in 0..<20 {
      try await withFlock([.maker], store: MemoryStore(shards: shards)) { flock in
        try await withThrowingTaskGroup(of: Void.self) { group in
          for number in 0..<8 {
            group.addTask {
              try await flock.publish(Job(number: number))
              _ = try await flock.runUntilIdle()
              // What this task published is through, whatever the others do.
              let products = try await flock.store.products()
              #expect(products.contains(number))
            }
          }
          try await group.waitForAll()
        }
      }
    }
  }
}
