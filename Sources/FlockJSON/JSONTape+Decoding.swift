extension JSONTape {
  /// Decodes the value at an index. The types that most elements have are read without their own `init(from:)`.
  @inline(__always)
  func decode<T: Decodable>(_ type: T.Type, at index: Int) throws -> T {
    // Each cast follows a comparison that proves it.
    if T.self == String.self { return unsafeBitCast(try string(at: index), to: T.self) }
    if T.self == Int.self { return unsafeBitCast(try integer(Int.self, at: index), to: T.self) }
    if T.self == Double.self { return unsafeBitCast(try double(at: index), to: T.self) }
    if T.self == Bool.self { return unsafeBitCast(try bool(at: index), to: T.self) }
    if T.self == UInt8.self { return unsafeBitCast(try integer(UInt8.self, at: index), to: T.self) }
    if T.self == Float.self { return unsafeBitCast(try float(at: index), to: T.self) }
    if T.self == JSONValue.self { return unsafeBitCast(value(at: index), to: T.self) }
    if T.self == JSONObject.self { return unsafeBitCast(try object(at: index), to: T.self) }
    return try T(from: TapeDecoder(tape: self, index: index))
  }

  private func object(at index: Int) throws -> JSONObject {
    guard case .object(let object) = value(at: index) else { throw mismatch(JSONObject.self, at: index) }
    return object
  }

  /// The index of a key's value. The search begins behind the key found last, so that keys asked for in the text's order are found at
  /// once; one that is absent costs a comparison of lengths for each key.
  @inline(__always)
  func find(_ key: String, in object: Int) -> Int? {
    key.utf8Span.span.withUnsafeBufferPointer { wanted in
      let end = Int(entries[object].extent)
      let first = entries[object].high
      if first < end, matches(first, wanted) { return found(first, in: object) }
      return search(wanted, in: object, from: first, to: end)
    }
  }

  @inline(never)
  private func search(_ wanted: UnsafeBufferPointer<UInt8>, in object: Int, from first: Int, to end: Int) -> Int? {
    var position = first
    while position < end {
      if matches(position, wanted) { return found(position, in: object) }
      position = next(after: position &+ 1)
    }
    position = object &+ 1
    while position < first {
      if matches(position, wanted) { return found(position, in: object) }
      position = next(after: position &+ 1)
    }
    return nil
  }

  @inline(__always)
  private func matches(_ position: Int, _ wanted: UnsafeBufferPointer<UInt8>) -> Bool {
    let entry = entries[position]
    guard Int(entry.extent) == wanted.count, entry.kind == .key else { return false }
    guard let start = wanted.baseAddress else { return true }
    return JSONText.equalBytes(start, bytes + entry.low, wanted.count)
  }

  @inline(__always)
  private func found(_ position: Int, in object: Int) -> Int {
    let value = position &+ 1
    let following = next(after: value)
    entries[object].payload = (entries[object].payload & 0xFFFF_FFFF) | UInt64(truncatingIfNeeded: following) &<< 32
    return value
  }

  /// The decoder of a super class whose key is absent: it reads null.
  func detachedDecoder(path: [any CodingKey]) -> TapeDecoder {
    TapeDecoder(tape: self, index: appendDetachedNull(path: path))
  }

  func keyedContainer<Key: CodingKey>(_ type: Key.Type, at index: Int) throws -> KeyedDecodingContainer<Key> {
    guard entries[index].kind == .object else { throw mismatch([String: Any].self, at: index) }
    return KeyedDecodingContainer(TapeKeyedContainer<Key>(tape: self, object: index))
  }

  func unkeyedContainer(at index: Int) throws -> TapeUnkeyedContainer {
    guard entries[index].kind == .array else { throw mismatch([Any].self, at: index) }
    return TapeUnkeyedContainer(tape: self, array: index)
  }
}
