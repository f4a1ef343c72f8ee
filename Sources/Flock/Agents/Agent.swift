public import FlockCore

/// What consumes and publishes artifacts: a value, whose modifiers return changed copies.
///
/// ```swift
/// Agent("triage")
///   .consumes(Bug.self) { $0.severity > 2 }
///   .publishes(Fix.self)
///   .runs { (bug: Bug, _) in Fix(bug.title) }
/// ```
public struct Agent: Sendable {
  public var definition: AgentDefinition
  public var engine: (any Engine)?
  public var hooks: [any AgentHooks] = []
  public var contextProvider: (any ContextProvider)?

  /// - Parameter name: 1 to 200 bytes, unique in a program; it names the agent's work across restarts.
  public init(_ name: String) { definition = AgentDefinition(name: name) }

  private func with(_ change: (inout Agent) -> Void) -> Agent {
    var copy = self
    change(&copy)
    return copy
  }

  public var name: String { definition.name }

  /// For people: what the agent is for.
  public func summary(_ text: String) -> Agent { with { $0.definition.summary = text } }

  /// What the agent's identity carries, for visibility.
  public func labels(_ labels: String...) -> Agent { with { $0.definition.labels.formUnion(labels) } }

  public func tenant(_ tenant: String) -> Agent { with { $0.definition.tenant = tenant } }

  // MARK: What it consumes; each call is one subscription, several are an OR

  /// Runs once for each artifact of the type that satisfies the predicate.
  public func consumes<T: ArtifactPayload>(
    _ type: T.Type, where predicate: (@Sendable (T) throws -> Bool)? = nil
  ) -> Agent {
    subscribes(Subscription(inputs: [.init(T.self, where: predicate)]))
  }

  /// Runs when one artifact of each of the types is there, or as many as the type is named: `consumes(A.self, A.self, B.self)`.
  public func consumes<A: ArtifactPayload, B: ArtifactPayload, each T: ArtifactPayload>(
    _ a: A.Type, _ b: B.Type, _ types: repeat (each T).Type
  ) -> Agent {
    var inputs: [Subscription.Input] = []
    func add(_ input: Subscription.Input) {
      if let index = inputs.firstIndex(where: { $0.type.symbol == input.type.symbol }) {
        inputs[index].count += 1
      } else {
        inputs.append(input)
      }
    }
    add(.init(a))
    add(.init(b))
    for type in repeat each types { add(.init(type)) }
    return subscribes(Subscription(inputs: inputs))
  }

  /// Runs when an artifact of each type has the same key, within the window.
  public func joins<A: ArtifactPayload, B: ArtifactPayload, Key: StableKey>(
    _ a: A.Type, by keyA: @escaping @Sendable (A) throws -> Key,
    _ b: B.Type, by keyB: @escaping @Sendable (B) throws -> Key, within window: Subscription.Window? = nil
  ) -> Agent {
    var subscription = Subscription(inputs: [
      .init(type: A.artifactType, key: TypedKeyExtractor<A, Key>(keyA)),
      .init(type: B.artifactType, key: TypedKeyExtractor<B, Key>(keyB)),
    ])
    subscription.window = window
    return subscribes(subscription)
  }

  /// Any subscription, as a value.
  public func subscribes(_ subscription: Subscription) -> Agent {
    with { $0.definition.subscriptions.append(subscription) }
  }

  /// Runs by the clock.
  public func scheduled(_ schedule: Schedule, name: String = "") -> Agent {
    var subscription = Subscription(name: name, inputs: [])
    subscription.schedule = schedule
    return subscribes(subscription)
  }

  // MARK: Modifiers of the last subscription

  private func last(_ change: (inout Subscription) -> Void) -> Agent {
    precondition(!definition.subscriptions.isEmpty, "put consumes(), joins() or scheduled() before this modifier of agent '\(name)'")
    return with { change(&$0.definition.subscriptions[$0.definition.subscriptions.count - 1]) }
  }

  /// A name of its own, so that changing its types does not lose what it holds.
  public func named(_ name: String) -> Agent { last { $0.name = name } }

  /// Only what these producers made; `external` is a publisher outside.
  public func from(_ producers: String...) -> Agent { last { $0.sources = producers.map { Symbol($0) } } }

  public func tagged(anyOf tags: String...) -> Agent { last { $0.anyTags = Tags(tags) } }
  public func tagged(allOf tags: String...) -> Agent { last { $0.allTags = Tags(tags) } }

  /// Collects before it runs. With a gate or a join the unit is a completed set.
  public func batched(size: Int? = nil, timeout: Duration? = nil, scope: Subscription.Scope = .board) -> Agent {
    last { $0.batch = Subscription.Batch(size: size, timeout: timeout, scope: scope) }
  }

  /// Which artifacts may stand together in one round of a gate. Default: those of one correlation.
  public func scope(_ scope: Subscription.Scope) -> Agent { last { $0.scope = scope } }

