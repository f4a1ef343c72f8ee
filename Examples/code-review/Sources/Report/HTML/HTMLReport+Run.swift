import FlockKernel

extension HTMLReport {
  var run: String {
    let drawing = TimelineDrawing(summary)
    let left = drawing.barsLeftOut > 0 ? "<p>\(HumanText.count(drawing.barsLeftOut, "later run")) not drawn.</p>\n" : ""
    return """
      <section aria-labelledby="run-title">
      <h2 id="run-title">The run</h2>
      <div class="scroll" role="region" aria-label="Timeline of the run" tabindex="0">
      \(drawing.svg())
      </div>
      <p class="legend"><span class="key success"></span> successful <span class="key deadLetter"></span> dead letter \
      <span class="key cancelled"></span> cancelled</p>
      \(left)<div class="columns">
      \(agents)
      \(artifacts)
      </div>
      \(deadLetters)
      </section>
      """
  }

  private var agents: String {
    table(
      "Agents", ["Agent", "Runs", "Not successful", "Busy", "Longest"], numbers: [1, 2, 3, 4],
      summary.byAgent.map { agent in
        [
          escape(agent.name), HumanText.grouped(agent.runs), HumanText.grouped(agent.failures),
          HumanText.duration(agent.busy), HumanText.duration(agent.longest),
        ]
      })
  }

  private var artifacts: String {
    table(
      "Artifacts by type", ["Type", "Number"], numbers: [1],
      summary.artifacts.map { ["<code>\(escape($0.type))</code>", HumanText.grouped($0.count)] })
  }

  private var deadLetters: String {
    guard !summary.deadLetters.isEmpty else { return "" }
    return table(
      "Dead letters", ["Agent", "Cause", "Message", "Run"],
      summary.deadLetters.map { letter in
        [
          escape(letter.agent), "<code>\(letter.failure.cause.word)</code>", escape(letter.failure.message),
          "<code>\(letter.run)</code>",
        ]
      })
  }
}
