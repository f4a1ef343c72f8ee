import Flock
import FlockCore
import FlockKernel
import FlockTestKit
import Testing

private struct Scan: ArtifactPayload {
  static let artifactType = ArtifactType("medical/scan")
  var patient: String
  var finding: String
}

private struct Lab: ArtifactPayload {
  static let artifactType = ArtifactType("medical/lab")
  var patient: String
  var value: Int
}

private struct Diagnosis: ArtifactPayload, Hashable {
  static let artifactType = ArtifactType("medical/diagnosis")
  var patient: String
  var finding: String
  var value: Int
}

/// Medical diagnostics: a scan and a laboratory value of one patient belong together, whoever sent them.
@Suite struct JoinProgramTests {
  private static func radiologist(within window: Subscription.Window? = nil) -> Agent {
    Agent("diagnostician").joins(Scan.self, by: \.patient, Lab.self, by: \.patient, within: window)
      .publishes(Diagnosis.self, .exactly(1)).timeout(nil)
      .runs { context in
        let scan = try context.input(Scan.self)
        let lab = try context.input(Lab.self)
        guard scan.patient == lab.patient else { throw PermanentFailure("the results of two patients were mixed") }
        try context.publish(Diagnosis(patient: scan.patient, finding: scan.finding, value: lab.value))
      }
  }

  @Test(arguments: Setup.all)
  func `results of forty patients meet by patient, across correlations and shards`(setup: Setup) async throws {
    try await withBoard(setup, [Self.radiologist()]) { board in
      let patients = (0..<40).map { "patient \($0)" }
      // Scans forwards, laboratory values backwards, each a correlation of its own.
      try await board.flock.publish(contentsOf: patients.map { Scan(patient: $0, finding: "finding of \($0)") })
      try await board.flock.publish(contentsOf: (0..<40).reversed().map { Lab(patient: "patient \($0)", value: $0 * $0) })
      let lonely = try await board.publish(Scan(patient: "nobody", finding: "none"))
      let report = try await board.settle()
      let expected = (0..<40).map { Diagnosis(patient: "patient \($0)", finding: "finding of patient \($0)", value: $0 * $0) }
      let diagnoses = try await board.values(Diagnosis.self)
      #expect(diagnoses.count == 40)
      #expect(Set(diagnoses) == Set(expected))
      #expect(report.waiting.map(\.kind) == [.join])
      #expect(report.waiting.flatMap(\.artifacts) == [lonely.id])
    }
  }

