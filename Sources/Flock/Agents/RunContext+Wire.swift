public import FlockCore
import FlockKernel

/// What an engine outside the process is told about its run.
extension RunContext {
  /// The types that the agent's contract declares, in its order.
  public var declaredOutputs: [ArtifactType] { runtime.contracts.map(\.type) }

  /// What began the run: `artifacts`, `batch`, `timer` or `invocation`.
  public var triggerName: String {
    switch trigger {
    case .artifacts: "artifacts"
    case .batch: "batch"
    case .timer: "timer"
    case .invocation: "invocation"
    }
  }

  /// For a run that the clock began: the instant it was due, and how often the schedule has fired before.
  public var timerOccurrence: (at: Timestamp, iteration: Int)? {
    if case .timer(let occurrence, let iteration) = trigger { (occurrence, iteration) } else { nil }
  }
}
