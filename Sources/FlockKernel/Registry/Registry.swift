public import FlockCore

/// The agents of a program, compiled for matching: an artifact's type leads directly to the subscriptions on it.
public final class Registry: Sendable {
  public let agents: [AgentDefinition]
  let agentSymbols: [Symbol]
  public let subscriptions: [CompiledSubscription]
  public let leaves: [CompiledLeaf]
  /// By the type symbol's index.
  let routes: [TypeRoutes?]
  private let byID: [SubscriptionID: Int]
  private let agentByName: [String: Int]
  /// Hash of the namespace, part of every run's id.
  public let namespace: UInt64

  /// What an artifact of one type meets.
  final class TypeRoutes: Sendable {
    /// Subscription and the place of the type among its inputs.
    let subscriptions: [(subscription: Int32, input: Int32)]
    let leaves: [Int32]

    init(subscriptions: [(subscription: Int32, input: Int32)], leaves: [Int32]) {
      self.subscriptions = subscriptions
      self.leaves = leaves
    }
  }

  /// Types in one gate or join at the most.
  public static let maximumInputs = 8

  /// - Throws: ``FlockError`` with `.invalidConfiguration` that names agent and subscription.
  public init(_ agents: [AgentDefinition], namespace: String = "flock", shardCount: Int = 1) throws {
    self.agents = agents
    agentSymbols = agents.map { Symbol($0.name) }
    var subscriptions: [CompiledSubscription] = []
    var leaves: [CompiledLeaf] = []
    var names: [String: Int] = [:]
    var ids: [SubscriptionID: Int] = [:]
    for (index, agent) in agents.enumerated() {
      guard !agent.name.isEmpty, agent.name.utf8.count <= 200 else {
        throw FlockError(.invalidConfiguration, "agent '\(agent.name)': a name has 1 to 200 bytes")
      }
      guard names.updateValue(index, forKey: agent.name) == nil else {
        throw FlockError(.invalidConfiguration, "two agents are called '\(agent.name)'; names must differ")
      }
      var taken: [String: Int] = [:]
      for subscription in agent.subscriptions {
        try Registry.check(subscription, of: agent, shardCount: shardCount)
        var name = Registry.defaultName(of: subscription)
        let ordinal = taken[name, default: 0]
        taken[name] = ordinal + 1
        if ordinal > 0 { name += "#\(ordinal + 1)" }
        let compiled = CompiledSubscription(
          subscription, name: name, agent: agent, agentIndex: index, index: subscriptions.count, leaves: &leaves)
        guard ids.updateValue(compiled.index, forKey: compiled.id) == nil else {
          throw FlockError(.invalidConfiguration, "agent '\(agent.name)' has two subscriptions called '\(name)'")
        }
        subscriptions.append(compiled)
      }
    }
    self.subscriptions = subscriptions
    self.leaves = leaves
    byID = ids
    agentByName = names
    routes = Registry.routes(subscriptions, leaves)
    var hasher = StableHasher(domain: .run)
    hasher.combine(namespace)
    self.namespace = hasher.finalize().high
  }

  public func index(ofAgent name: String) -> Int? { agentByName[name] }
  public func subscription(_ id: SubscriptionID) -> CompiledSubscription? { byID[id].map { subscriptions[$0] } }

  private static func routes(_ subscriptions: [CompiledSubscription], _ leaves: [CompiledLeaf]) -> [TypeRoutes?] {
    var matched: [Symbol: [(subscription: Int32, input: Int32)]] = [:]
    var counted: [Symbol: [Int32]] = [:]
    var highest = -1
    for subscription in subscriptions {
      for (place, input) in subscription.inputs.enumerated() {
        matched[input.type.symbol, default: []].append((Int32(subscription.index), Int32(place)))
        highest = max(highest, Int(input.type.symbol.index))
      }
    }
    for leaf in leaves {
      counted[leaf.leaf.type.symbol, default: []].append(Int32(leaf.index))
      highest = max(highest, Int(leaf.leaf.type.symbol.index))
    }
    var routes = [TypeRoutes?](repeating: nil, count: highest + 1)
    for symbol in Set(matched.keys).union(counted.keys) {
      routes[Int(symbol.index)] = TypeRoutes(subscriptions: matched[symbol] ?? [], leaves: counted[symbol] ?? [])
    }
    return routes
  }

  private static func defaultName(of subscription: Subscription) -> String {
    if !subscription.name.isEmpty { return subscription.name }
    if subscription.schedule != nil { return "timer" }
    return subscription.inputs.map { $0.count == 1 ? $0.type.name : "\($0.type.name)*\($0.count)" }.joined(separator: "+")
  }

