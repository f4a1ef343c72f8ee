/// The encoder of one value. Two words, so that it needs no allocation as an existential.
struct ValueEncoder: Encoder {
  let state: EncodingState
  let serial: Int

  var codingPath: [any CodingKey] { state.path(withElement: false) }
  var userInfo: [CodingUserInfoKey: Any] { state.userInfo }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    state.open(.object, serial: serial)
    return KeyedEncodingContainer(ObjectEncoder<Key>(state: state, serial: serial))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    state.open(.array, serial: serial)
    return ArrayEncoder(state: state, serial: serial)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer { self }
}

extension ValueEncoder: SingleValueEncodingContainer {
  func encodeNil() throws { try state.single(serial: serial) { $0.output.append("null") } }
  func encode(_ value: Bool) throws { try state.single(serial: serial) { $0.encode(bool: value) } }
  func encode(_ value: String) throws { try state.single(serial: serial) { $0.output.append(string: value) } }
  func encode(_ value: Double) throws { try state.single(serial: serial) { try $0.encode(number: value) } }
  func encode(_ value: Float) throws { try state.single(serial: serial) { try $0.encode(number: value) } }
  func encode(_ value: Int) throws { try encode(integer: value) }
  func encode(_ value: Int8) throws { try encode(integer: value) }
  func encode(_ value: Int16) throws { try encode(integer: value) }
  func encode(_ value: Int32) throws { try encode(integer: value) }
  func encode(_ value: Int64) throws { try encode(integer: value) }
  func encode(_ value: Int128) throws { try encode(integer: value) }
  func encode(_ value: UInt) throws { try encode(integer: value) }
  func encode(_ value: UInt8) throws { try encode(integer: value) }
  func encode(_ value: UInt16) throws { try encode(integer: value) }
  func encode(_ value: UInt32) throws { try encode(integer: value) }
  func encode(_ value: UInt64) throws { try encode(integer: value) }
  func encode(_ value: UInt128) throws { try encode(integer: value) }
  func encode<T: Encodable>(_ value: T) throws { try state.single(serial: serial) { try $0.encode(value) } }

  private func encode(integer: some FixedWidthInteger) throws {
    try state.single(serial: serial) { $0.output.append(integer: integer) }
  }
}
