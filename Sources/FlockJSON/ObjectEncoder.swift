/// The keys and values of one object that is being written.
struct ObjectEncoder<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let state: EncodingState
  let serial: Int

  var codingPath: [any CodingKey] { state.path(withElement: false) }

  func encodeNil(forKey key: Key) throws { try pair(key) { $0.output.append("null") } }
  func encode(_ value: Bool, forKey key: Key) throws { try pair(key) { $0.encode(bool: value) } }
  func encode(_ value: String, forKey key: Key) throws { try pair(key) { $0.output.append(string: value) } }
  func encode(_ value: Double, forKey key: Key) throws { try pair(key) { try $0.encode(number: value) } }
  func encode(_ value: Float, forKey key: Key) throws { try pair(key) { try $0.encode(number: value) } }
  func encode(_ value: Int, forKey key: Key) throws { try encode(integer: value, key) }
  func encode(_ value: Int8, forKey key: Key) throws { try encode(integer: value, key) }
  func encode(_ value: Int16, forKey key: Key) throws { try encode(integer: value, key) }
  func encode(_ value: Int32, forKey key: Key) throws { try encode(integer: value, key) }
  func encode(_ value: Int64, forKey key: Key) throws { try encode(integer: value, key) }
  func encode(_ value: Int128, forKey key: Key) throws { try encode(integer: value, key) }
  func encode(_ value: UInt, forKey key: Key) throws { try encode(integer: value, key) }
  func encode(_ value: UInt8, forKey key: Key) throws { try encode(integer: value, key) }
  func encode(_ value: UInt16, forKey key: Key) throws { try encode(integer: value, key) }
  func encode(_ value: UInt32, forKey key: Key) throws { try encode(integer: value, key) }
  func encode(_ value: UInt64, forKey key: Key) throws { try encode(integer: value, key) }
  func encode(_ value: UInt128, forKey key: Key) throws { try encode(integer: value, key) }
  func encode<T: Encodable>(_ value: T, forKey key: Key) throws { try pair(key) { try $0.encode(value) } }

  private func encode(integer: some FixedWidthInteger, _ key: Key) throws {
    try pair(key) { $0.output.append(integer: integer) }
  }

  @inline(__always)
  private func pair(_ key: Key, _ body: (EncodingState) throws -> Void) throws {
    try state.pair(key.stringValue, serial: serial, body)
  }

  // MARK: Containers

  func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type, forKey key: Key
  ) -> KeyedEncodingContainer<NestedKey> {
    KeyedEncodingContainer(ObjectEncoder<NestedKey>(state: hole(key, opening: .object), serial: 0))
  }

  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    ArrayEncoder(state: hole(key, opening: .array), serial: 0)
  }

  func superEncoder() -> any Encoder {
    ValueEncoder(state: hole(JSONCodingKey.superKey, opening: .none), serial: 0)
  }

  func superEncoder(forKey key: Key) -> any Encoder {
    ValueEncoder(state: hole(key, opening: .none), serial: 0)
  }

  private func hole(_ key: some CodingKey, opening kind: EncodingState.Frame.Kind) -> EncodingState {
    state.beginPair(key.stringValue, serial)
    return state.makeHole(opening: kind)
  }
}
