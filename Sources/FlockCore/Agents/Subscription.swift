/// What makes an agent run: types with counts, predicates, sources and tags; a join or a batch over them.
public struct Subscription: Sendable {
  /// One type of a gate, how many of it a round needs, and what each must satisfy.
  public struct Input: Sendable {
    public var type: ArtifactType
    public var count: Int
    public var predicates: [Matcher]
    /// For a join or a keyed batch.
    public var key: KeyExtractor?

    public init(type: ArtifactType, count: Int = 1, predicates: [Matcher] = [], key: KeyExtractor? = nil) {
      self.type = type
      self.count = count
      self.predicates = predicates
      self.key = key
    }
  }

  /// Which artifacts may stand together in one round of a gate.
  public enum Scope: UInt8, Sendable {
    /// Those of one correlation: workflows never mix.
    case correlation
    /// Any on the board. The gate then lives on one shard, the subscription's.
    case board
    /// Any of one shard, without relays: cheap, and dependent on the number of shards.
    case shard
  }

  /// Until when a join waits for the rest of a group.
  public enum Window: Hashable, Sendable {
    /// Since the group's first arrival, by append time.
    case time(Duration)
    /// Until more than so many further artifacts with the same key have arrived.
    case count(Int)
  }

  /// When a batch is handed over; at least one of the two. With a join or a gate the unit is a completed set.
  public struct Batch: Hashable, Sendable {
    public var size: Int?
    public var timeout: Duration?
    public var scope: Scope

    public init(size: Int? = nil, timeout: Duration? = nil, scope: Scope = .board) {
      self.size = size
      self.timeout = timeout
      self.scope = scope
    }
  }

  /// Tells subscriptions of one agent apart; by default made of the types, with an ordinal among equals.
  public var name: String
  public var inputs: [Input]
  /// Producers by name; `nil` is anybody.
  public var sources: [Symbol]?
  /// At least one of these tags; empty is no condition.
  public var anyTags: Tags
  /// All of these tags.
  public var allTags: Tags
  public var scope: Scope
  public var window: Window?
  public var batch: Batch?
  /// Whether what the agent produced itself may trigger it.
  public var allowsSelfTrigger: Bool
  /// A completed set waits until this holds for its correlation; it is looked at again whenever the correlation changes.
  public var activation: Condition?
  /// Once this holds for a correlation, the subscription starts nothing more for it.
  public var until: Condition?
  /// Set for a subscription that fires by the clock and consumes nothing.
  public var schedule: Schedule?
  /// Higher runs first under a policy that looks at it.
  public var priority: Int

  public init(name: String = "", inputs: [Input]) {
    self.name = name
    self.inputs = inputs
    sources = nil
    anyTags = Tags()
    allTags = Tags()
    scope = .correlation
    window = nil
    batch = nil
    allowsSelfTrigger = false
    activation = nil
    until = nil
    schedule = nil
    priority = 0
  }

  /// A round is one artifact: nothing is pooled.
  public var isImmediate: Bool { inputs.count == 1 && inputs[0].count == 1 && window == nil && batch == nil }

  public var isJoin: Bool { inputs.contains { $0.key != nil } }
}

/// A clock that starts runs: exactly one occurrence a due instant, by a stated misfire rule.
public struct Schedule: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    /// At least 1 ms.
    case every(Duration)
    case cron(CronExpression)
    case at(Timestamp)
    /// Each day at this time of day, UTC, in seconds since midnight.
    case daily(second: Int)
  }

  /// What happens after downtime to occurrences that were missed.
  public enum Misfire: UInt8, Hashable, Sendable {
    /// One run for all that were missed, then on time again. The default.
    case once
    /// One run for each, in order, at most ``Schedule/maximumCatchUp``.
    case all
    /// None: wait for the next.
    case skip
  }

  /// More missed occurrences than this are dropped, with an event, even under `.all`.
  public static let maximumCatchUp = 1000
  public static let minimumInterval = Duration.milliseconds(1)

  public var kind: Kind
  public var initialDelay: Duration
  public var maximumRepeats: Int?
  public var misfire: Misfire

  public init(_ kind: Kind, after initialDelay: Duration = .zero, maximumRepeats: Int? = nil, misfire: Misfire = .once) {
    self.kind = kind
    self.initialDelay = initialDelay
    self.maximumRepeats = maximumRepeats
    self.misfire = misfire
  }

  /// - Throws: ``FlockError`` with `.invalidConfiguration`.
  public func validate() throws {
    if case .every(let interval) = kind, interval < Schedule.minimumInterval {
      throw FlockError(
        .invalidConfiguration, "a timer every \(interval): the interval must be at least \(Schedule.minimumInterval)")
    }
    if case .daily(let second) = kind, !(0..<86_400).contains(second) {
      throw FlockError(.invalidConfiguration, "a daily timer at second \(second): 0 to 86399 are possible")
    }
    guard initialDelay >= .zero else {
      throw FlockError(.invalidConfiguration, "a timer's initial delay is negative")
    }
    if let maximumRepeats, maximumRepeats < 1 {
      throw FlockError(.invalidConfiguration, "a timer's maximum of repeats must be at least 1")
    }
  }

  /// The first occurrence of a timer that is registered at `now`.
  public func first(from now: Timestamp) -> Timestamp? {
    let start = now + initialDelay
    switch kind {
    case .every: return start
    case .at(let instant): return max(instant, start)
    case .cron, .daily: return next(after: Timestamp(nanoseconds: max(.min + 1, start.nanoseconds) - 1))
    }
  }

  /// The next occurrence after one, or `nil` when there is none.
  public func next(after instant: Timestamp) -> Timestamp? {
    switch kind {
    case .every(let interval): return instant + interval
    case .at: return nil
    case .cron(let expression): return expression.next(after: instant)
    case .daily(let second):
      let day: Int64 = 86_400_000_000_000
      guard instant.nanoseconds < .max - 2 * day, instant.nanoseconds > .min + 2 * day else { return nil }
      let midnight = instant.nanoseconds.dividedFloor(by: day) * day
      let today = midnight + Int64(second) * 1_000_000_000
      return Timestamp(nanoseconds: today > instant.nanoseconds ? today : today + day)
    }
  }
}
