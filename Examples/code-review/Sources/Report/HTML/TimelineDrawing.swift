import FlockCore
import FlockKernel

/// A timeline as SVG that stands in a page: its colours are the page's.
struct TimelineDrawing {
  private static let width = 1000
  private static let left = 96
  private static let right = 16
  private static let top = 26
  private static let rowHeight = 9
  private static let laneGap = 10

  private let layout: TimelineLayout
  private let summary: RunSummary

  init(_ summary: RunSummary) {
    self.summary = summary
    layout = TimelineLayout(summary)
  }

  var barsLeftOut: Int { layout.barsLeftOut }

  func svg() -> String {
    var body = ""
    var y = TimelineDrawing.top
    var lanes = ""
    for (index, lane) in layout.lanes.enumerated() {
      let height = lane.rows * TimelineDrawing.rowHeight + TimelineDrawing.laneGap
      lanes += draw(lane, y, height, isOdd: index % 2 == 1)
      y += height
    }
    body += axis(bottom: y) + lanes
    let title =
      "\(HumanText.count(summary.runs.count, "run")) of \(HumanText.count(summary.agents.count, "agent"))"
      + " in \(HumanText.duration(summary.elapsed))"
    return """
      <svg class="timeline" viewBox="0 0 \(TimelineDrawing.width) \(y + 4)" role="img" aria-labelledby="timeline-title timeline-text">
      <title id="timeline-title">\(HTMLText.escape(title))</title>
      <desc id="timeline-text">A lane for each agent, a bar for each run. The table after it has the figures.</desc>
      \(body)</svg>
      """
  }

  private func x(_ nanoseconds: Int64) -> Double {
    let room = Double(TimelineDrawing.width - TimelineDrawing.left - TimelineDrawing.right)
    return Double(TimelineDrawing.left) + room * Double(nanoseconds) / Double(layout.span)
  }

  private func axis(bottom: Int) -> String {
    var result = ""
    for mark in stride(from: 0, through: layout.span, by: Int64.Stride(layout.step)) {
      let place = HumanText.fixed(x(mark), 1)
      let label = mark == 0 ? "0" : HumanText.duration(.nanoseconds(mark))
      result += "<line class=\"grid\" x1=\"\(place)\" x2=\"\(place)\" y1=\"\(TimelineDrawing.top - 6)\" y2=\"\(bottom)\"/>\n"
      result += "<text class=\"mark\" x=\"\(place)\" y=\"13\" text-anchor=\"middle\">\(HTMLText.escape(label))</text>\n"
    }
    return result
  }

  private func draw(_ lane: TimelineLayout.Lane, _ y: Int, _ height: Int, isOdd: Bool) -> String {
    var result = ""
    if isOdd { result += "<rect class=\"lane\" x=\"0\" y=\"\(y)\" width=\"\(TimelineDrawing.width)\" height=\"\(height)\"/>\n" }
    result += "<text class=\"agent\" x=\"8\" y=\"\(y + height / 2 + 4)\">\(HTMLText.escape(lane.agent))</text>\n"
    for bar in lane.bars {
      let start = x(bar.start)
      let width = max(1.5, x(bar.start + bar.length) - start)
      let top = y + TimelineDrawing.laneGap / 2 + bar.row * TimelineDrawing.rowHeight
      result += "<rect class=\"bar \(bar.run.kind)\" x=\"\(HumanText.fixed(start, 1))\" y=\"\(top)\" width=\"\(HumanText.fixed(width, 1))\""
      result += " height=\"\(TimelineDrawing.rowHeight - 2)\" rx=\"1.5\"><title>\(HTMLText.escape(label(of: bar)))</title></rect>\n"
    }
    return result
  }

  private func label(of bar: TimelineLayout.Bar) -> String {
    let commit = bar.run.commit.map { " of commit \(HumanText.short($0))" } ?? ""
    let end: String
    switch bar.run.kind {
    case .success: end = HumanText.count(bar.run.outputs, "artifact")
    case .deadLetter: end = "dead letter after \(HumanText.count(bar.run.attempts, "attempt"))"
    case .cancelled: end = "cancelled"
    }
    return "\(bar.run.agent)\(commit): \(HumanText.duration(.nanoseconds(bar.length))), \(end)"
  }
}
