import Glibc

/// Says that a point was reached, and waits there when it is the one that the driver named: `--pause-at POINT:STEP`.
struct Pause: Sendable {
  /// A driver that has not killed by then has gone away itself.
  static let seconds: UInt32 = 20

  let point: String
  let step: Int

  init(_ options: Options) throws {
    let words = options.has("pause-at") ? try options.text("pause-at").split(separator: ":") : []
    point = words.first.map(String.init) ?? ""
    step = words.count > 1 ? Int(words[1]) ?? 0 : 0
  }

  func isHere(_ point: String, _ step: Int) -> Bool { self.point == point && self.step == step }

  func reach(_ point: String, _ step: Int = 0) async throws {
    tell(["at": .text(point), "step": .number(step)])
    if isHere(point, step) { try await Task.sleep(for: .seconds(Int(Pause.seconds))) }
  }

  /// Where nothing may suspend.
  func reachAndBlock(_ point: String, _ step: Int = 0) {
    tell(["at": .text(point), "step": .number(step)])
    if isHere(point, step) { sleep(Pause.seconds) }
  }
}
