import Flock
import FlockCore
import FlockKernel
import FlockTestKit
import Testing

private struct Part: ArtifactPayload {
  static let artifactType = ArtifactType("life/part")
  var number: Int
}

private struct Plan: ArtifactPayload {
  static let artifactType = ArtifactType("life/plan")
  var number: Int
}

private struct Product: ArtifactPayload, Hashable {
  static let artifactType = ArtifactType("life/product")
  var part: Int
  var plan: Int
}

private struct Summary: ArtifactPayload, Hashable {
  static let artifactType = ArtifactType("life/summary")
  var products: [Int]
}

/// The persistent board: what one program leaves, the next one takes up.
@Suite struct BoardLifeTests {
  private static let agents = [
    Agent("assembler").consumes(Part.self, Plan.self).publishes(Product.self, .exactly(1)).runs { context in
      try context.publish(Product(part: context.input(Part.self).number, plan: context.input(Plan.self).number))
    },
    Agent("clerk").consumes(Product.self).batched(size: 5, scope: .correlation).publishes(Summary.self).runs { context in
      try context.publish(Summary(products: context.inputs(Product.self).map(\.part).sorted()))
    },
  ]

  @Test(arguments: Setup.all)
  func `gates and batches go on after a restart, and the board is as it was`(setup: Setup) async throws {
    let place = try StorePlace(setup, clock: SystemClock())
    try await withBoard(at: place, Self.agents) { board in
      for number in 0..<12 { try await board.publish(Part(number: number), in: "\(number)") }
      for number in 0..<4 { try await board.publish(Plan(number: number), in: "\(number)") }
      let report = try await board.settle(flush: false)
      #expect(report.waiting.count { $0.kind == .gate } == 8)
      #expect(report.waiting.count { $0.kind == .batch } == 4)
    }
    try await withBoard(at: place, Self.agents) { board in
      #expect(try await board.artifacts(Product.self).count == 4)
      for number in 4..<11 { try await board.publish(Plan(number: number), in: "\(number)") }
      let report = try await board.settle(flush: false)
      #expect(report.waiting.count { $0.kind == .gate } == 1)
      #expect(report.waiting.count { $0.kind == .batch } == 11)
      #expect(Set(try await board.values(Product.self)) == Set((0..<11).map { Product(part: $0, plan: $0) }))
      #expect(try await board.artifacts(Product.self).count == 11)
    }
    try await withBoard(at: place, Self.agents) { board in
      try await board.settle()
      let summaries = try await board.values(Summary.self)
      #expect(Set(summaries) == Set((0..<11).map { Summary(products: [$0]) }))
      #expect(try await board.outcomes(of: "assembler").count == 11)
      let product = try #require(try await board.artifacts(Product.self).first)
      #expect(try await board.store.lineage(of: product.id, .up).artifacts.count == 3)
    }
  }

  @Test(arguments: Setup.all)
  func `a program that was published to before it started finds everything`(setup: Setup) async throws {
    let place = try StorePlace(setup, clock: SystemClock())
    try await withBoard(at: place, Self.agents) { board in
      for number in 0..<6 { try await board.publish(Part(number: number), in: "\(number)") }
    }
    try await withBoard(at: place, Self.agents) { board in
      for number in 0..<6 { try await board.publish(Plan(number: number), in: "\(number)") }
      try await board.settle()
      #expect(Set(try await board.values(Product.self)) == Set((0..<6).map { Product(part: $0, plan: $0) }))
    }
  }
}
