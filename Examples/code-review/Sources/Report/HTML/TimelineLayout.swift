import FlockCore

/// Where each run of a timeline is drawn: a lane for each agent, with rows for runs at the same time.
struct TimelineLayout {
  struct Bar {
    var run: RunSummary.Run
    var row: Int
    /// Nanoseconds since the first run's start.
    var start: Int64
    var length: Int64
  }

  struct Lane {
    var agent: String
    var rows: Int
    var bars: [Bar]
  }

  /// Rows of one lane; runs beyond it are drawn over the last.
  static let maximumRows = 8
  /// Bars in all; later runs are counted.
  static let maximumBars = 3000

  let lanes: [Lane]
  /// Nanoseconds that the drawing spans, at least 1.
  let span: Int64
  let barsLeftOut: Int

  init(_ summary: RunSummary) {
    let drawn = summary.runs.prefix(TimelineLayout.maximumBars)
    let origin = drawn.map(\.startedAt).min() ?? Timestamp(nanoseconds: 0)
    lanes = summary.agents.map { agent in
      var ends: [Int64] = []
      var bars: [Bar] = []
      for run in drawn where run.agent == agent {
        let start = (run.startedAt - origin).inNanoseconds
        let length = (run.finishedAt - run.startedAt).inNanoseconds
        let row: Int
        if let free = ends.firstIndex(where: { $0 <= start }) {
          row = free
          ends[free] = start + length
        } else {
          row = min(ends.count, TimelineLayout.maximumRows - 1)
          if ends.count < TimelineLayout.maximumRows { ends.append(start + length) } else { ends[row] = max(ends[row], start + length) }
        }
        bars.append(Bar(run: run, row: row, start: start, length: length))
      }
      return Lane(agent: agent, rows: max(1, ends.count), bars: bars)
    }
    span = max(1, lanes.flatMap(\.bars).map { $0.start + $0.length }.max() ?? 1)
    barsLeftOut = summary.runs.count - drawn.count + summary.runsLeftOut
  }

  /// The distance of the axis's marks in nanoseconds: 1, 2 or 5 times a power of ten, for at most 8 marks.
  var step: Int64 {
    var power: Int64 = 1
    while true {
      for factor in [1, 2, 5] as [Int64] where span / (power * factor) <= 8 { return power * factor }
      power *= 10
    }
  }
}
