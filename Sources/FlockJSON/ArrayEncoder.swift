/// The elements of one array that is being written.
struct ArrayEncoder: UnkeyedEncodingContainer {
  let state: EncodingState
  let serial: Int

  var codingPath: [any CodingKey] { state.path(withElement: false) }
  var count: Int { state.frame.count }

  func encodeNil() throws { try state.element(serial: serial) { $0.output.append("null") } }
  func encode(_ value: Bool) throws { try state.element(serial: serial) { $0.encode(bool: value) } }
  func encode(_ value: String) throws { try state.element(serial: serial) { $0.output.append(string: value) } }
  func encode(_ value: Double) throws { try state.element(serial: serial) { try $0.encode(number: value) } }
  func encode(_ value: Float) throws { try state.element(serial: serial) { try $0.encode(number: value) } }
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
  func encode<T: Encodable>(_ value: T) throws { try state.element(serial: serial) { try $0.encode(value) } }

  private func encode(integer: some FixedWidthInteger) throws {
    try state.element(serial: serial) { $0.output.append(integer: integer) }
  }

  // MARK: Containers

  func nestedContainer<NestedKey: CodingKey>(keyedBy type: NestedKey.Type) -> KeyedEncodingContainer<NestedKey> {
    KeyedEncodingContainer(ObjectEncoder<NestedKey>(state: hole(opening: .object), serial: 0))
  }

  func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
    ArrayEncoder(state: hole(opening: .array), serial: 0)
  }

  func superEncoder() -> any Encoder { ValueEncoder(state: hole(opening: .none), serial: 0) }

  private func hole(opening kind: EncodingState.Frame.Kind) -> EncodingState {
    state.beginElement(serial)
    return state.makeHole(opening: kind)
  }
}
