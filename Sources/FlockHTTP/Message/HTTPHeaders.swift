/// Header fields in the order in which they came. Names compare without regard to case.
public struct HTTPHeaders: Sendable, Hashable, ExpressibleByDictionaryLiteral {
  public struct Field: Sendable, Hashable {
    public let name: String
    public let value: String

    public init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  public private(set) var fields: [Field] = []

  public init() {}

  public init(_ fields: [(String, String)]) {
    self.fields = fields.map { Field(name: $0.0, value: $0.1) }
  }

  public init(dictionaryLiteral elements: (String, String)...) {
    self.init(elements)
  }

  public var isEmpty: Bool { fields.isEmpty }

  /// The first field's value. Setting replaces all fields of the name by one, or removes them.
  public subscript(name: String) -> String? {
    get { fields.first { Self.isSame($0.name, name) }?.value }
    set {
      let place = fields.firstIndex { Self.isSame($0.name, name) } ?? fields.endIndex
      fields.removeAll { Self.isSame($0.name, name) }
      if let newValue { fields.insert(Field(name: name, value: newValue), at: min(place, fields.endIndex)) }
    }
  }

  /// All values of a name, in order.
  public func values(of name: String) -> [String] {
    fields.filter { Self.isSame($0.name, name) }.map(\.value)
  }

  /// Adds a field and keeps others of the same name.
  public mutating func add(_ name: String, _ value: String) {
    fields.append(Field(name: name, value: value))
  }

  /// The fields that `isIncluded` keeps.
  public func filter(_ isIncluded: (Field) -> Bool) -> HTTPHeaders {
    var copy = self
    copy.fields = fields.filter(isIncluded)
    return copy
  }

  /// Appends to the last field's value: a continuation line of the obsolete folded form, RFC 9112 section 5.2.
  mutating func continueLast(_ text: String) -> Bool {
    guard let last = fields.popLast() else { return false }
    fields.append(Field(name: last.name, value: last.value.isEmpty ? text : last.value + " " + text))
    return true
  }

  static func isSame(_ left: String, _ right: String) -> Bool {
    left.utf8.count == right.utf8.count && zip(left.utf8, right.utf8).allSatisfy { lowercase($0) == lowercase($1) }
  }

  private static func lowercase(_ byte: UInt8) -> UInt8 {
    (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
  }
}

/// Names only: values hold credentials.
extension HTTPHeaders: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  public var description: String { "[" + fields.map(\.name).joined(separator: ", ") + "]" }
  public var debugDescription: String { description }
  public var customMirror: Mirror { Mirror(self, unlabeledChildren: fields.map(\.name)) }
}
