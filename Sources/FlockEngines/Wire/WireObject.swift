import FlockJSON

/// Why something from outside does not fit the protocol. Holds none of its values.
struct WireFault: Error, Hashable, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// An object of the protocol: its fields are known, and a field that is not known is a fault.
struct WireObject {
  /// What it is called in faults.
  let name: String
  private let fields: JSONObject

  init(_ value: JSONValue, _ name: String, fields known: Set<String>) throws(WireFault) {
    guard case .object(let fields) = value else {
      throw WireFault("'\(name)' is an object, not \(value.kindName)")
    }
    for key in fields.keys where !known.contains(key) {
      throw WireFault("'\(name)' has the unknown field '\(key.prefix(40))'; it knows \(known.sorted().joined(separator: ", "))")
    }
    self.name = name
    self.fields = fields
  }

  /// The field's value; `nil` if it is absent or null.
  subscript(key: String) -> JSONValue? {
    guard let value = fields[key], !value.isNull else { return nil }
    return value
  }

  func has(_ key: String) -> Bool { fields[key] != nil }

  func string(_ key: String) throws(WireFault) -> String? {
    guard let value = self[key] else { return nil }
    guard let text = value.asString else { throw fault(key, "a string", value) }
    return text
  }

  func requiredString(_ key: String) throws(WireFault) -> String {
    guard let text = try string(key) else { throw WireFault("'\(name)' lacks '\(key)'") }
    return text
  }

  func bool(_ key: String) throws(WireFault) -> Bool? {
    guard let value = self[key] else { return nil }
    guard let bool = value.asBool else { throw fault(key, "a boolean", value) }
    return bool
  }

  func integer(_ key: String) throws(WireFault) -> Int? {
    guard let value = self[key] else { return nil }
    guard let integer = value.asInt else { throw fault(key, "an integer", value) }
    return integer
  }

  func strings(_ key: String) throws(WireFault) -> [String]? {
    guard let value = self[key] else { return nil }
    guard let elements = value.asArray else { throw fault(key, "an array of strings", value) }
    var strings: [String] = []
    for element in elements {
      guard let text = element.asString else { throw fault(key, "an array of strings", element) }
      strings.append(text)
    }
    return strings
  }

  private func fault(_ key: String, _ wanted: String, _ value: JSONValue) -> WireFault {
    WireFault("'\(name).\(key)' is \(wanted), not \(value.kindName)")
  }
}
