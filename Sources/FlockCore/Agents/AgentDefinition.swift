/// Everything that can be declared about an agent, without the engine that does the work.
public struct AgentDefinition: Sendable {
  public var name: String
  public var summary: String
  public var labels: Set<String>
  public var tenant: String?
  public var subscriptions: [Subscription]
  public var outputs: [OutputContract]
  public var limits: AgentLimits
  public var retry: RetryPolicy
  public var breaker: BreakerPolicy
  public var budget: BudgetPolicy?

  public init(name: String) {
    self.name = name
    summary = ""
    labels = []
    tenant = nil
    subscriptions = []
    outputs = []
    limits = AgentLimits()
    retry = RetryPolicy()
    breaker = BreakerPolicy()
    budget = nil
  }

  public var identity: Identity { Identity(name: name, labels: labels, tenant: tenant) }
}

/// Bounds of one agent's runs.
public struct AgentLimits: Hashable, Sendable {
  /// Runs at once on a node. Default 1 000.
  public var concurrency = 1000
  /// Time for one attempt; then it is cancelled, and disowned after ``cancelGrace``. Default 5 minutes; `nil` is none.
  public var timeout: Duration? = .seconds(300)
  /// How long a cancelled run may take to end before its late answer is refused. Default 5 seconds.
  public var cancelGrace: Duration = .seconds(5)
  /// Artifacts that one run may publish. Default 10 000.
  public var maximumOutputs = 10_000

  public init() {}
}

/// When a failed attempt is made again: exponential backoff with a deterministic jitter.
public struct RetryPolicy: Hashable, Sendable {
  /// Attempts in all. Default 3.
  public var maximumAttempts: Int
  /// The pause before the second attempt. Default 100 ms.
  public var initialBackoff: Duration
  /// Default 2.
  public var multiplier: Int
  /// Default 1 minute.
  public var maximumBackoff: Duration
  /// Share of each pause that is spread, in percent. Default 20.
  public var jitterPercent: Int

  public init(
    maximumAttempts: Int = 3, initialBackoff: Duration = .milliseconds(100), multiplier: Int = 2,
    maximumBackoff: Duration = .seconds(60), jitterPercent: Int = 20
  ) {
    self.maximumAttempts = maximumAttempts
    self.initialBackoff = initialBackoff
    self.multiplier = multiplier
    self.maximumBackoff = maximumBackoff
    self.jitterPercent = jitterPercent
  }

  public static let never = RetryPolicy(maximumAttempts: 1)

  /// The pause after `attempt` failed attempts. The jitter comes from a stable hash of the run and the attempt, so that
  /// a replay waits equally long and runs that failed together spread out.
  public func backoff(run: RunID, afterAttempt attempt: Int) -> Duration {
    var nanoseconds = max(0, initialBackoff.inNanoseconds)
    let ceiling = max(0, maximumBackoff.inNanoseconds)
    for _ in 1..<max(1, attempt) where nanoseconds < ceiling {
      let (product, overflow) = nanoseconds.multipliedReportingOverflow(by: Int64(max(1, multiplier)))
      nanoseconds = overflow ? ceiling : product
    }
    nanoseconds = min(nanoseconds, ceiling)
    let spread = nanoseconds / 100 * Int64(min(100, max(0, jitterPercent)))
    guard spread > 0 else { return .nanoseconds(nanoseconds) }
    var hasher = StableHasher(domain: .jitter)
    hasher.combine(run.value)
    hasher.combine(UInt64(attempt))
    let offset = Int64(hasher.finalize().low % UInt64(spread))
    return .nanoseconds(nanoseconds - spread / 2 + offset)
  }
}

/// When an agent that keeps failing is left alone for a while. Its work waits; nothing is dropped.
public struct BreakerPolicy: Hashable, Sendable {
  /// Failed attempts in a row that open the breaker. Default 20; 0 switches it off.
  public var failureThreshold: Int
  /// How long it stays open before one run may probe. Default 10 seconds.
  public var coolDown: Duration

  public init(failureThreshold: Int = 20, coolDown: Duration = .seconds(10)) {
    self.failureThreshold = failureThreshold
    self.coolDown = coolDown
  }
}

/// How many runs an agent may start within a period. What exceeds it waits for the next period.
public struct BudgetPolicy: Hashable, Sendable {
  public var runs: Int
  public var period: Duration

  public init(runs: Int, per period: Duration) {
    self.runs = runs
    self.period = period
  }
}
