extension JSONValue {
  /// Whether this is `null`.
  public var isNull: Bool {
    if case .null = self { true } else { false }
  }

  /// The truth value, or `nil` for any other kind.
  public var asBool: Bool? {
    if case .bool(let bool) = self { bool } else { nil }
  }

  /// The number as an `Int`, also from `.number` when its value is integral and fits.
  public var asInt: Int? { asInt64.flatMap { Int(exactly: $0) } }

  /// The number as an `Int64`, also from `.number` when its value is integral and fits.
  public var asInt64: Int64? {
    switch self {
    case .integer(let integer): integer
    case .number(let number): Int64(exactly: number)
    default: nil
    }
  }

  /// The number as the nearest `Double`.
  public var asDouble: Double? {
    switch self {
    case .integer(let integer): Double(integer)
    case .number(let number): number
    default: nil
    }
  }

  /// The text, or `nil` for any other kind: numbers are not turned into text.
  public var asString: String? {
    if case .string(let string) = self { string } else { nil }
  }

  /// The elements, or `nil` for any other kind.
  public var asArray: [JSONValue]? {
    if case .array(let array) = self { array } else { nil }
  }

  /// The object, or `nil` for any other kind.
  public var asObject: JSONObject? {
    if case .object(let object) = self { object } else { nil }
  }

  /// The kind's name as JSON Schema calls it: null, boolean, integer, number, string, array, object.
  public var kindName: String {
    switch self {
    case .null: "null"
    case .bool: "boolean"
    case .integer: "integer"
    case .number: "number"
    case .string: "string"
    case .array: "array"
    case .object: "object"
    }
  }

  /// The value of an object's key; `nil` when the key is absent or this is no object.
  ///
  /// Setting works on an object, and on `null`, which becomes one; on any other kind it is a programmer's error. Setting `nil` removes.
  public subscript(key: String) -> JSONValue? {
    get {
      if case .object(let object) = self { object[key] } else { nil }
    }
    set {
      var object: JSONObject
      switch self {
      case .object(let existing): object = existing
      case .null: object = JSONObject()
      default: preconditionFailure("cannot set the key \"\(key)\" of a JSON \(kindName): only an object has keys")
      }
      self = .null  // releases this reference, so that the object is changed in place
      object[key] = newValue
      self = .object(object)
    }
  }

  /// An array's element; `nil` when the index is outside of it or this is no array.
  public subscript(index: Int) -> JSONValue? {
    guard case .array(let array) = self, array.indices.contains(index) else { return nil }
    return array[index]
  }
}
