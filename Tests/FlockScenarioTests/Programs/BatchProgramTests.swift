import Flock
import FlockCore
import FlockKernel
import FlockTestKit
import Testing

private struct Purchase: ArtifactPayload {
  static let artifactType = ArtifactType("shop/purchase")
  var customer: String
  var cents: Int
}

private struct Payment: ArtifactPayload, Hashable {
  static let artifactType = ArtifactType("shop/payment")
  var purchases: Int
  var cents: Int
}

private struct Reading: ArtifactPayload {
  static let artifactType = ArtifactType("sensor/reading")
  var sensor: Int
  var celsius: Int
}

private struct Mean: ArtifactPayload, Hashable {
  static let artifactType = ArtifactType("sensor/mean")
  var readings: Int
  var sum: Int
}

/// E-commerce and sensors: batching by size and by time.
@Suite struct BatchProgramTests {
  private static let bank = Agent("bank").consumes(Purchase.self).publishes(Payment.self, .exactly(1)).timeout(nil)
    .runs { context in
      let purchases = try context.inputs(Purchase.self)
      guard context.isBatch else { throw PermanentFailure("this is no batch") }
      try context.publish(Payment(purchases: purchases.count, cents: purchases.reduce(0) { $0 + $1.cents }))
    }

  @Test(arguments: Setup.all)
  func `e-commerce: payments of 25 purchases, and the rest at the end of the day`(setup: Setup) async throws {
    try await withBoard(setup, [Self.bank.batched(size: 25)]) { board in
      let purchases = try await board.flock.publish(contentsOf: (1...60).map { Purchase(customer: "\($0 % 9)", cents: $0) })
      let report = try await board.settle(flush: false)
      #expect(report.waiting.map(\.detail) == ["has 10 of 25"])
      let before = try await board.fates(of: purchases, agent: "bank")
      before.expectEachOnce(purchases)
      #expect(before.sizes == [25, 25])
      try await board.settle()
      let after = try await board.fates(of: purchases, agent: "bank")
      after.expectEachOnce(purchases)
      #expect(after.sizes == [10, 25, 25])
      let payments = try await board.values(Payment.self)
      // 1 + 2 + ... + 60
      #expect(payments.reduce(0) { $0 + $1.cents } == 1830)
    }
  }

  @Test(arguments: Setup.all)
  func `e-commerce: a batch for each customer, whose purchases share a correlation`(setup: Setup) async throws {
    try await withBoard(setup, [Self.bank.batched(size: 4, scope: .correlation)]) { board in
      for number in 0..<48 {
        try await board.publish(Purchase(customer: "\(number % 6)", cents: number % 6 + 1), in: "customer \(number % 6)")
      }
      let report = try await board.settle(flush: false)
      #expect(report.waiting.isEmpty)
      // Eight purchases of each of six customers: two payments each, of four times the customer's price.
      #expect(try await board.values(Payment.self).map(\.cents).sorted() == [4, 4, 8, 8, 12, 12, 16, 16, 20, 20, 24, 24])
    }
  }

  private static let station = Agent("station").consumes(Reading.self).publishes(Mean.self, .exactly(1)).timeout(nil)
    .runs { context in
      let readings = try context.inputs(Reading.self)
      try context.publish(Mean(readings: readings.count, sum: readings.reduce(0) { $0 + $1.celsius }))
    }

  @Test(arguments: Setup.all)
  func `sensors: a batch is handed over when its time has come, however few it holds`(setup: Setup) async throws {
    let clock = ManualClock()
    try await withBoard(setup, [Self.station.batched(timeout: .seconds(30))], clock: clock) { board in
      try await board.flock.start()
      func held() async throws -> Int {
        try await board.flock.report().waiting.filter { $0.kind == .batch }.flatMap(\.artifacts).count
      }
      for sensor in 0..<5 { try await board.publish(Reading(sensor: sensor, celsius: 20)) }
      try await eventually("five readings to be held") { try await held() == 5 }
      clock.advance(by: .seconds(20))
      for sensor in 5..<8 { try await board.publish(Reading(sensor: sensor, celsius: 10)) }
      try await eventually("eight readings to be held") { try await held() == 8 }
      #expect(try await board.values(Mean.self).isEmpty)
      // Thirty seconds after the first, not after the last.
      clock.advance(by: .seconds(10))
      try await eventually("the batch to be handed over") { try await board.values(Mean.self) == [Mean(readings: 8, sum: 130)] }
      try await board.publish(Reading(sensor: 0, celsius: 7))
      try await eventually("a reading to be held") { try await held() == 1 }
      clock.advance(by: .seconds(29))
      #expect(try await held() == 1)
      clock.advance(by: .seconds(1))
      try await eventually("the second batch to be handed over") { try await board.artifacts(Mean.self).count == 2 }
      #expect(Set(try await board.values(Mean.self)) == [Mean(readings: 8, sum: 130), Mean(readings: 1, sum: 7)])
    }
  }

  @Test(arguments: Setup.all)
  func `sensors: size or time, whichever comes first`(setup: Setup) async throws {
    let clock = ManualClock()
    try await withBoard(setup, [Self.station.batched(size: 6, timeout: .seconds(30))], clock: clock) { board in
      let readings = try await board.flock.publish(contentsOf: (0..<20).map { Reading(sensor: $0, celsius: 1) })
      try await board.settle(flush: false)
      let full = try await board.fates(of: readings, agent: "station")
      full.expectEachOnce(readings)
      #expect(full.sizes == [6, 6, 6])
      #expect(full.leftOver.count == 2)
      clock.advance(by: .seconds(30))
      try await eventually("the rest to be handed over") { try await board.artifacts(Mean.self).count == 4 }
      let end = try await board.fates(of: readings, agent: "station")
      end.expectEachOnce(readings)
      #expect(end.sizes == [2, 6, 6, 6])
    }
  }
}
