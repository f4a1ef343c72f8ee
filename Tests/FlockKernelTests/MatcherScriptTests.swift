import FlockCore
import FlockKernel
import Testing

/// Random scripts against the reference matcher: what each rule made of its recorded arrivals.
@Suite struct MatcherScriptTests {
  enum Interruption: String, CaseIterable { case none, crashes, restarts, both }

  @Test("gates, joins and batches agree with the reference", arguments: [1, 8], Interruption.allCases)
  func agrees(_ shards: Int, _ interruption: Interruption) throws {
    for seed in 0..<(shards == 1 ? 700 : 350) {
      let problems = try MatcherScript(seed: UInt64(seed), shards: shards, interruption: interruption).run()
      let isFine = problems.isEmpty
      #expect(isFine, "seed \(seed): \(problems.joined(separator: "; "))")
      if !isFine { break }
    }
  }

  @Test("interruptions change nothing on one shard", arguments: [Interruption.crashes, .restarts, .both])
  func sameWithout(_ interruption: Interruption) throws {
    for seed in 1_000..<1_300 {
      let plain = MatcherScript(seed: UInt64(seed), shards: 1, interruption: .none)
      let broken = MatcherScript(seed: UInt64(seed), shards: 1, interruption: interruption)
      let expected = try plain.outcomeNames()
      let found = try broken.outcomeNames()
      let isSame = found == expected
      #expect(isSame, "seed \(seed)")
      if !isSame { break }
    }
  }

  /// Each key and each correlation gets exactly what one round needs, so that order cannot matter.
  @Test func `one and eight shards make the same sets of what does not depend on order`() throws {
    let names: Set = ["immediate", "tagged-any", "gate", "join", "count-only"]
    let rules =
      ReferenceRule.shapes.filter { names.contains($0.name) } + [ReferenceRule(name: "whole-rounds", counts: [2, 2, 1])]
    let gates = ["agent-gate", "agent-count-only", "agent-whole-rounds"]
    for seed in 0..<200 {
      var results: [Set<[ArtifactID]>] = []
      for shards in [1, 8] {
        var random = SplitMix64(state: UInt64(seed))
        var harness = try KernelHarness(rules.map(\.agent), shards: shards)
        // 12 alphas, 12 betas and 6 gammas a correlation: whole rounds of every gate; the keys are the correlations.
        var board: [Artifact] = []
        for correlation in 0..<3 {
          for number in 0..<30 {
            let id = correlation * 100 + number
            let key = random.next() % 3 == 0 ? "partition \(random.next() % 5)" : nil
            let tags: Tags = random.next() % 2 == 0 ? ["red"] : []
            switch number {
            case 0..<12: board.append(artifact(id, Alpha(key: id, number: 5), correlation: correlation, partitionKey: key, tags: tags))
            case 12..<24:
              board.append(artifact(id, Beta(key: id - 12, number: 5), correlation: correlation, partitionKey: key, tags: tags))
            default: board.append(artifact(id, Gamma(key: id), correlation: correlation, partitionKey: key))
            }
          }
        }
        for (place, artifact) in board.shuffled(using: &random).enumerated() {
          harness.publish(artifact)
          if place % 7 == 0 { harness.turn(place % shards) }
        }
        let rests = harness.settle()
        #expect(rests)
        // Gates are compared by what each correlation's runs took together: which of equals stand together is a matter of order.
        var sets: Set<[ArtifactID]> = []
        for outcome in harness.outcomes where !gates.contains(outcome.agent.name) { sets.insert(outcome.inputs.ids) }
        for name in gates {
          for correlation in 0..<3 {
            let taken = harness.outcomes.filter { $0.agent.name == name && $0.correlation == correlationID(correlation) }
            sets.insert(taken.flatMap(\.inputs.ids).sorted())
          }
        }
        results.append(sets)
      }
      let isSame = results[0] == results[1]
      #expect(isSame, "seed \(seed)")
      #expect(results[0].contains { $0.count == 12 * 2 + 6 }, "every gamma found its round")
    }
  }
}

