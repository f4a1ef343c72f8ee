/// How a value is laid out as text.
struct JSONLayout {
  var isPretty = false
  var sortsKeys = false
  var escapesNonASCII = false
  var maximumDepth = JSONLimits.maximumDepth

  static let compact = JSONLayout()
}

extension JSONOutput {
  /// Appends a value and everything in it. `depth` is the number of containers that it stands in.
  func append(_ value: JSONValue, _ layout: JSONLayout, depth: Int = 0) throws(JSONError) {
    switch value {
    case .null: append("null")
    case .bool(let bool): append(bool ? "true" : "false")
    case .integer(let integer): append(integer: integer)
    case .number(let number): if !append(number: number) { throw JSONError.nonFinite(number) }
    case .string(let string): append(string, layout)
    case .array(let elements): try append(elements, layout, depth: depth)
    case .object(let object): try append(object, layout, depth: depth)
    }
  }

  @inline(__always)
  private func append(_ string: String, _ layout: JSONLayout) {
    if layout.escapesNonASCII {
      append(asciiString: string)
    } else {
      append(string: string)
    }
  }

  private func append(_ elements: [JSONValue], _ layout: JSONLayout, depth: Int) throws(JSONError) {
    guard depth < layout.maximumDepth else { throw JSONError.tooDeep(layout.maximumDepth) }
    append(UInt8(ascii: "["))
    var isFirst = true
    for element in elements {
      separate(isFirst, layout, depth + 1)
      isFirst = false
      try append(element, layout, depth: depth + 1)
    }
    if layout.isPretty, !isFirst { breakLine(depth) }
    append(UInt8(ascii: "]"))
  }

  func append(_ object: JSONObject, _ layout: JSONLayout, depth: Int) throws(JSONError) {
    guard depth < layout.maximumDepth else { throw JSONError.tooDeep(layout.maximumDepth) }
    append(UInt8(ascii: "{"))
    var entries = object.entries
    if layout.sortsKeys { entries.sort { JSONText.precedes($0.key, $1.key) } }
    var isFirst = true
    for entry in entries {
      separate(isFirst, layout, depth + 1)
      isFirst = false
      append(entry.key, layout)
      append(UInt8(ascii: ":"))
      if layout.isPretty { append(UInt8(ascii: " ")) }
      try append(entry.value, layout, depth: depth + 1)
    }
    if layout.isPretty, !isFirst { breakLine(depth) }
    append(UInt8(ascii: "}"))
  }

  @inline(__always)
  private func separate(_ isFirst: Bool, _ layout: JSONLayout, _ depth: Int) {
    if !isFirst { append(UInt8(ascii: ",")) }
    if layout.isPretty { breakLine(depth) }
  }

  private func breakLine(_ depth: Int) {
    append(UInt8(ascii: "\n"))
    for _ in 0..<depth { append("  ") }
  }
}

extension JSONText {
  /// The order of keys where they are sorted: by their bytes, which is the order of their code points.
  static func precedes(_ left: String, _ right: String) -> Bool { left.utf8.lexicographicallyPrecedes(right.utf8) }
}

extension JSONError {
  static func nonFinite(_ number: some CustomStringConvertible) -> JSONError {
    JSONError(
      .nonFiniteNumber, at: nil,
      "expected a finite number, found \(number); JSON has no text for it, write null or a string instead")
  }

  static func tooDeep(_ maximum: Int) -> JSONError {
    JSONError(
      .tooDeep, at: nil,
      "expected at most \(maximum) arrays and objects in each other; flatten the value or raise maximumDepth")
  }
}
