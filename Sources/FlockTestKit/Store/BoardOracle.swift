import Flock
import FlockCore

/// What queries must answer, said as plainly as possible: a list, and a test of each rule on each artifact.
struct BoardOracle {
  let artifacts: [Artifact]

  func matches(_ filter: ArtifactFilter, now: Timestamp) -> [Artifact] {
    artifacts.filter { artifact in
      let rules: [Bool] = [
        filter.types.isEmpty || filter.types.contains { $0 == artifact.type.name },
        filter.producers.isEmpty || filter.producers.contains { $0 == artifact.producer.name },
        filter.correlation == nil || filter.correlation == artifact.correlation,
        Set(filter.tags.names).subtracting(artifact.tags.names).isEmpty,
        filter.visibility.isEmpty || filter.visibility.contains { $0.rawValue == BoardOracle.outermost(artifact.visibility) },
        filter.from.map { artifact.createdAt.nanoseconds >= $0.nanoseconds } ?? true,
        filter.until.map { artifact.createdAt.nanoseconds < $0.nanoseconds } ?? true,
        filter.identity.map { BoardOracle.sees($0, artifact.visibility, artifact.createdAt, filter.visibleAt ?? now) } ?? true,
      ]
      return !rules.contains(false)
    }
  }

  /// In the order of pages: by creation, then by the id's text, which orders as the id does.
  func ordered(_ filter: ArtifactFilter, _ order: ArtifactQuery.Order, now: Timestamp) -> [ArtifactID] {
    let sorted = matches(filter, now: now).sorted { a, b in
      a.createdAt.nanoseconds != b.createdAt.nanoseconds
        ? a.createdAt.nanoseconds < b.createdAt.nanoseconds : a.id.description < b.id.description
    }
    return (order == .oldestFirst ? sorted : sorted.reversed()).map(\.id)
  }

  func summary(_ filter: ArtifactFilter, now: Timestamp) -> BoardSummary {
    let found = matches(filter, now: now)
    var summary = BoardSummary()
    summary.total = found.count
    summary.byType = BoardOracle.count(found.map(\.type.name))
    summary.byProducer = BoardOracle.count(found.map(\.producer.name))
    summary.byVisibility = BoardOracle.count(found.map { BoardOracle.outermost($0.visibility) })
    summary.byTag = BoardOracle.count(found.flatMap(\.tags.names))
    summary.earliest = found.map(\.createdAt).min()
    summary.latest = found.map(\.createdAt).max()
    return summary
  }

  private static func count(_ words: [String]) -> [String: Int] {
    Dictionary(words.map { ($0, 1) }, uniquingKeysWith: +)
  }

  private static func outermost(_ visibility: Visibility) -> String {
    switch visibility {
    case .public: "public"
    case .agents: "agents"
    case .labels: "labels"
    case .tenant: "tenant"
    case .after: "after"
    }
  }

  /// Who may see what, rule by rule.
  private static func sees(_ identity: Identity, _ rule: Visibility, _ created: Timestamp, _ now: Timestamp) -> Bool {
    switch rule {
    case .public: return true
    case .agents(let names, let otherwise):
      return names.contains(identity.name) || (otherwise.map { sees(identity, $0, created, now) } ?? false)
    case .labels(let wanted, let otherwise):
      return Set(wanted).isSubset(of: identity.labels) || (otherwise.map { sees(identity, $0, created, now) } ?? false)
    case .tenant(let tenant, let otherwise):
      return identity.tenant == tenant || (otherwise.map { sees(identity, $0, created, now) } ?? false)
    case .after(let delay, let then):
      return now.nanoseconds >= created.nanoseconds + delay.inNanoseconds && sees(identity, then, created, now)
    }
  }
}

/// A board with something of everything, and queries that meet each rule alone and with others.
struct QueryScene {
  private(set) var artifacts: [Artifact] = []
  private(set) var filters: [(name: String, filter: ArtifactFilter)] = []
  private var maker = ArtifactMaker(seed: 77)

  static let names = ["ann", "ben"]
  static let instant = Timestamp(nanoseconds: 1_767_225_600_123_456_789)