/// One random script: it publishes, lets time pass, feeds, finishes, commits and interrupts.
struct MatcherScript {
  let seed: UInt64
  let shards: Int
  let interruption: MatcherScriptTests.Interruption
  let rules: [ReferenceRule]

  init(seed: UInt64, shards: Int, interruption: MatcherScriptTests.Interruption) {
    self.seed = seed
    self.shards = shards
    self.interruption = interruption
    var random = SplitMix64(state: seed &* 77)
    rules = Array(ReferenceRule.shapes.shuffled(using: &random).prefix(4))
  }

  /// Plays the script to its end, with the remainders of batches flushed.
  private func play() throws -> (harness: KernelHarness, problems: [String]) {
    var events = SplitMix64(state: seed)
    // Interruptions and ends have their own sources, so that the same script is played with and without them.
    var ends = SplitMix64(state: seed &+ 2_000_003)
    var disasters = SplitMix64(state: seed &+ 1_000_003)
    var problems: [String] = []
    // Whatever runs here is innocent, however often the process dies.
    var configuration = KernelConfiguration()
    configuration.maximumCrashes = .max
    var harness = try KernelHarness(rules.map(\.agent), shards: shards, configuration: configuration)
    harness.ingestLimit = 1 + Int(events.next() % 5)
    var number = 0
    for _ in 0..<(40 + Int(events.next() % 40)) {
      let shard = Int(events.next() % UInt64(shards))
      switch events.next() % 10 {
      case 0..<5:
        number += 1
        harness.publish(MatcherScript.artifact(number, &events))
      case 5: harness.clock = harness.clock + .milliseconds(Int64(events.next() % 4) * 10)
      case 6, 7: for shard in 0..<shards { harness.turn(shard) }
      case 8: for index in harness.shards[shard].running.indices.reversed() where ends.next() % 2 == 0 { harness.finish(shard, index) }
      default: harness.commit(shard)
      }
      try interrupt(&harness, &disasters)
    }
    if !harness.settle() { problems.append("the script did not come to rest") }
    // Time passes until some windows are over, others not.
    harness.clock = harness.clock + .milliseconds(Int64(events.next() % 8) * 10)
    if !harness.settle() { problems.append("the end did not come to rest") }
    return (harness, problems)
  }

  private func interrupt(_ harness: inout KernelHarness, _ disasters: inout SplitMix64) throws {
    guard interruption != .none, disasters.next() % 6 == 0 else { return }
    let hit = disasters.next() % 3 == 0 ? nil : [Int(disasters.next() % UInt64(shards))]
    let crashes = interruption == .crashes || interruption == .both && disasters.next() % 2 == 0
    if crashes {
      // Sometimes a commit was on its way and never arrived.
      if disasters.next() % 2 == 0 { for shard in hit ?? Array(0..<shards) { _ = harness.shards[shard].kernel.makeCommit() } }
      try harness.crash(hit)
    } else {
      try harness.restart(hit)
    }
  }

  private static func artifact(_ number: Int, _ random: inout SplitMix64) -> Artifact {
    let key = Int(random.next() % 3)
    let value = Int(random.next() % 6)
    let correlation = Int(random.next() % 3)
    let partition = random.next() % 4 == 0 ? "p\(random.next() % 4)" : nil
    let tags = Tags(["red", "blue", "green"].filter { _ in random.next() % 2 == 0 })
    func make<T: ArtifactPayload>(_ value: T) -> Artifact {
      FlockKernelTests.artifact(number, value, correlation: correlation, partitionKey: partition, tags: tags)
    }
    switch random.next() % 3 {
    case 0: return make(Alpha(key: key, number: value))
    case 1: return make(Beta(key: key, number: value))
    default: return make(Gamma(key: key, number: value))
    }
  }

  /// - Returns: what differs from the reference; nothing when all is well.
  func run() throws -> [String] {
    var (harness, problems) = try play()
    for rule in rules { problems += compare(rule, harness, isFlushed: false) }
    for shard in 0..<shards { harness.shards[shard].kernel.flushBatches() }
    if !harness.settle() { problems.append("the flush did not come to rest") }
    for rule in rules { problems += compare(rule, harness, isFlushed: true) }
    var seen: Set<String> = []
    for outcome in harness.outcomes where !seen.insert("\(outcome.run) \(outcome.replayNumber)").inserted {
      problems.append("run \(outcome.run) has two outcomes")
    }
    return problems
  }

