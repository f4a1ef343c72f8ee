import Flock
import FlockCore
import FlockKernel
import FlockTestKit
import Testing

@Suite struct InvokeTests {
  @Test(arguments: [1, 8])
  func `a direct call runs once, and no subscription sees its input`(shards: Int) async throws {
    let engine = ScriptedEngine(always: .publishes(Product(number: 1)))
    let other = ScriptedEngine(always: .returns)
    let watcher = Agent("watcher").consumes(Job.self).publishes(Note.self).runs(on: other)
    let next = ScriptedEngine(always: .returns)
    let follower = Agent("follower").consumes(Product.self).publishes(Note.self).runs(on: next)
    try await withFlock([.maker(engine), watcher, follower], store: MemoryStore(shards: shards)) { flock in
      for _ in 0..<50 {
        let outputs = try await flock.invoke("maker", Job(number: 1))
        #expect(try outputs.map { try $0.value(as: Product.self) } == [Product(number: 1)])
        #expect(outputs.first?.producer.name == "maker")
      }
      try await flock.runUntilIdle()
      #expect(engine.callCount == 50)
      #expect(other.callCount == 0)
      // What it publishes is consumed as usual.
      #expect(next.callCount == 50)
    }
  }

  @Test(arguments: [1, 8])
  func `a call with an id that was called before gives the same answer and runs nothing`(shards: Int) async throws {
    let engine = ScriptedEngine(always: .publishes(Product(number: 1)))
    try await withFlock([.maker(engine)], store: MemoryStore(shards: shards)) { flock in
      let id = ArtifactID(UniqueID(high: 3, low: 4))
      let first = try await flock.invoke("maker", Job(number: 1), PublishOptions(id: id))
      let second = try await flock.invoke("maker", Job(number: 1), PublishOptions(id: id))
      #expect(first.map(\.id) == second.map(\.id))
      #expect(engine.callCount == 1)
    }
  }

  @Test func `two calls at once with one id share one run`() async throws {
    let engine = ScriptedEngine(always: .hangs.then(.publishes(Product(number: 1))))
    try await withFlock([.maker(engine)]) { flock in
      let id = ArtifactID(UniqueID(high: 3, low: 5))
      async let first = flock.invoke("maker", Job(number: 1), PublishOptions(id: id))
      async let second = flock.invoke("maker", Job(number: 1), PublishOptions(id: id))
      try await eventually("the run") { engine.running == 1 }
      engine.release()
      let ids = (try await first.map(\.id), try await second.map(\.id))
      #expect(ids.0 == ids.1)
      #expect(ids.0.count == 1)
      #expect(engine.callCount == 1)
    }
  }

  @Test func `a call with the id of an artifact that was published is refused`() async throws {
    try await withFlock([.maker], limit: .seconds(10)) { flock in
      let id = try await flock.publish(Job(number: 1)).id
      let error = await #expect(throws: FlockError.self) {
        try await flock.invoke("maker", Job(number: 1), PublishOptions(id: id))
      }
      #expect(error?.message.contains("\(id)") == true)
    }
  }

  @Test func `a call that fails names the cause`() async throws {
    let engine = ScriptedEngine(always: .fails(PermanentFailure("no paper")))
    try await withFlock([.maker(engine)]) { flock in
      let error = await #expect(throws: FlockError.self) { try await flock.invoke("maker", Job(number: 1)) }
      #expect(error?.code == .engineFailed)
      #expect(error?.message.contains("no paper") == true)
      #expect(engine.callCount == 1)
    }
  }

  @Test func `an unknown agent is named, with those that there are`() async throws {
    let flock = try Flock(agents: [.maker])
    let error = await #expect(throws: FlockError.self) { try await flock.invoke("mader", Job(number: 1)) }
    #expect(error?.code == .unknownAgent)
    #expect(error?.message.contains("maker") == true)
  }

  @Test func `a caller's time-out ends its own wait and nobody else's`() async throws {
    let clock = ManualClock()
    let engine = ScriptedEngine(always: .hangs.then(.publishes(Product(number: 1))))
    try await withFlock([.maker(engine).timeout(nil)], store: MemoryStore(clock: clock), clock: clock) { flock in
      let id = ArtifactID(UniqueID(high: 3, low: 6))
      async let patient = flock.invoke("maker", Job(number: 1), PublishOptions(id: id))
      try await eventually("the run") { engine.running == 1 }
      async let hasty = Result { try await flock.invoke("maker", Job(number: 1), PublishOptions(id: id), timeout: .seconds(60)) }
      try await eventually("the time-out's timer") { clock.awaitsAdvance }
      clock.advance(by: .seconds(61))
      let answer = await hasty
      #expect(throws: FlockError.self) { try answer.get() }
      if case .failure(let error as FlockError) = answer { #expect(error.code == .timedOut) }
      engine.release()
      #expect(try await patient.count == 1)
    }
  }

  @Test func `a call that waits when the program ends is told so`() async throws {
    let engine = ScriptedEngine(always: .hangs)
    let flock = try Flock(agents: [.maker(engine)])
    try await within(.seconds(20), "the call") {
      async let call = Result { try await flock.invoke("maker", Job(number: 1)) }
      try await eventually("the run") { engine.running == 1 }
      try await flock.shutdown(grace: .zero)
      let answer = await call
      if case .failure(let error as FlockError) = answer { #expect(error.code == .shutDown) } else { Issue.record("\(answer)") }
    }
  }
}

extension Result where Failure == any Error {
  init(_ body: () async throws -> Success) async {
    do { self = .success(try await body()) } catch { self = .failure(error) }
  }
}