  private static func check(_ subscription: Subscription, of agent: AgentDefinition, shardCount: Int) throws {
    func fail(_ text: String) -> FlockError {
      FlockError(.invalidConfiguration, "agent '\(agent.name)', subscription '\(defaultName(of: subscription))': \(text)")
    }
    if let schedule = subscription.schedule {
      try schedule.validate()
      guard subscription.inputs.isEmpty, subscription.batch == nil, subscription.window == nil else {
        throw fail("a timer consumes nothing; put consumes() into a subscription of its own")
      }
      return
    }
    guard !subscription.inputs.isEmpty else { throw fail("it consumes no type") }
    guard subscription.inputs.count <= maximumInputs else {
      throw fail("it names \(subscription.inputs.count) types; at most \(maximumInputs) can stand in one gate")
    }
    var seen: Set<Symbol> = []
    for input in subscription.inputs {
      guard seen.insert(input.type.symbol).inserted else {
        throw fail("type '\(input.type.name)' appears twice; give it a count instead")
      }
      guard (1...10_000).contains(input.count) else { throw fail("a count is 1 to 10 000, not \(input.count)") }
    }
    let keyed = subscription.inputs.count { $0.key != nil }
    guard keyed == 0 || keyed == subscription.inputs.count else { throw fail("some of its inputs have a join key and some have none") }
    switch subscription.window {
    case .time(let window)? where window <= .zero: throw fail("a join's window must be positive")
    case .count(let window)? where window < 1: throw fail("a join's count window must be at least 1")
    case .some where keyed == 0: throw fail("a window needs a join key")
    default: break
    }
    if let batch = subscription.batch {
      guard batch.size != nil || batch.timeout != nil else { throw fail("a batch needs a size, a timeout, or both") }
      if let size = batch.size, !(1...1_000_000).contains(size) { throw fail("a batch's size is 1 to 1 000 000, not \(size)") }
      if let timeout = batch.timeout, timeout <= .zero { throw fail("a batch's timeout must be positive") }
    }
    if subscription.activation != nil || subscription.until != nil {
      guard subscription.scope == .correlation else {
        throw fail("activation and until speak of one correlation; a board-wide gate has none")
      }
    }
  }
}

/// A subscription with everything that matching needs at hand.
public final class CompiledSubscription: Sendable {
  public let id: SubscriptionID
  public let index: Int
  public let name: String
  public let agentIndex: Int
  public let agent: Symbol
  public let identity: Identity
  public let inputs: [Subscription.Input]
  public let declaration: Subscription
  /// Of the parts that can be declared: types, counts, scope, window, batch, schedule.
  public let digest: UInt64
  let isImmediate: Bool
  let isJoin: Bool
  /// Artifacts that one round of the gate takes.
  let required: Int32
  /// Neither sources nor tags nor an own-output rule can refuse: the usual case costs one test.
  let hasFilters: Bool
  /// Leaves of the conditions, by number in the registry.
  let activationLeaves: [Int32]
  let untilLeaves: [Int32]
  let usesConditions: Bool
  let priority: Int32

  init(
    _ subscription: Subscription, name: String, agent: AgentDefinition, agentIndex: Int, index: Int,
    leaves: inout [CompiledLeaf]
  ) {
    id = SubscriptionID(agent: agent.name, name: name)
    self.index = index
    self.name = name
    self.agentIndex = agentIndex
    self.agent = Symbol(agent.name)
    identity = agent.identity
    inputs = subscription.inputs
    declaration = subscription
    isImmediate = subscription.isImmediate
    isJoin = subscription.isJoin
    required = Int32(subscription.inputs.reduce(0) { $0 + $1.count })
    hasFilters = subscription.sources != nil || !subscription.anyTags.isEmpty || !subscription.allTags.isEmpty
    let id = id
    func compile(_ condition: Condition?, _ kind: String) -> [Int32] {
      guard let condition else { return [] }
      return condition.leaves.enumerated().map { ordinal, leaf in
        let number = leaves.count
        leaves.append(CompiledLeaf(index: number, subscription: id, kind: kind, ordinal: ordinal, leaf: leaf))
        return Int32(number)
      }
    }
    activationLeaves = compile(subscription.activation, "activation")
    untilLeaves = compile(subscription.until, "until")
    priority = Int32(clamping: subscription.priority)
    usesConditions = subscription.activation != nil || subscription.until != nil
    digest = CompiledSubscription.digest(of: subscription)
  }

  private static func digest(of subscription: Subscription) -> UInt64 {
    var hasher = StableHasher(domain: .digest)
    for input in subscription.inputs {
      hasher.combine(input.type.name)
      hasher.combine(UInt64(input.count))
      hasher.combine(input.key == nil ? 0 as UInt64 : 1)
    }
    hasher.combine(UInt64(subscription.scope.rawValue))
    switch subscription.window {
    case nil: hasher.combine(0 as UInt64)
    case .time(let window)?: hasher.combine(UInt64(bitPattern: window.inNanoseconds))
    case .count(let window)?: hasher.combine(UInt64(window) | 1 << 63)
    }
    hasher.combine(UInt64(subscription.batch?.size ?? 0))
    hasher.combine(UInt64(bitPattern: subscription.batch?.timeout?.inNanoseconds ?? 0))
    hasher.combine(UInt64(subscription.batch?.scope.rawValue ?? 0))
    if let schedule = subscription.schedule { hasher.combine(String(describing: schedule.kind)) }
    return hasher.finalize().high
  }
}

/// A leaf of a condition with a key under which its counts are stored.
public struct CompiledLeaf: Sendable {
  let index: Int
  let leaf: Condition.Leaf
  /// Stable over restarts as long as the condition keeps its shape.
  let key: UInt64

  init(index: Int, subscription: SubscriptionID, kind: String, ordinal: Int, leaf: Condition.Leaf) {
    self.index = index
    self.leaf = leaf
    var hasher = StableHasher(domain: .digest)
    hasher.combine(subscription.value)
    hasher.combine(kind)
    hasher.combine(UInt64(ordinal))
    hasher.combine(leaf.type.name)
    hasher.combine(leaf.name)
    key = hasher.finalize().high
  }
}
