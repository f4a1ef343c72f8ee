/// One deadline a child, and the earliest of them.
struct DeadlineTable {
  typealias Instant = ContinuousClock.Instant

  private var instants: [UInt64: Instant] = [:]
  private var cached: Instant?

  var earliest: Instant? {
    mutating get {
      if cached == nil { cached = instants.values.min() }
      return cached
    }
  }

  mutating func set(_ id: UInt64, _ instant: Instant?) {
    let before = instants[id]
    guard before != instant else { return }
    instants[id] = instant
    if before == cached {
      cached = nil
    } else if let instant, let known = cached, instant < known {
      cached = instant
    }
  }

  /// Removes and returns the children whose deadline has passed.
  mutating func takeDue(now: Instant) -> [UInt64] {
    guard let earliest, earliest <= now else { return [] }
    let due = instants.filter { $0.value <= now }.keys.sorted()
    for id in due { instants[id] = nil }
    cached = nil
    return due
  }
}