  init() throws {
    let correlations = [CorrelationID("alpha"), CorrelationID("beta"), CorrelationID("gamma")]
    let rules: [Visibility] = [
      .public, .agents("ann"), .agents(["ben"], otherwise: .labels("gold")), .labels("gold", "north"), .tenant("acme"),
      .after(.microseconds(150)), .after(.microseconds(100), then: .agents("ann")), .agents([], otherwise: nil),
      .labels([], otherwise: nil), .tenant("other", otherwise: .after(.microseconds(200))),
    ]
    let tags: [Tags] = [[], ["red"], ["red", "round"], ["round", "blue", "red"], ["it's", "100%", "a_b"]]
    for number in 0..<180 {
      let correlation = number % 4 == 3 ? nil : correlations[number % 3]
      let producer: Symbol = number % 5 == 0 ? .external : Symbol("maker\(number % 3)")
      // Every third has the same instant as the one before it: pages must break ties by id.
      let pause = Duration.microseconds(number % 3 == 0 ? 2 : number % 3 == 1 ? 0 : 1)
      let visibility = rules[number % rules.count]
      let key = number % 6 == 5 ? "key\(number % 7)" : nil
      switch number % 3 {
      case 0:
        artifacts.append(
          try maker.artifact(
            Item(number: number), producer: producer, correlation: correlation, partitionKey: key, tags: tags[number % tags.count],
            visibility: visibility, after: pause))
      case 1:
        artifacts.append(
          try maker.artifact(
            Part(number: number), producer: producer, correlation: correlation, partitionKey: key, tags: tags[number % tags.count],
            visibility: visibility, after: pause))
      default:
        artifacts.append(
          try maker.artifact(
            Whole(numbers: [number]), producer: producer, correlation: correlation, partitionKey: key,
            tags: tags[number % tags.count], visibility: visibility, after: pause))
      }
    }
    addFilters(correlations)
  }

  private mutating func add(_ name: String, _ change: (inout ArtifactFilter) -> Void) {
    var filter = ArtifactFilter()
    change(&filter)
    filters.append((name, filter))
  }

  private mutating func addFilters(_ correlations: [CorrelationID]) {
    let artifacts = artifacts
    let middle = artifacts[90].createdAt
    let late = artifacts[140].createdAt
    add("nothing set") { _ in }
    add("one type") { $0.types = ["conformance.part"] }
    add("two types") { $0.types = ["conformance.part", "conformance.whole"] }
    add("a type that nobody published") { $0.types = ["conformance.nothing"] }
    add("an external producer") { $0.producers = ["external"] }
    add("two producers") { $0.producers = ["maker1", "external"] }
    add("a correlation") { $0.correlation = correlations[1] }
    add("an unknown correlation") { $0.correlation = CorrelationID("nowhere") }
    add("one tag") { $0.tags = ["red"] }
    add("all of two tags") { $0.tags = ["round", "red"] }
    add("tags with signs that query languages know") { $0.tags = ["it's", "100%"] }
    add("a tag that is part of another") { $0.tags = ["re"] }
    for kind in Visibility.Kind.allCases { add("visibility \(kind)") { $0.visibility = [kind] } }
    add("two kinds of visibility") { $0.visibility = [.tenant, .after] }
    add("from an instant") { $0.from = middle }
    add("until an instant") { $0.until = middle }
    add("between two instants") { ($0.from, $0.until) = (middle, late) }
    add("an empty span") { ($0.from, $0.until) = (late, middle) }
    let people = [
      Identity(name: "ann"), Identity(name: "ben", labels: ["gold"]), Identity(name: "cy", labels: ["gold", "north"], tenant: "acme"),
      Identity.anonymous,
    ]
    for person in people {
      for (when, instant) in [("early", artifacts[0].createdAt), ("in the middle", middle), ("late", late + .seconds(1))] {
        add("what '\(person.name)' may see \(when)") { ($0.identity, $0.visibleAt) = (person, instant) }
      }
    }
    add("type, correlation and tag") { ($0.types, $0.correlation, $0.tags) = (["conformance.item"], correlations[0], ["red"]) }
    add("everything at once") {
      ($0.types, $0.producers) = (["conformance.item", "conformance.part"], ["maker0", "maker1", "external"])
      ($0.correlation, $0.tags, $0.visibility) = (correlations[0], ["red"], [.public, .agents, .after])
      ($0.from, $0.until) = (artifacts[10].createdAt, late)
      ($0.identity, $0.visibleAt) = (people[0], late)
    }
  }
}
