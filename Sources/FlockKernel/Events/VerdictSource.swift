/// Where the answers of closures come from. A closure's answer is an input of the kernel: live it is asked and recorded,
/// in a replay the record answers.
public struct VerdictSource: Sendable {
  var recorded: [UInt8]?
  var at = 0

  /// Closures are called.
  public static let live = VerdictSource(recorded: nil)

  /// Answers come from a record, in order.
  public static func replaying(_ bytes: [UInt8]) -> VerdictSource { VerdictSource(recorded: bytes) }

  init(recorded: [UInt8]?) { self.recorded = recorded }
}

/// The answer of a predicate.
enum Verdict: UInt8 {
  case no = 0
  case yes = 1
  case failed = 2
  /// The payload does not decode as the predicate's type.
  case undecodable = 3
}
