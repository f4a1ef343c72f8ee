#if SQLite
import Flock
import FlockCore
import FlockKernel
import FlockSQLite
import Synchronization
import Testing

private struct Order: ArtifactPayload {
  static let artifactType = ArtifactType("order")
  var number: Int
}

private struct Invoice: ArtifactPayload {
  static let artifactType = ArtifactType("invoice")
  var numbers: [Int]
}

/// Lets nobody through until it is open.
private final class Barrier: Sendable {
  private struct State {
    var isOpen = false
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())

  var waiting: Int { state.withLock { $0.waiting.count } }

  func wait() async {
    await withCheckedContinuation { continuation in
      let isOpen = state.withLock { state -> Bool in
        if !state.isOpen { state.waiting.append(continuation) }
        return state.isOpen
      }
      if isOpen { continuation.resume() }
    }
  }

  func open() {
    let waiting = state.withLock { state in
      state.isOpen = true
      defer { state.waiting = [] }
      return state.waiting
    }
    for continuation in waiting { continuation.resume() }
  }
}

/// A whole program on a file that ends, in order or not, and is started again.
@Suite struct SQLiteStoreRestartTests {
  private let file: DatabaseFile

  init() throws { file = try DatabaseFile() }

  private func open(shards: Int? = nil, path: String? = nil) async throws -> SQLiteStore {
    var configuration = SQLiteStoreConfiguration()
    configuration.durability = .processCrash
    return try await SQLiteStore.open(path: path ?? file.path, shards: shards, configuration: configuration)
  }

  private func numbers(_ store: SQLiteStore) async throws -> [Int] {
    var query = ArtifactQuery()
    query.filter.types = ["invoice"]
    query.limit = 1000
    return try await store.artifacts(query).artifacts.flatMap { try $0.value(as: Invoice.self).numbers }.sorted()
  }

  private let quick = Agent("biller").consumes(Order.self).publishes(Invoice.self)
    .runs { (order: Order, _) in Invoice(numbers: [order.number]) }

  private func hanging(at barrier: Barrier) -> Agent {
    Agent("biller").consumes(Order.self).publishes(Invoice.self)
      .runs { (order: Order, _) in
        await barrier.wait()
        return Invoice(numbers: [order.number])
      }
  }

  @Test(arguments: [1, 8])
  func `what was running when a program died is run by the next, and the dead one changes nothing`(shards: Int) async throws {
    let barrier = Barrier()
    let first = try await open(shards: shards)
    let dying = try Flock(agents: [hanging(at: barrier)], store: first)
    try await dying.start()
    for number in 0..<20 { try await dying.publish(Order(number: number)) }
    try #require(await eventually { barrier.waiting == 20 })

    // It is not shut down, and hangs on: the next one fences it.
    let second = try await open()
    let next = try Flock(agents: [quick], store: second)
    try await next.publish(Order(number: 20))
    let report = try await next.runUntilIdle()
    #expect(report.waiting.isEmpty)
    #expect(try await numbers(second) == Array(0..<21))

    barrier.open()
    await #expect(throws: FlockError.self) { try await dying.runUntilIdle() }
    #expect(try await numbers(second) == Array(0..<21))
    #expect(try await second.outcomes(limit: 100).count == 21)
    #expect(try await second.integrityProblems().isEmpty)
    try await next.shutdown()
    await second.close()
    await first.close()
  }

  @Test func `what a program had not matched when it ended is matched by the next`() async throws {
    let first = try await open()
    let flock = try Flock(agents: [quick], store: first)
    for number in 0..<5 { try await flock.publish(Order(number: number)) }
    await first.close()
    let second = try await open()
    let next = try Flock(agents: [quick], store: second)
    try await next.runUntilIdle()
    #expect(try await numbers(second) == Array(0..<5))
    try await next.shutdown()
    await second.close()
  }

  @Test func `a batch that is not full goes on after a restart`() async throws {
    let batching = Agent("biller").consumes(Order.self).batched(size: 3).publishes(Invoice.self)
      .runs { context in try context.publish(Invoice(numbers: context.inputs(Order.self).map(\.number))) }
    let first = try await open()
    let flock = try Flock(agents: [batching], store: first)
    for number in 0..<5 { try await flock.publish(Order(number: number)) }
    let report = try await flock.runUntilIdle(flush: false)
    #expect(report.waiting.map(\.kind) == [.batch])
    try await flock.shutdown()
    await first.close()

    let second = try await open()
    let next = try Flock(agents: [batching], store: second)
    try await next.publish(Order(number: 5))
    #expect(try await next.runUntilIdle(flush: false).waiting.isEmpty)
    var query = ArtifactQuery()
    query.filter.types = ["invoice"]
    let invoices = try await second.artifacts(query).artifacts
    #expect(try invoices.map { try $0.value(as: Invoice.self).numbers } == [[0, 1, 2], [3, 4, 5]])
    #expect(invoices[1].parents.ids.count == 3)
    #expect(try await second.children(of: invoices[1].parents.ids[0]).map(\.id) == [invoices[1].id])
    try await next.shutdown()
    await second.close()
  }

