/// The elements of one array of a tape. Indices take 32 bits each, so that it needs no allocation as an existential.
struct TapeUnkeyedContainer: UnkeyedDecodingContainer {
  let tape: JSONTape
  private let array: UInt32
  /// The next element's index on the tape.
  private var position: UInt32
  private var element: UInt32 = 0

  init(tape: JSONTape, array: Int) {
    self.tape = tape
    self.array = UInt32(truncatingIfNeeded: array)
    position = self.array + 1
  }

  var codingPath: [any CodingKey] { tape.path(to: Int(array)) }
  var count: Int? { tape.entries[Int(array)].low }
  var currentIndex: Int { Int(element) }
  var isAtEnd: Bool { position >= tape.entries[Int(array)].extent }

  /// The next element's index on the tape.
  @inline(__always)
  private func current(_ type: Any.Type) throws -> Int {
    guard !isAtEnd else { throw atEnd(type) }
    return Int(position)
  }

  @inline(__always)
  private mutating func advance() {
    position = UInt32(truncatingIfNeeded: tape.next(after: Int(position)))
    element &+= 1
  }

  @inline(never)
  private func atEnd(_ type: Any.Type) -> DecodingError {
    .valueNotFound(
      type,
      DecodingError.Context(
        codingPath: codingPath + [JSONCodingKey(index: currentIndex)],
        debugDescription: "Expected \(type), but the array has no more than \(currentIndex) elements."))
  }

  /// Reads an element. An error leaves the container at it.
  @inline(__always)
  private mutating func read<T>(_ type: T.Type, _ body: (JSONTape, Int) throws -> T) throws -> T {
    let value = try body(tape, current(type))
    advance()
    return value
  }

  @inline(__always)
  private mutating func readInteger<T: FixedWidthInteger>(_ type: T.Type) throws -> T {
    try read(type) { tape, index in try tape.integer(type, at: index) }
  }

  mutating func decodeNil() throws -> Bool {
    guard tape.isNull(try current(Any?.self)) else { return false }
    advance()
    return true
  }

  // MARK: Values

  mutating func decode(_ type: Bool.Type) throws -> Bool { try read(type) { tape, index in try tape.bool(at: index) } }
  mutating func decode(_ type: String.Type) throws -> String {
    try read(type) { tape, index in try tape.string(at: index) }
  }
  mutating func decode(_ type: Double.Type) throws -> Double {
    try read(type) { tape, index in try tape.double(at: index) }
  }
  mutating func decode(_ type: Float.Type) throws -> Float {
    try read(type) { tape, index in try tape.float(at: index) }
  }
  mutating func decode(_ type: Int.Type) throws -> Int { try readInteger(type) }
  mutating func decode(_ type: Int8.Type) throws -> Int8 { try readInteger(type) }
  mutating func decode(_ type: Int16.Type) throws -> Int16 { try readInteger(type) }
  mutating func decode(_ type: Int32.Type) throws -> Int32 { try readInteger(type) }
  mutating func decode(_ type: Int64.Type) throws -> Int64 { try readInteger(type) }
  mutating func decode(_ type: Int128.Type) throws -> Int128 { try readInteger(type) }
  mutating func decode(_ type: UInt.Type) throws -> UInt { try readInteger(type) }
  mutating func decode(_ type: UInt8.Type) throws -> UInt8 { try readInteger(type) }
  mutating func decode(_ type: UInt16.Type) throws -> UInt16 { try readInteger(type) }
  mutating func decode(_ type: UInt32.Type) throws -> UInt32 { try readInteger(type) }
  mutating func decode(_ type: UInt64.Type) throws -> UInt64 { try readInteger(type) }
  mutating func decode(_ type: UInt128.Type) throws -> UInt128 { try readInteger(type) }

  mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
    try read(type) { tape, index in try tape.decode(type, at: index) }
  }

  // MARK: Containers

  mutating func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type
  ) throws -> KeyedDecodingContainer<NestedKey> {
    try read(KeyedDecodingContainer<NestedKey>.self) { tape, index in try tape.keyedContainer(type, at: index) }
  }

  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    try read((any UnkeyedDecodingContainer).self) { tape, index in try tape.unkeyedContainer(at: index) }
  }

  mutating func superDecoder() throws -> any Decoder {
    try read((any Decoder).self) { tape, index in TapeDecoder(tape: tape, index: index) }
  }
}
