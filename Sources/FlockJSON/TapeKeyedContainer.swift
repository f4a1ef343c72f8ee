/// The keys and values of one object of a tape.
struct TapeKeyedContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let tape: JSONTape
  let object: Int

  var codingPath: [any CodingKey] { tape.path(to: object) }

  /// The keys that `Key` knows, in the text's order.
  var allKeys: [Key] {
    var keys: [Key] = []
    keys.reserveCapacity(tape.entries[object].low)
    let end = tape.next(after: object)
    var position = object + 1
    while position < end {
      let entry = tape.entries[position]
      if entry.kind == .key, let key = Key(stringValue: tape.text(entry)) { keys.append(key) }
      position = tape.next(after: position + 1)
    }
    return keys
  }

  func contains(_ key: Key) -> Bool { tape.find(key.stringValue, in: object) != nil }

  func decodeNil(forKey key: Key) throws -> Bool { tape.isNull(try index(key)) }

  /// The index of the key's value.
  @inline(__always)
  private func index(_ key: Key) throws -> Int {
    guard let index = tape.find(key.stringValue, in: object) else { throw absent(key) }
    return index
  }

  /// The index of the key's value unless that is absent or null.
  @inline(__always)
  private func present(_ key: Key) -> Int? {
    guard let index = tape.find(key.stringValue, in: object), !tape.isNull(index) else { return nil }
    return index
  }

  @inline(never)
  private func absent(_ key: Key) -> DecodingError {
    .keyNotFound(
      key,
      DecodingError.Context(codingPath: codingPath, debugDescription: "The object has no key \"\(key.stringValue)\"."))
  }

  // MARK: Values

  func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try tape.bool(at: index(key)) }
  func decode(_ type: String.Type, forKey key: Key) throws -> String { try tape.string(at: index(key)) }
  func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try tape.double(at: index(key)) }
  func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try tape.float(at: index(key)) }
  func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try tape.integer(type, at: index(key)) }
  func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try tape.integer(type, at: index(key)) }
  func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try tape.integer(type, at: index(key)) }
  func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try tape.integer(type, at: index(key)) }
  func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try tape.integer(type, at: index(key)) }
  func decode(_ type: Int128.Type, forKey key: Key) throws -> Int128 { try tape.integer(type, at: index(key)) }
  func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try tape.integer(type, at: index(key)) }
  func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try tape.integer(type, at: index(key)) }
  func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try tape.integer(type, at: index(key)) }
  func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try tape.integer(type, at: index(key)) }
  func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try tape.integer(type, at: index(key)) }
  func decode(_ type: UInt128.Type, forKey key: Key) throws -> UInt128 { try tape.integer(type, at: index(key)) }
  func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T { try tape.decode(type, at: index(key)) }

  // MARK: Values that may be absent

  func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? { try present(key).map(tape.bool) }
  func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? { try present(key).map(tape.string) }
  func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? { try present(key).map(tape.double) }
  func decodeIfPresent(_ type: Float.Type, forKey key: Key) throws -> Float? { try present(key).map(tape.float) }
  func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? { try integer(type, key) }
  func decodeIfPresent(_ type: Int8.Type, forKey key: Key) throws -> Int8? { try integer(type, key) }
  func decodeIfPresent(_ type: Int16.Type, forKey key: Key) throws -> Int16? { try integer(type, key) }
  func decodeIfPresent(_ type: Int32.Type, forKey key: Key) throws -> Int32? { try integer(type, key) }
  func decodeIfPresent(_ type: Int64.Type, forKey key: Key) throws -> Int64? { try integer(type, key) }
  func decodeIfPresent(_ type: Int128.Type, forKey key: Key) throws -> Int128? { try integer(type, key) }
  func decodeIfPresent(_ type: UInt.Type, forKey key: Key) throws -> UInt? { try integer(type, key) }
  func decodeIfPresent(_ type: UInt8.Type, forKey key: Key) throws -> UInt8? { try integer(type, key) }
  func decodeIfPresent(_ type: UInt16.Type, forKey key: Key) throws -> UInt16? { try integer(type, key) }
  func decodeIfPresent(_ type: UInt32.Type, forKey key: Key) throws -> UInt32? { try integer(type, key) }
  func decodeIfPresent(_ type: UInt64.Type, forKey key: Key) throws -> UInt64? { try integer(type, key) }
  func decodeIfPresent(_ type: UInt128.Type, forKey key: Key) throws -> UInt128? { try integer(type, key) }

  func decodeIfPresent<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T? {
    guard let index = present(key) else { return nil }
    return try tape.decode(type, at: index)
  }

  @inline(__always)
  private func integer<T: FixedWidthInteger>(_ type: T.Type, _ key: Key) throws -> T? {
    guard let index = present(key) else { return nil }
    return try tape.integer(type, at: index)
  }

  // MARK: Containers

  func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<NestedKey> {
    try tape.keyedContainer(type, at: index(key))
  }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try tape.unkeyedContainer(at: index(key))
  }

  func superDecoder() throws -> any Decoder { superDecoder(JSONCodingKey.superKey) }

  func superDecoder(forKey key: Key) throws -> any Decoder { superDecoder(key) }

  private func superDecoder(_ key: any CodingKey) -> any Decoder {
    if let index = tape.find(key.stringValue, in: object) { return TapeDecoder(tape: tape, index: index) }
    return tape.detachedDecoder(path: codingPath + [key])
  }
}
