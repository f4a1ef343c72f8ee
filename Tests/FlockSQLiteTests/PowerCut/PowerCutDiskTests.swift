#if SQLite
import CPowerCut
import FlockSQLite
import Foundation
import Testing

/// The rules of the simulated disk, seen in the files' bytes.
extension PowerCutTests {
  private func contents(_ path: String) -> [UInt8] {
    (try? Data(contentsOf: URL(fileURLWithPath: path))).map { [UInt8]($0) } ?? []
  }

  /// A database whose state is durable, with one large commit after it that is not.
  private func withUnsyncedCommit(
    _ body: (_ file: DatabaseFile, _ before: [UInt8], _ live: [UInt8]) throws -> Void
  ) throws {
    try #require(powercut_register() == 0)
    let file = try DatabaseFile()
    powercut_arm(1, 0)
    let database = try CounterWorkload(path: file.path, synchronous: .off).open()
    try database.execute("PRAGMA wal_autocheckpoint=0; CREATE TABLE t(b)")
    powercut_arm(1, 0)
    let before = contents(file.path + "-wal")
    let insert = try database.prepare("INSERT INTO t VALUES (?)")
    try insert.bind(CounterWorkload.body(9) + [UInt8](repeating: 0xEE, count: 120_000), at: 1)
    try insert.run()
    try body(file, before, contents(file.path + "-wal"))
    database.close()
  }

  @Test func `without a cut the files are what was written`() throws {
    try withUnsyncedCommit { file, before, live in
      #expect(live.count > before.count + 100_000)
      #expect(live.starts(with: before))
      #expect(powercut_is_cut() == 0)
      let other = try file.open()
      #expect(try other.integer("SELECT count(*) FROM t") == 1)
    }
  }

  @Test func `a cut keeps what was durable and, of the rest, whole sectors of some writes`() throws {
    var kept = 0
    var dropped = 0
    var inSector = 0
    for seed in UInt64(1)...30 {
      try withUnsyncedCommit { file, before, live in
        powercut_cut(seed)
        let after = contents(file.path + "-wal")
        #expect(after.starts(with: before))
        #expect(after.count <= live.count)
        var previous: (offset: Int, survived: Bool)?
        for offset in before.count..<live.count {
          let found = offset < after.count ? after[offset] : 0
          guard found == 0 || found == live[offset] else {
            Issue.record("seed \(seed): byte \(offset) is neither")
            return
          }
          // A zero that was written cannot be told from one that was not.
          guard live[offset] != 0 else { continue }
          let survived = found != 0
          kept += survived ? 1 : 0
          dropped += survived ? 0 : 1
          if let previous, previous.survived != survived {
            let boundary = boundaries(after: previous.offset, through: offset)
            if boundary == nil { Issue.record("seed \(seed): cut between \(previous.offset) and \(offset)") }
            inSector += boundary == .sector ? 1 : 0
          }
          previous = (offset, survived)
        }
      }
    }
    #expect(kept > 0)
    #expect(dropped > 0)
    #expect(inSector > 0)
  }

  private enum Boundary { case write, sector }

  /// Where a write may end: the log's header has 32 bytes, each frame a header of 24 and a page of 4,096
  /// (https://sqlite.org/fileformat2.html#walformat). Else where a sector does.
  private func boundaries(after first: Int, through last: Int) -> Boundary? {
    let range = first + 1...last
    if range.contains(where: { ($0 - 32) % 4120 == 0 || ($0 - 32) % 4120 == 24 }) { return .write }
    return range.contains { $0 % 512 == 0 } ? .sector : nil
  }

  @Test func `a cut decides by its seed alone`() throws {
    func sizes(_ seed: UInt64) throws -> [UInt64] {
      let file = try DatabaseFile()
      powercut_arm(seed, 150)
      let acknowledged = CounterWorkload(path: file.path).run()
      let counters = powercut_read_counters()
      return [UInt64(bitPattern: acknowledged), counters.dropped, counters.torn, counters.kept, counters.names_dropped]
    }
    try #require(powercut_register() == 0)
    let first = try (UInt64(1)...20).map(sizes)
    #expect(try (UInt64(1)...20).map(sizes) == first)
    #expect(Set(first).count > 5)
  }

  @Test func `the cut comes at the operation that was named, and counters add up`() throws {
    try #require(powercut_register() == 0)
    for place in UInt64(1)...30 {
      let file = try DatabaseFile()
      powercut_arm(7, place)
      _ = CounterWorkload(path: file.path).run()
      #expect(powercut_is_cut() == 1)
      let counters = powercut_read_counters()
      #expect(counters.operations == place)
      #expect(counters.writes + counters.syncs + counters.truncates + counters.deletes == place)
    }
  }

  @Test func `after the cut nothing works until the power is back`() throws {
    try #require(powercut_register() == 0)
    #expect(powercut_register() == 0)
    let file = try DatabaseFile()
    let workload = CounterWorkload(path: file.path)
    powercut_arm(3, 0)
    let database = try workload.open()
    try CounterWorkload.create(database)
    powercut_cut(3)
    #expect(powercut_is_cut() == 1)
    let write = #expect(throws: SQLiteError.self) { try CounterWorkload.raise(database, to: 1) }
    #expect(write?.isInputOutput == true)
    let reopened = #expect(throws: SQLiteError.self) { _ = try workload.open() }
    #expect(reopened?.isInputOutput == true || reopened?.cannotOpen == true)

    powercut_arm(4, 0)
    #expect(powercut_is_cut() == 0)
    // A handle from before stays dead: what it remembers is not what the disk holds.
    let stale = #expect(throws: SQLiteError.self) { try CounterWorkload.raise(database, to: 1) }
    #expect(stale?.isInputOutput == true)
    database.close()
    let fresh = try workload.open()
    try fresh.transaction { try CounterWorkload.raise(fresh, to: 1) }
    fresh.close()
    #expect(workload.check() == .counted(1))
  }

  @Test func `a synced file whose directory was not synced may be gone`() throws {
    try #require(powercut_register() == 0)
    var found: Set<Bool> = []
    for seed in UInt64(1)...40 {
      let file = try DatabaseFile()
      powercut_arm(seed, 0)
      // Nothing but the opening and one page, before any journal is synced.
      let database = try CounterWorkload(path: file.path, synchronous: .off, journalMode: .memory).open()
      try database.execute("CREATE TABLE t(n)")
      powercut_cut(seed)
      database.close()
      found.insert(file.size() != nil)
      #expect(powercut_read_counters().names_dropped == (file.size() == nil ? 1 : 0))
    }
    #expect(found == [true, false])
  }
}
#endif
