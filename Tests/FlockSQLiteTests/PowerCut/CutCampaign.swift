#if SQLite
import CPowerCut
import FlockSQLite
import Testing

/// Many runs of one workload, each cut at a place of its own, and what they came to.
struct CutCampaign {
  /// A seed with what it did, for the test's message.
  struct Case: CustomStringConvertible {
    let seed: UInt64
    let cutAt: UInt64
    let acknowledged: Int64
    let finding: CounterWorkload.Finding

    /// The count that survived, -1 without tables, `nil` for a damaged database.
    var survived: Int64? {
      switch finding {
      case .empty: -1
      case .counted(let count): count
      case .damaged: nil
      }
    }

    var description: String { "seed \(seed), cut at \(cutAt), acknowledged \(acknowledged): \(finding)" }
  }

  private(set) var cases: [Case] = []
  private(set) var total = powercut_counters()

  var damaged: [Case] { cases.filter { $0.survived == nil } }

  /// An acknowledged commit is not there.
  var lost: [Case] { cases.filter { $0.survived ?? .max < $0.acknowledged } }

  /// More is there than was ever begun: at most the one commit whose answer never came may be.
  var invented: [Case] { cases.filter { $0.survived ?? .min > $0.acknowledged + 1 } }

  /// How many operations the full workload takes in this mode, cut nowhere.
  static func length(_ change: (inout CounterWorkload) -> Void = { _ in }) throws -> UInt64 {
    let file = try DatabaseFile()
    var workload = CounterWorkload(path: file.path)
    change(&workload)
    try #require(powercut_register() == 0)
    powercut_arm(0, 0)
    try #require(workload.run() == workload.commits)
    return powercut_read_counters().operations
  }

  /// A seed's place among `length` operations: the splitmix64 finalizer, so that neighbours lie far apart.
  static func place(_ seed: UInt64, _ length: UInt64) -> UInt64 {
    var z = seed &* 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    return 1 + (z ^ (z >> 27)) % length
  }

  mutating func run(
    seed: UInt64, length: UInt64, _ change: (inout CounterWorkload) -> Void = { _ in }
  ) throws {
    let file = try DatabaseFile()
    var workload = CounterWorkload(path: file.path)
    change(&workload)
    let cutAt = Self.place(seed, length)
    powercut_arm(seed, cutAt)
    let acknowledged = workload.run()
    // A mode with fewer operations may have come to its end: the power goes then.
    powercut_cut(seed)
    #expect(powercut_is_cut() == 1)
    #expect(powercut_fault() == 0)
    add(powercut_read_counters())
    cases.append(Case(seed: seed, cutAt: cutAt, acknowledged: acknowledged, finding: workload.check()))
  }

  mutating func add(_ counters: powercut_counters) {
    total.operations += counters.operations
    total.writes += counters.writes
    total.syncs += counters.syncs
    total.truncates += counters.truncates
    total.deletes += counters.deletes
    total.directory_syncs += counters.directory_syncs
    total.dropped += counters.dropped
    total.torn += counters.torn
    total.kept += counters.kept
    total.names_dropped += counters.names_dropped
  }
}
#endif
