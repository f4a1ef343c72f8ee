import FlockCore
import FlockJSON

/// A visibility rule as the protocol writes it.
///
/// `"public"`, `{"agents": [...]}`, `{"labels": [...]}`, `{"tenant": "..."}`, each of the three with an optional
/// `"otherwise"`, or `{"afterMilliseconds": 5000, "then": ...}`, where `then` is public by default.
enum WireVisibility {
  static func parse(_ value: JSONValue, depth: Int = 1) throws(WireFault) -> Visibility {
    guard depth <= Visibility.maximumDepth else {
      throw WireFault("'visibility' is nested deeper than \(Visibility.maximumDepth)")
    }
    if case .string(let word) = value {
      guard word == "public" else { throw WireFault("'visibility' is \"public\" or an object with a rule") }
      return .public
    }
    let rule = try WireObject(
      value, "visibility", fields: ["agents", "labels", "tenant", "otherwise", "afterMilliseconds", "then"])
    guard ["agents", "labels", "tenant", "afterMilliseconds"].count(where: rule.has) == 1 else {
      throw WireFault("'visibility' has exactly one of 'agents', 'labels', 'tenant' and 'afterMilliseconds'")
    }
    guard !rule.has(rule.has("afterMilliseconds") ? "otherwise" : "then") else {
      throw WireFault("'otherwise' goes with 'agents', 'labels' and 'tenant', 'then' with 'afterMilliseconds'")
    }
    if let milliseconds = try rule.integer("afterMilliseconds") {
      guard milliseconds > 0 else { throw WireFault("'visibility.afterMilliseconds' is above 0") }
      return .after(.milliseconds(milliseconds), then: try nested(rule["then"], depth) ?? .public)
    }
    let otherwise = try nested(rule["otherwise"], depth)
    if let agents = try rule.strings("agents") { return .agents(agents, otherwise: otherwise) }
    if let labels = try rule.strings("labels") { return .labels(labels, otherwise: otherwise) }
    if let tenant = try rule.string("tenant") { return .tenant(tenant, otherwise: otherwise) }
    // A null rule must not pass for a public one.
    throw WireFault("'visibility' has a rule that is null")
  }

  private static func nested(_ value: JSONValue?, _ depth: Int) throws(WireFault) -> Visibility? {
    guard let value else { return nil }
    return try parse(value, depth: depth + 1)
  }
}
