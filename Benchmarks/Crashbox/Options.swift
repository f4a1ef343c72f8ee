/// A call that asks for something that is not there.
struct Misuse: Error {
  let message: String
}

/// `--name value` pairs and `--flag`s. A value does not begin with two dashes.
struct Options: Sendable {
  private var values: [String: String] = [:]

  init(_ arguments: some Collection<String>) throws {
    var name: String?
    for argument in arguments {
      if argument.hasPrefix("--") {
        name = String(argument.dropFirst(2))
        values[name!] = ""
      } else if let open = name {
        values[open] = argument
        name = nil
      } else {
        throw Misuse(message: "'\(argument)' belongs to no option")
      }
    }
  }

  func has(_ name: String) -> Bool { values[name] != nil }

  func text(_ name: String) throws -> String {
    guard let value = values[name], !value.isEmpty else { throw Misuse(message: "--\(name) is missing") }
    return value
  }

  func integer(_ name: String, default standard: Int? = nil) throws -> Int {
    guard let value = values[name] else {
      guard let standard else { throw Misuse(message: "--\(name) is missing") }
      return standard
    }
    guard let number = Int(value), number >= 0 else { throw Misuse(message: "--\(name) needs a number, not '\(value)'") }
    return number
  }
}
