#if SQLite
import Flock
import FlockCore

/// Counts artifacts. What a stream's index can answer is counted there, the rest row by row, without payloads.
struct SQLiteSummary {
  let connection: SQLiteConnection
  let streams: SQLiteStreams
  let filter: ArtifactFilter
  let now: Timestamp

  private var scan: SQLiteArtifactScan { SQLiteArtifactScan(connection: connection, streams: streams, filter: filter, now: now) }

  func make() throws -> BoardSummary {
    var summary = BoardSummary()
    guard filter.correlation == nil, filter.tags.isEmpty, filter.identity == nil else {
      try scan.walk(withPayload: false) { artifact in
        summary.add(artifact)
        return true
      }
      return summary
    }
    let accepted = try scan.acceptedStreams().map { Set($0) }
    for (number, stream) in try streams.all(connection) where accepted?.contains(number) ?? true {
      try count(number, stream, &summary)
    }
    try countTags(accepted, &summary)
    return summary
  }

  private var range: (from: Int64, until: Int64) {
    (filter.from?.nanoseconds ?? .min, filter.until.map { $0.nanoseconds == .min ? .min : $0.nanoseconds - 1 } ?? .max)
  }

  private func count(_ number: Int64, _ stream: SQLiteStream, _ summary: inout BoardSummary) throws {
    if let until = filter.until, until == .distantPast { return }
    let statement = try connection.prepare(Self.countStream)
    try statement.bind(number, at: 1)
    try statement.bind(range.from, at: 2)
    try statement.bind(range.until, at: 3)
    defer { statement.reset() }
    guard try statement.step(), statement.int64(0) > 0 else { return }
    let count = Int(statement.int64(0))
    summary.total += count
    summary.byType[stream.type.name, default: 0] += count
    summary.byProducer[stream.producer.name, default: 0] += count
    summary.byVisibility[stream.visibility.rawValue, default: 0] += count
    let earliest = Timestamp(nanoseconds: statement.int64(1))
    let latest = Timestamp(nanoseconds: statement.int64(2))
    summary.earliest = min(summary.earliest ?? earliest, earliest)
    summary.latest = max(summary.latest ?? latest, latest)
  }

  private func countTags(_ accepted: Set<Int64>?, _ summary: inout BoardSummary) throws {
    if let until = filter.until, until == .distantPast { return }
    let statement = try connection.prepare(accepted == nil ? Self.countTags : Self.selectTags)
    try statement.bind(range.from, at: 1)
    try statement.bind(range.until, at: 2)
    while try statement.step() {
      if let accepted {
        guard accepted.contains(statement.int64(1)) else { continue }
        summary.byTag[statement.string(0), default: 0] += 1
      } else {
        summary.byTag[statement.string(0)] = Int(statement.int64(1))
      }
    }
  }

  private static let countStream = SQLiteQuery(
    "SELECT count(*), min(created_at), max(created_at) FROM artifacts WHERE stream = ? AND created_at >= ? AND created_at <= ?")
  private static let countTags = SQLiteQuery(
    "SELECT tag, count(*) FROM tags WHERE created_at >= ? AND created_at <= ? GROUP BY tag")
  private static let selectTags = SQLiteQuery(
    """
    SELECT t.tag, a.stream FROM tags AS t CROSS JOIN artifacts AS a ON a.position = t.position
    WHERE t.created_at >= ? AND t.created_at <= ?
    """)
}
#endif