  @Test func `a step that was recorded is not made again by the next program`() async throws {
    let barrier = Barrier()
    let made = Collector<Int>()
    func agent(_ after: @escaping @Sendable () async -> Void) -> Agent {
      Agent("biller").consumes(Order.self).publishes(Invoice.self)
        .runs { (order: Order, context: RunContext) -> Invoice in
          let number = try await context.step("charge", input: order.number) { _ in
            made.append(order.number)
            return order.number * 100
          }
          await after()
          return Invoice(numbers: [number])
        }
    }
    let first = try await open()
    let dying = try Flock(agents: [agent { await barrier.wait() }], store: first)
    try await dying.start()
    for number in 1...4 { try await dying.publish(Order(number: number)) }
    try #require(await eventually { barrier.waiting == 4 })

    let second = try await open()
    let next = try Flock(agents: [agent {}], store: second)
    try await next.runUntilIdle()
    #expect(try await numbers(second) == [100, 200, 300, 400])
    #expect(made.elements.sorted() == [1, 2, 3, 4])
    barrier.open()
    try await next.shutdown()
    await second.close()
    await first.close()
  }

  @Test func `a dead letter is replayed by the next program`() async throws {
    let failing = Agent("biller").consumes(Order.self).publishes(Invoice.self).retry(.never)
      .runs { (order: Order, _) -> Invoice in throw PermanentFailure("no printer for \(order.number)") }
    let first = try await open(shards: 4)
    let flock = try Flock(agents: [failing], store: first)
    let order = try await flock.publish(Order(number: 7))
    #expect(try await flock.runUntilIdle().deadLetters == 1)
    try await flock.shutdown()
    await first.close()

    let second = try await open()
    let letter = try #require(try await second.deadLetters(limit: 10).first)
    #expect(letter.inputs.map(\.id) == [order.id] && letter.failure.message == "no printer for 7")
    let next = try Flock(agents: [quick], store: second)
    try await next.start()
    try await next.replay(letter, requestedBy: "test")
    #expect(try await next.runUntilIdle().deadLetters == 0)
    #expect(try await numbers(second) == [7])
    #expect(try await second.deadLetters(limit: 10).isEmpty)
    #expect(try await second.outcomes(of: letter.run).map(\.kind) == [.deadLetter, .success])
    try await next.shutdown()
    await second.close()
  }

  @Test func `a running program works on what another process publishes`() async throws {
    let store = try await open(shards: 2)
    let flock = try Flock(agents: [quick], store: store)
    try await flock.start()
    let publisher = try await open()
    let outside = try Flock(agents: [], store: publisher)
    for number in 0..<10 { try await outside.publish(Order(number: number)) }
    #expect(try await soon { try await numbers(store).count == 10 })
    #expect(try await numbers(publisher) == Array(0..<10))
    try await flock.shutdown()
    await store.close()
    await publisher.close()
  }

  @Test func `retention beside a running program takes nothing that it needs`() async throws {
    let barrier = Barrier()
    var configuration = SQLiteStoreConfiguration()
    configuration.durability = .processCrash
    configuration.retention.publisherRetryHorizon = .zero
    let store = try await SQLiteStore.open(path: file.path, configuration: configuration)
    let hanging = Agent("slow").consumes(Order.self, where: { $0.number % 2 == 0 }).publishes(Invoice.self)
      .runs { (order: Order, context: RunContext) -> Invoice in
        // An effect makes the run's entry durable.
        _ = try await context.step("begin") { _ in 1 }
        await barrier.wait()
        return Invoice(numbers: [order.number])
      }
    let flock = try Flock(agents: [hanging], store: store)
    try await flock.start()
    var orders: [Artifact] = []
    for number in 0..<20 { orders.append(try await flock.publish(Order(number: number))) }
    try #require(await eventually { barrier.waiting == 10 })
    #expect(try await soon { try await store.eventRecords(shard: 0).count > 1 })
    let deleted = try await store.deleteArtifacts(before: .distantFuture)
    #expect(deleted <= 10)
    for order in orders.enumerated() where order.offset % 2 == 0 { #expect(try await store.artifact(order.element.id) != nil) }
    #expect(try await store.integrityProblems().isEmpty)
    barrier.open()
    try await flock.runUntilIdle()
    #expect(try await numbers(store) == stride(from: 0, to: 20, by: 2).map { $0 })
    try await flock.shutdown()
    #expect(try await store.deleteArtifacts(before: .distantFuture) == 30 - deleted)
    #expect(try await store.integrityProblems().isEmpty)
    await store.close()
  }
}
#endif