  /// What it published itself may trigger it.
  public func allowsSelfTrigger(_ allowed: Bool = true) -> Agent { last { $0.allowsSelfTrigger = allowed } }

  /// A complete set waits until the condition holds in its correlation.
  public func activated(when condition: Condition) -> Agent { last { $0.activation = condition } }

  /// Once the condition holds in a correlation, nothing more starts for it.
  public func until(_ condition: Condition) -> Agent { last { $0.until = condition } }

  public func priority(_ priority: Int) -> Agent { last { $0.priority = priority } }

  // MARK: What it publishes

  /// Declares an output type. What is not declared is refused.
  public func publishes<T: ArtifactPayload>(
    _ type: T.Type, _ fanOut: OutputContract.FanOut = .any, where filter: (@Sendable (T) throws -> Bool)? = nil,
    validate: [(String, @Sendable (T) throws -> Bool)] = [], visibility: Visibility = .public, tags: Tags = Tags()
  ) -> Agent {
    var contract = OutputContract(type: T.artifactType, fanOut: fanOut)
    contract.filter = filter.map { TypedMatcher<T>($0) }
    contract.validations = validate.map { .init(message: $0.0, matcher: TypedMatcher<T>($0.1)) }
    contract.visibility = .fixed(visibility)
    contract.tags = tags
    return publishes(contract)
  }

  /// Declares an output whose visibility is computed from each payload.
  public func publishes<T: ArtifactPayload>(
    _ type: T.Type, _ fanOut: OutputContract.FanOut = .any, visibility: @escaping @Sendable (T) throws -> Visibility
  ) -> Agent {
    var contract = OutputContract(type: T.artifactType, fanOut: fanOut)
    contract.visibility = .computed { try visibility($0.value(as: T.self)) }
    return publishes(contract)
  }

  public func publishes(_ contract: OutputContract) -> Agent { with { $0.definition.outputs.append(contract) } }

  // MARK: How it runs

  public func runs(on engine: any Engine) -> Agent { with { $0.engine = engine } }

  /// A function that reads its inputs from the context and publishes through it.
  @inlinable
  public func runs(_ body: @escaping @Sendable (RunContext) async throws -> Void) -> Agent {
    runs(on: FunctionEngine(body))
  }

  /// A function of one input that publishes what it returns.
  @inlinable
  public func runs<Input: ArtifactPayload, Output: ArtifactPayload>(
    _ body: @escaping @Sendable (Input, RunContext) async throws -> Output
  ) -> Agent {
    runs(
      on: FunctionEngine { context in
        try context.publish(await body(try context.input(Input.self), context))
      })
  }

  /// A function of one input that publishes all that it returns, also nothing.
  @inlinable
  public func runs<Input: ArtifactPayload, Output: ArtifactPayload>(
    _ body: @escaping @Sendable (Input, RunContext) async throws -> [Output]
  ) -> Agent {
    runs(
      on: FunctionEngine { context in
        for output in try await body(try context.input(Input.self), context) { try context.publish(output) }
      })
  }

  public func concurrency(_ runs: Int) -> Agent { with { $0.definition.limits.concurrency = runs } }
  /// Of one attempt; `nil` is none.
  public func timeout(_ timeout: Duration?) -> Agent { with { $0.definition.limits.timeout = timeout } }
  public func limits(_ limits: AgentLimits) -> Agent { with { $0.definition.limits = limits } }
  public func retry(_ policy: RetryPolicy) -> Agent { with { $0.definition.retry = policy } }
  public func breaker(_ policy: BreakerPolicy) -> Agent { with { $0.definition.breaker = policy } }
  public func budget(runs: Int, per period: Duration) -> Agent {
    with { $0.definition.budget = BudgetPolicy(runs: runs, per: period) }
  }

  /// Called in the order of addition; ends in the opposite order.
  public func hooks(_ hooks: any AgentHooks) -> Agent { with { $0.hooks.append(hooks) } }
  /// What of the board the agent is shown beside its inputs.
  public func shown(_ provider: any ContextProvider) -> Agent { with { $0.contextProvider = provider } }
}

extension Subscription.Input {
  /// An input of a Swift type.
  public init<T: ArtifactPayload>(
    _ type: T.Type, count: Int = 1, where predicate: (@Sendable (T) throws -> Bool)? = nil
  ) {
    self.init(type: T.artifactType, count: count, predicates: predicate.map { [TypedMatcher<T>($0)] } ?? [])
  }

  /// An input of a join or a keyed batch.
  public init<T: ArtifactPayload, Key: StableKey>(
    _ type: T.Type, count: Int = 1, where predicate: (@Sendable (T) throws -> Bool)? = nil,
    key: @escaping @Sendable (T) throws -> Key
  ) {
    self.init(
      type: T.artifactType, count: count, predicates: predicate.map { [TypedMatcher<T>($0)] } ?? [],
      key: TypedKeyExtractor<T, Key>(key))
  }
}
