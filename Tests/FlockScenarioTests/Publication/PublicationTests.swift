import Flock
import FlockCore
import FlockKernel
import Testing

private struct Order: ArtifactPayload {
  static let artifactType = ArtifactType("publication/order")
  var number: Int
}

private struct Invoice: ArtifactPayload, Hashable {
  static let artifactType = ArtifactType("publication/invoice")
  var number: Int
}

private struct Parcel: ArtifactPayload, Hashable {
  static let artifactType = ArtifactType("publication/parcel")
  var number: Int
  var part: Int
}

private struct Receipt: ArtifactPayload, Hashable {
  static let artifactType = ArtifactType("publication/receipt")
  var number: Int
}

/// What one run may publish, in the eight ways of the pattern guide.
@Suite struct PublicationTests {
  private static let shop = Agent("shop").consumes(Order.self).retry(.never)

  private func publish(_ numbers: Range<Int>, to board: Board) async throws {
    try await board.flock.publish(contentsOf: numbers.map { Order(number: $0) })
    try await board.settle()
  }

  @Test(arguments: Setup.all)
  func `single: one artifact for one`(setup: Setup) async throws {
    let agent = Self.shop.publishes(Invoice.self, .exactly(1)).runs { (order: Order, _) in Invoice(number: order.number) }
    try await withBoard(setup, [agent]) { board in
      try await publish(0..<10, to: board)
      #expect(Set(try await board.values(Invoice.self)) == Set((0..<10).map { Invoice(number: $0) }))
    }
  }

  @Test(arguments: Setup.all)
  func `several types in one run`(setup: Setup) async throws {
    let agent = Self.shop.publishes(Invoice.self, .exactly(1)).publishes(Receipt.self, .exactly(1)).runs { context in
      let number = try context.input(Order.self).number
      try context.publish(Invoice(number: number))
      try context.publish(Receipt(number: -number))
    }
    try await withBoard(setup, [agent]) { board in
      try await publish(1..<9, to: board)
      #expect(Set(try await board.values(Invoice.self)) == Set((1..<9).map { Invoice(number: $0) }))
      #expect(Set(try await board.values(Receipt.self)) == Set((1..<9).map { Receipt(number: -$0) }))
      #expect(try await board.outcomes(of: "shop").map(\.outputCount) == Array(repeating: 2, count: 8))
    }
  }

  @Test(arguments: Setup.all)
  func `N of one type, and N of each of several`(setup: Setup) async throws {
    let agent = Self.shop.publishes(Parcel.self, .exactly(3)).publishes(Receipt.self, .exactly(2)).runs { context in
      let number = try context.input(Order.self).number
      for part in 1...3 { try context.publish(Parcel(number: number, part: part)) }
      for copy in 0..<2 { try context.publish(Receipt(number: number * 10 + copy)) }
    }
    try await withBoard(setup, [agent]) { board in
      try await publish(0..<6, to: board)
      let parcels = try await board.artifacts(Parcel.self)
      #expect(parcels.count == 18)
      #expect(Set(parcels.map(\.id)).count == 18)
      let expected = (0..<6).flatMap { number in (1...3).map { Parcel(number: number, part: $0) } }
      #expect(Set(try await board.values(Parcel.self)) == Set(expected))
      #expect(try await board.values(Receipt.self).map(\.number).sorted() == [0, 1, 10, 11, 20, 21, 30, 31, 40, 41, 50, 51])
    }
  }

  @Test(arguments: Setup.all)
  func `a count that the contract does not allow is a dead letter and publishes nothing`(setup: Setup) async throws {
    let agent = Self.shop.publishes(Parcel.self, .range(1...3)).runs { context in
      let number = try context.input(Order.self).number
      for part in 0..<number { try context.publish(Parcel(number: number, part: part)) }
    }
    try await withBoard(setup, [agent]) { board in
      try await publish(0..<6, to: board)
      // Orders 1, 2 and 3 are within the range; 0 has too few parcels, 4 and 5 have too many.
      #expect(try await board.values(Parcel.self).map(\.number).sorted() == [1, 2, 2, 3, 3, 3])
      let letters = try await board.deadLetters()
      #expect(letters.map(\.failure.cause) == [.contractViolation, .contractViolation, .contractViolation])
      #expect(try letters.map { try $0.inputs[0].value(as: Order.self).number }.sorted() == [0, 4, 5])
    }
  }

  @Test(arguments: Setup.all)
  func `filtered: what does not satisfy the filter is left out, also all of it`(setup: Setup) async throws {
    let agent = Self.shop.publishes(Parcel.self, where: { $0.part.isMultiple(of: 2) }).runs { context in
      let number = try context.input(Order.self).number
      for part in 0..<number { try context.publish(Parcel(number: number, part: part)) }
    }
    try await withBoard(setup, [agent]) { board in
      try await publish(0..<5, to: board)
      let parts = Dictionary(grouping: try await board.values(Parcel.self), by: \.number).mapValues { $0.map(\.part).sorted() }
      #expect(parts == [1: [0], 2: [0], 3: [0, 2], 4: [0, 2]])
      #expect(try await board.outcomes(of: "shop").count { $0.kind == .success } == 5)
    }
  }

