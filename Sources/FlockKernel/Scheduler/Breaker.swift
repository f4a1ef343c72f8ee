public import FlockCore

/// A circuit breaker (M. Nygard, "Release It!", 2007): closed, open for a while, then one probe.
public struct Breaker: Sendable, Hashable {
  private let policy: BreakerPolicy
  private var failures = 0
  public private(set) var openUntil: Timestamp?
  private var isProbing = false

  public init(_ policy: BreakerPolicy) { self.policy = policy }

  /// From when a probe may start; `nil` when it is closed or the probe runs.
  var probeDue: Timestamp? { isProbing ? nil : openUntil }

  mutating func permits(now: Timestamp, running: Int32) -> Bool {
    guard let until = openUntil else { return true }
    guard until <= now, !isProbing else { return false }
    isProbing = true
    return true
  }

  mutating func succeeded() {
    failures = 0
    openUntil = nil
    isProbing = false
  }

  mutating func failed(now: Timestamp) {
    guard policy.failureThreshold > 0 else { return }
    failures += 1
    if isProbing || failures >= policy.failureThreshold {
      openUntil = now + policy.coolDown
      isProbing = false
    }
  }

  mutating func endedNeutrally() { isProbing = false }
}
