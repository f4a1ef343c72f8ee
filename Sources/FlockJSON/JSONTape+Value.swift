extension JSONTape {
  /// The value at an index and everything in it.
  func value(at index: Int) -> JSONValue {
    let entry = entries[index]
    switch entry.kind {
    case .null: return .null
    case .false: return .bool(false)
    case .true: return .bool(true)
    case .integer: return .integer(Int64(bitPattern: entry.payload))
    case .unsigned: return .number(Double(entry.payload))
    case .double: return .number(Double(bitPattern: entry.payload))
    case .string, .key, .shadowedKey: return .string(text(entry))
    case .array:
      var elements: [JSONValue] = []
      elements.reserveCapacity(entry.low)
      var position = index + 1
      while position < Int(entry.extent) {
        elements.append(value(at: position))
        position = next(after: position)
      }
      return .array(elements)
    case .object:
      var pairs: [JSONObject.Entry] = []
      pairs.reserveCapacity(entry.low)
      var position = index + 1
      while position < Int(entry.extent) {
        if entries[position].kind == .key {
          pairs.append(JSONObject.Entry(key: text(entries[position]), value: value(at: position + 1)))
        }
        position = next(after: position + 1)
      }
      return .object(JSONObject(unique: pairs))
    }
  }
}
