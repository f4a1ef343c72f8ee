#if SQLite
import CPowerCut
import FlockSQLite
import Testing

/// The simulated disk is one for the process, hence serialized.
@Suite(.serialized) struct PowerCutTests {
  @Test func `200 cuts lose no acknowledged commit and damage nothing when each commit is synced`() throws {
    let length = try CutCampaign.length()
    var campaign = CutCampaign()
    for seed in UInt64(1)...200 { try campaign.run(seed: seed, length: length) }
    #expect(campaign.cases.count == 200)
    #expect(campaign.damaged.isEmpty)
    #expect(campaign.lost.isEmpty)
    #expect(campaign.invented.isEmpty)
    // The cuts fell everywhere, and each kind of fault was there.
    #expect(Set(campaign.cases.map(\.acknowledged)).count > 30)
    #expect(campaign.total.operations > 0)
    #expect(campaign.total.writes > 0)
    #expect(campaign.total.syncs > 0)
    #expect(campaign.total.truncates > 0)
    #expect(campaign.total.deletes > 0)
    #expect(campaign.total.directory_syncs > 0)
    #expect(campaign.total.dropped > 0)
    #expect(campaign.total.torn > 0)
    #expect(campaign.total.kept > 0)
    #expect(campaign.total.names_dropped > 0)
  }

  @Test func `the same cuts lose or damage when nothing is synced`() throws {
    let length = try CutCampaign.length()
    var campaign = CutCampaign()
    for seed in UInt64(1)...200 { try campaign.run(seed: seed, length: length) { $0.synchronous = .off } }
    #expect(!campaign.lost.isEmpty)
    #expect(!campaign.damaged.isEmpty)
    #expect(campaign.total.dropped > 0)
    #expect(campaign.total.torn > 0)
    #expect(campaign.total.kept > 0)
  }

  @Test func `when only checkpoints are synced, cuts lose the latest commits and damage nothing`() throws {
    let length = try CutCampaign.length { $0.synchronous = .normal }
    var campaign = CutCampaign()
    for seed in UInt64(1)...100 { try campaign.run(seed: seed, length: length) { $0.synchronous = .normal } }
    #expect(campaign.damaged.isEmpty)
    #expect(campaign.invented.isEmpty)
    #expect(!campaign.lost.isEmpty)
  }

  @Test func `with a rollback journal a cut may bring back the journal of the last commit, no more`() throws {
    let length = try CutCampaign.length { $0.journalMode = .delete }
    var campaign = CutCampaign()
    for seed in UInt64(1)...100 { try campaign.run(seed: seed, length: length) { $0.journalMode = .delete } }
    #expect(campaign.damaged.isEmpty)
    #expect(campaign.invented.isEmpty)
    // https://sqlite.org/pragma.html#pragma_synchronous: only EXTRA syncs the directory after the journal's deletion.
    #expect(!campaign.lost.isEmpty)
    #expect(campaign.total.names_dropped > 0)
    #expect(campaign.lost.allSatisfy { $0.survived == $0.acknowledged - 1 })
  }

  @Test func `a writer's groups are on disk when their submitters are told`() async throws {
    try #require(powercut_register() == 0)
    var partial = 0
    for seed in UInt64(1)...40 {
      let file = try DatabaseFile()
      let workload = CounterWorkload(path: file.path)
      powercut_arm(seed, 0)
      let setup = try workload.open()
      try setup.execute("CREATE TABLE t(n INTEGER PRIMARY KEY, b BLOB)")
      setup.close()
      powercut_arm(seed, CutCampaign.place(seed, 120))
      let told = try await writeUntilCut(file)
      powercut_cut(seed)
      #expect(powercut_fault() == 0)
      let database = try file.open()
      #expect(try database.integrityProblems().isEmpty)
      let found = Set(try database.integers("SELECT n FROM t"))
      #expect(found.isSuperset(of: told), "seed \(seed)")
      #expect(found.isSubset(of: 1...60))
      partial += told.isEmpty || told.count == 60 ? 0 : 1
    }
    #expect(partial > 10)
  }

  /// Sixty items by sixty tasks; the numbers whose submitters were told of success.
  private func writeUntilCut(_ file: DatabaseFile) async throws -> Set<Int64> {
    var limits = SQLiteWriterConfiguration()
    limits.maximumGroupItems = 4
    guard let writer = try? SQLiteWriter(file.configuration { $0.vfs = "powercut" }, limits) else { return [] }
    let told = await withTaskGroup(of: Int64?.self) { group in
      for number in Int64(1)...60 {
        group.addTask {
          let isWritten: Void? = try? await writer.submit { database in
            try database.execute("INSERT INTO t VALUES (\(number), zeroblob(\(number * 100)))")
          }
          return isWritten == nil ? nil : number
        }
      }
      return await group.reduce(into: Set<Int64>()) { if let number = $1 { $0.insert(number) } }
    }
    await writer.shutdown()
    return told
  }
}
#endif
