/// The values of one command line, asked for by the names in the table.
///
/// Asking for a name that the command does not declare, or as another kind than declared, is a programmer error and
/// stops the program. So is asking for the one value of something that is neither required nor has a default: use the
/// `optional` form there.
public struct ParsedArguments: Sendable {
  public let global: GlobalOptions
  /// A key for each option and argument that the command declares or inherits.
  let values: [String: [ParsedValue]]
  /// A key for each flag that the command declares or inherits.
  let counts: [String: Int]

  public func string(_ name: String) -> String { one(name, strings(name)) }
  public func optionalString(_ name: String) -> String? { strings(name).first }
  /// All values in their order. Paths and choices can be read as strings, too.
  public func strings(_ name: String) -> [String] {
    all(name) { value in
      switch value {
      case .string(let text), .path(let text), .choice(let text): text
      case .integer, .duration: nil
      }
    }
  }

  public func path(_ name: String) -> String { one(name, paths(name)) }
  public func optionalPath(_ name: String) -> String? { paths(name).first }
  public func paths(_ name: String) -> [String] {
    all(name) { if case .path(let path) = $0 { path } else { nil } }
  }

  public func integer(_ name: String) -> Int { one(name, integers(name)) }
  public func optionalInteger(_ name: String) -> Int? { integers(name).first }
  public func integers(_ name: String) -> [Int] {
    all(name) { if case .integer(let value) = $0 { value } else { nil } }
  }

  public func duration(_ name: String) -> Duration { one(name, durations(name)) }
  public func optionalDuration(_ name: String) -> Duration? { durations(name).first }
  public func durations(_ name: String) -> [Duration] {
    all(name) { if case .duration(let value) = $0 { value } else { nil } }
  }

  /// The value of an option or argument whose kind is `.choice(of: type)`.
  public func choice<Value: RawRepresentable<String>>(_ name: String, of type: Value.Type) -> Value {
    one(name, choices(name, of: type))
  }

  public func optionalChoice<Value: RawRepresentable<String>>(_ name: String, of type: Value.Type) -> Value? {
    choices(name, of: type).first
  }

  public func choices<Value: RawRepresentable<String>>(_ name: String, of type: Value.Type) -> [Value] {
    all(name) { if case .choice(let word) = $0 { Value(rawValue: word) } else { nil } }
  }

  public func flag(_ name: String) -> Bool { count(of: name) > 0 }

  /// How often the flag was given: 2 for `-vv`.
  public func count(of name: String) -> Int {
    guard let count = counts[name] else { preconditionFailure("the command declares no flag '\(name)'") }
    return count
  }

  private func all<Value>(_ name: String, _ extract: (ParsedValue) -> Value?) -> [Value] {
    guard let found = values[name] else { preconditionFailure("the command declares no value '\(name)'") }
    return found.map { value in
      guard let extracted = extract(value) else {
        preconditionFailure("'\(name)' was asked for as a \(Value.self), but its kind is another")
      }
      return extracted
    }
  }

  private func one<Value>(_ name: String, _ values: [Value]) -> Value {
    guard let first = values.first else {
      preconditionFailure("'\(name)' may be absent: ask for it in the optional form")
    }
    return first
  }
}