  @Test(arguments: Setup.all)
  func `validated: the first failure ends the run, and nothing of it is published`(setup: Setup) async throws {
    let agent = Self.shop
      .publishes(Receipt.self)
      .publishes(Parcel.self, validate: [("parts are positive", { $0.part > 0 }), ("at most two parts", { $0.part <= 2 })])
      .runs { context in
        let number = try context.input(Order.self).number
        try context.publish(Receipt(number: number))
        for part in 1...max(1, number) { try context.publish(Parcel(number: number, part: number == 0 ? 0 : part)) }
      }
    try await withBoard(setup, [agent]) { board in
      try await publish(0..<4, to: board)
      #expect(try await board.values(Receipt.self).map(\.number).sorted() == [1, 2])
      #expect(try await board.values(Parcel.self).map(\.number).sorted() == [1, 2, 2])
      let messages = Dictionary(
        uniqueKeysWithValues: try await board.deadLetters().map { (try $0.inputs[0].value(as: Order.self).number, $0.failure.message) })
      #expect(messages.keys.sorted() == [0, 3])
      #expect(messages[0]?.hasSuffix("parts are positive") == true)
      #expect(messages[3]?.hasSuffix("at most two parts") == true)
    }
  }

  @Test(arguments: Setup.all)
  func `per-artifact visibility: a rule computed from each payload`(setup: Setup) async throws {
    let agent = Self.shop
      .publishes(Parcel.self, visibility: { (parcel: Parcel) in parcel.part == 0 ? .public : .tenant("region \(parcel.part)") })
      .runs { (order: Order, _) in (0..<3).map { Parcel(number: order.number, part: $0) } }
    let readers = (1...2).map { region in
      Agent("reader \(region)").tenant("region \(region)").consumes(Parcel.self).publishes(Receipt.self)
        .runs { (parcel: Parcel, _) in Receipt(number: region * 100 + parcel.part * 10 + parcel.number) }
    }
    try await withBoard(setup, [agent] + readers) { board in
      try await publish(0..<2, to: board)
      // Each region reads part 0, which is public, and its own part.
      #expect(try await board.values(Receipt.self).map(\.number).sorted() == [100, 101, 110, 111, 200, 201, 220, 221])
      #expect(try await board.store.summary(ArtifactFilter()).byVisibility["tenant"] == 4)
    }
  }

  /// Filter, then validation, then visibility: what an earlier stage left out is never shown to a later one, which would
  /// throw.
  @Test(arguments: Setup.all)
  func `all combined: filter, validation and visibility in this order`(setup: Setup) async throws {
    var contract = OutputContract(type: Parcel.artifactType, fanOut: .range(0...5))
    contract.filter = TypedMatcher<Parcel> { $0.part >= 0 }
    contract.validations = [.init(message: "a part was not filtered", matcher: TypedMatcher<Parcel> { $0.part >= 0 && $0.part < 100 })]
    contract.visibility = .computed { payload in
      let parcel = try payload.value(as: Parcel.self)
      guard (0..<100).contains(parcel.part) else { throw PermanentFailure("visibility was asked too early") }
      return parcel.part == 1 ? .labels("customs") : .public
    }
    contract.tags = ["parcel"]
    let agent = Self.shop.publishes(contract).runs { context in
      let number = try context.input(Order.self).number
      for part in [-1, 0, 1, number] { try context.publish(Parcel(number: number, part: part), tags: ["extra"]) }
    }
    try await withBoard(setup, [agent]) { board in
      try await board.flock.publish(contentsOf: [Order(number: 2), Order(number: -5), Order(number: 100)])
      try await board.settle()
      let parcels = try await board.artifacts(Parcel.self)
      let shown = try parcels.map { artifact in
        let parcel = try artifact.value(as: Parcel.self)
        return "\(parcel.number) \(parcel.part) \(artifact.visibility.kind.rawValue) \(artifact.tags.names.joined(separator: "+"))"
      }
      #expect(
        shown.sorted() == [
          "-5 0 public extra+parcel", "-5 1 labels extra+parcel", "2 0 public extra+parcel", "2 1 labels extra+parcel",
          "2 2 public extra+parcel",
        ])
      let letters = try await board.deadLetters()
      #expect(letters.count == 1)
      #expect(letters.first?.failure.message.hasSuffix("a part was not filtered") == true)
    }
  }

  @Test(arguments: Setup.all)
  func `a type that is not declared is refused, even if the agent catches the error`(setup: Setup) async throws {
    let agent = Self.shop.publishes(Invoice.self).runs { context in
      try context.publish(Invoice(number: 1))
      _ = try? context.publish(Receipt(number: 1))
    }
    try await withBoard(setup, [agent]) { board in
      try await publish(0..<1, to: board)
      #expect(try await board.values(Invoice.self).isEmpty)
      let letter = try #require(try await board.deadLetters().first)
      #expect(letter.failure.cause == .contractViolation)
      #expect(letter.attempts == 1)
    }
  }
}