  @Test(arguments: Setup.all)
  func `a time window is counted from a group's first arrival, and what it lets go is on record`(setup: Setup) async throws {
    let clock = ManualClock()
    try await withBoard(setup, [Self.radiologist(within: .time(.seconds(300)))], clock: clock) { board in
      try await board.flock.start()
      func scan(_ patient: String) async throws -> Artifact { try await board.publish(Scan(patient: patient, finding: "x")) }
      var inputs = [try await scan("in time"), try await scan("too late"), try await scan("never")]
      // Until each has reached the shard of its patient: the window counts from there.
      try await board.settle()
      clock.advance(by: .seconds(299))
      inputs.append(try await board.publish(Lab(patient: "in time", value: 1)))
      try await board.settle()
      clock.advance(by: .seconds(2))
      inputs.append(try await board.publish(Lab(patient: "too late", value: 2)))
      try await board.settle()
      #expect(try await board.values(Diagnosis.self) == [Diagnosis(patient: "in time", finding: "x", value: 1)])
      try await eventually("two groups to expire") { try await board.fates(of: inputs, agent: "diagnostician").expired.count == 2 }
      let fates = try await board.fates(of: inputs, agent: "diagnostician")
      fates.expectEachOnce(inputs)
      #expect(Set(fates.expired) == [inputs[1].id, inputs[2].id])
      #expect(fates.leftOver == [inputs[4].id])
      #expect(
        try await board.verdict(inputs[1], of: "diagnostician").detail == "its group's window ended before the group was complete")
    }
  }

  /// The reference: a group is begun by what comes first and ends once more than `window` have come after it.
  private static func reference(
    _ order: [Artifact], window: Int
  ) -> (sets: Set<[ArtifactID]>, expired: Set<ArtifactID>, left: Set<ArtifactID>) {
    var sets: Set<[ArtifactID]> = []
    var expired: Set<ArtifactID> = []
    var scans: [Artifact] = []
    var labs: [Artifact] = []
    for artifact in order {
      if scans.count + labs.count > window {
        expired.formUnion((scans + labs).map(\.id))
        scans = []
        labs = []
      }
      if artifact.type == Scan.artifactType { scans.append(artifact) } else { labs.append(artifact) }
      if let scan = scans.first, let lab = labs.first {
        sets.insert([scan.id, lab.id])
        scans.removeFirst()
        labs.removeFirst()
      }
    }
    return (sets, expired, Set((scans + labs).map(\.id)))
  }

  @Test(arguments: Setup.all)
  func `a count window agrees with a plain matcher that is fed each key's recorded order`(setup: Setup) async throws {
    try await withBoard(setup, [Self.radiologist(within: .count(2))]) { board in
      var inputs: [Artifact] = []
      for number in 0..<120 {
        let patient = "patient \(number % 7)"
        // Runs of scans longer than the window, so that some groups end unfinished.
        if (number / 7) % 6 < 4 {
          inputs.append(try await board.publish(Scan(patient: patient, finding: "\(number)")))
        } else {
          inputs.append(try await board.publish(Lab(patient: patient, value: number)))
        }
      }
      try await board.settle()
      let order = try await board.recordedOrder { artifact -> String? in
        if artifact.type == Scan.artifactType { return try artifact.value(as: Scan.self).patient }
        if artifact.type == Lab.artifactType { return try artifact.value(as: Lab.self).patient }
        return nil
      }
      #expect(order.count == 7)
      #expect(order.values.map(\.count).reduce(0, +) == 120)
      let expected = order.values.map { Self.reference($0, window: 2) }
      let fates = try await board.fates(of: inputs, agent: "diagnostician")
      fates.expectEachOnce(inputs)
      #expect(Set(fates.sets) == expected.reduce(into: Set()) { $0.formUnion($1.sets) })
      #expect(Set(fates.expired) == expected.reduce(into: Set()) { $0.formUnion($1.expired) })
      #expect(Set(fates.leftOver) == expected.reduce(into: Set()) { $0.formUnion($1.left) })
      #expect(!fates.expired.isEmpty && !fates.sets.isEmpty)
    }
  }

  @Test(arguments: Setup.all)
  func `completed pairs are batched: the unit of the batch is the pair`(setup: Setup) async throws {
    let ward = Agent("ward").joins(Scan.self, by: \.patient, Lab.self, by: \.patient).batched(size: 4)
      .publishes(Diagnosis.self).runs { context in
        let scans = try context.inputs(Scan.self).map(\.patient)
        guard try scans.sorted() == context.inputs(Lab.self).map(\.patient).sorted() else {
          throw PermanentFailure("a batch tore a pair apart")
        }
        for patient in scans { try context.publish(Diagnosis(patient: patient, finding: "", value: scans.count)) }
      }
    try await withBoard(setup, [ward]) { board in
      var inputs = try await board.flock.publish(contentsOf: (0..<10).map { Scan(patient: "\($0)", finding: "") })
      inputs += try await board.flock.publish(contentsOf: (0..<11).map { Lab(patient: "\($0)", value: 0) })
      try await board.settle(flush: false)
      let before = try await board.fates(of: inputs, agent: "ward")
      before.expectEachOnce(inputs)
      #expect(before.sizes == [8, 8])
      try await board.settle()
      let after = try await board.fates(of: inputs, agent: "ward")
      after.expectEachOnce(inputs)
      #expect(after.sizes == [4, 8, 8])
      #expect(after.leftOver == [inputs[20].id])
      #expect(Set(try await board.values(Diagnosis.self).map(\.patient)) == Set((0..<10).map { "\($0)" }))
      #expect(try await board.deadLetters().isEmpty)
    }
  }
}
