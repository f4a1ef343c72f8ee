#if SQLite
import Synchronization

/// The thread of an owner: looks for commits of other connections, and says when a lease or the upkeep is due.
final class SQLiteWatcher: Sendable {
  enum Event: Sendable {
    /// Somebody has committed.
    case changed
    /// The leases are to be renewed.
    case beat
    /// Old rows may be due.
    case upkeep
  }

  struct Times: Sendable {
    /// Between two looks at the file.
    var poll: Duration
    var beat: Duration
    var upkeep: Duration
  }

  private enum Phase: Sendable {
    case resting, watching, stopped
  }

  private let phase = SQLiteAlarm(Phase.resting)
  private let ending = Mutex(Ending())

  private struct Ending {
    var isOver = false
    var waiters: [CheckedContinuation<Void, Never>] = []
  }

  /// - Parameter handle: called on the thread, with its reading connection.
  init(
    _ configuration: SQLiteConnectionConfiguration, _ times: Times, _ handle: @escaping @Sendable (Event, SQLiteConnection) -> Void
  ) throws(SQLiteError) {
    // Handed to the thread here and never touched again by this one.
    nonisolated(unsafe) let connection = try SQLiteConnection(configuration)
    try SQLiteThread.start("flock-sqlite-p") { [weak self, phase] in
      Self.loop(phase, connection, times, handle)
      connection.close()
      self?.end()
    }
  }

  func watch() { set(.watching) }
  func rest() { set(.resting) }
  func stop() { set(.stopped) }

  /// Returns when the thread has closed its connection.
  func waitUntilStopped() async {
    await withCheckedContinuation { continuation in
      let isOver = ending.withLock { ending -> Bool in
        if !ending.isOver { ending.waiters.append(continuation) }
        return ending.isOver
      }
      if isOver { continuation.resume() }
    }
  }

  private func end() {
    let waiters = ending.withLock { ending in
      ending.isOver = true
      defer { ending.waiters = [] }
      return ending.waiters
    }
    for waiter in waiters { waiter.resume() }
  }

  private func set(_ next: Phase) {
    phase.set { if $0 != .stopped { $0 = next } }
  }

  private static func loop(
    _ phase: SQLiteAlarm<Phase>, _ connection: SQLiteConnection, _ times: Times, _ handle: (Event, SQLiteConnection) -> Void
  ) {
    var seen: Int64?
    var lastBeat = ContinuousClock.now
    var lastUpkeep = ContinuousClock.now
    var current = phase.current
    while current != .stopped {
      current = phase.wait(whileItIs: current, upTo: current == .watching ? times.poll : nil)
      guard current == .watching else {
        seen = nil
        continue
      }
      // A file that cannot be read now is looked at again.
      if let version = try? version(connection), version != seen {
        seen = version
        handle(.changed, connection)
      }
      let now = ContinuousClock.now
      if now - lastBeat >= times.beat {
        lastBeat = now
        handle(.beat, connection)
      }
      if now - lastUpkeep >= times.upkeep {
        lastUpkeep = now
        handle(.upkeep, connection)
      }
    }
  }

  private static func version(_ connection: SQLiteConnection) throws -> Int64 {
    let statement = try connection.prepare(dataVersion)
    defer { statement.reset() }
    return try statement.step() ? statement.int64(0) : 0
  }

  private static let dataVersion = SQLiteQuery("PRAGMA data_version")
}
#endif