  /// The names of all committed runs with what they consumed, in no order.
  func outcomeNames() throws -> [String] {
    var (harness, problems) = try play()
    for shard in 0..<shards { harness.shards[shard].kernel.flushBatches() }
    harness.settle()
    return problems + harness.outcomes.map { "\($0.run) \($0.inputs.ids)" }.sorted()
  }

  private func compare(_ rule: ReferenceRule, _ harness: KernelHarness, isFlushed: Bool) -> [String] {
    var problems: [String] = []
    func check(_ what: String, _ found: [String], _ wanted: [String]) {
      if found.sorted() != wanted.sorted() {
        problems.append("\(rule) \(isFlushed ? "after the flush " : "")\(what) are \(found.sorted()), not \(wanted.sorted())")
      }
    }
    func short(_ ids: some Sequence<ArtifactID>) -> String {
      ids.map { String($0.value.low & 0xFFFF) }.joined(separator: ",")
    }
    var matchers: [ReferenceMatcher] = []
    for shard in 0..<shards {
      var matcher = ReferenceMatcher(rule, shard: shard, router: harness.router)
      matcher.feed(harness.shards[shard].log)
      matcher.pass(to: harness.clock)
      if isFlushed { matcher.flush() }
      matchers.append(matcher)
    }
    let id = matchers[0].subscription
    let runs = harness.outcomes.filter { $0.subscription == id && $0.kind == .success }.map { short($0.inputs.ids) }
    check("the runs", runs, matchers.flatMap { $0.orderedRuns.map { short($0) } })
    let agentName = matchers[0].agent
    let waiting = harness.shards.flatMap { $0.kernel.waiting() }.filter { $0.agent == agentName }
    let pooled = waiting.filter { $0.kind == .gate || $0.kind == .join }.flatMap(\.artifacts)
    check("leftovers", pooled.map { short([$0]) }, matchers.flatMap { $0.pooled.map { short([$0]) } })
    let batched = waiting.filter { $0.kind == .batch }.flatMap(\.artifacts)
    check("the batched", batched.map { short([$0]) }, matchers.flatMap { $0.batched.map { short([$0]) } })
    let expired = harness.reasons.filter { $0.subscription == id && $0.reason == .windowExpired }.map { short([$0.artifact]) }
    check("the expired", expired, matchers.flatMap { $0.expired.map { short([$0]) } })
    // Each input is in exactly one place.
    var places: [ArtifactID: Int] = [:]
    for artifact in harness.shards.flatMap({ $0.log.compactMap(\.record.artifact) }) where matchers[0].takes(artifact) {
      places[artifact.id] = 0
    }
    for run in harness.outcomes where run.subscription == id { for input in run.inputs.ids { places[input, default: 9] += 1 } }
    for item in pooled + batched { places[item, default: 9] += 1 }
    for reason in harness.reasons where reason.subscription == id && reason.reason == .windowExpired {
      places[reason.artifact, default: 9] += 1
    }
    for (artifact, count) in places where count != 1 { problems.append("\(rule.name): \(short([artifact])) is in \(count) places") }
    // What had to travel did, once.
    func relayed(_ stage: Relay.Stage) -> [String] {
      harness.shards.flatMap { shard in
        shard.log.compactMap { logged -> String? in
          guard case .relay(let relay) = logged.record, relay.subscription == id, relay.stage == stage else { return nil }
          return "\(relay.targetShard): \(short(relay.artifacts.map(\.id)))"
        }
      }
    }
    check("relayed inputs", relayed(.matched), matchers.flatMap { $0.outgoingMembers.map { "\($0.shard): \(short($0.ids))" } })
    check("relayed sets", relayed(.completedSet), matchers.flatMap { $0.outgoingSets.map { "\($0.shard): \(short($0.ids))" } })
    return problems
  }
}
