/// One text that is being encoded: its bytes, and the values of it that are not complete yet.
///
/// Values are written where they stand. Only nested containers and super encoders, which may be filled in any order and at the same time
/// as what is around them, have a state of their own; its bytes are put in when the value around it is complete.
final class EncodingState {
  /// A value between the call of its `encode(to:)` and its return.
  struct Frame {
    enum Kind { case none, single, array, object }

    var kind = Kind.none
    /// Tells this value's containers from those of others that stood at the same depth.
    var serial = 0
    /// Where the value begins in the output.
    var start = 0
    /// The elements or keys begun so far.
    var count = 0
    /// The first of the value's keys and holes.
    var firstKey = 0
    var firstHole = 0
  }

  /// A place of the output that another state's bytes go to.
  struct Hole {
    var offset: Int
    let content: EncodingState
  }

  let output: JSONOutput
  let layout: JSONLayout
  let userInfo: [CodingUserInfoKey: any Sendable]
  /// The path of the text's root: empty but for a nested container's state.
  let basePath: [any CodingKey]
  @exclusivity(unchecked) var frame = Frame()
  /// The values around the current one, the outermost first.
  @exclusivity(unchecked) var outer: [Frame] = []
  /// Of each key of the open objects, where it begins and a hash of its bytes.
  @exclusivity(unchecked) var keyStarts: [Int] = []
  @exclusivity(unchecked) var keyHashes: [UInt32] = []
  @exclusivity(unchecked) var holes: [Hole] = []
  /// How many arrays and objects are open, with those around the root.
  @exclusivity(unchecked) private var depth: Int
  /// Set where opening a container, which cannot throw, broke the limit; thrown by what comes next.
  @exclusivity(unchecked) private var failure: JSONError?
  @exclusivity(unchecked) private var lastSerial = 0

  init(
    layout: JSONLayout, userInfo: [CodingUserInfoKey: any Sendable], capacity: Int = 480,
    basePath: [any CodingKey] = [], depth: Int = 0
  ) {
    output = JSONOutput(capacity: capacity)
    self.layout = layout
    self.userInfo = userInfo
    self.basePath = basePath
    self.depth = depth
  }

  // MARK: Values

  /// Writes a value. The types that most values are made of are written without their own `encode(to:)`.
  @inline(__always)
  func encode<T: Encodable>(_ value: T) throws {
    // Each cast follows a comparison that proves it.
    if T.self == String.self {
      output.append(string: unsafeBitCast(value, to: String.self))
    } else if T.self == Int.self {
      output.append(integer: unsafeBitCast(value, to: Int.self))
    } else if T.self == Double.self {
      try encode(number: unsafeBitCast(value, to: Double.self))
    } else if T.self == Bool.self {
      encode(bool: unsafeBitCast(value, to: Bool.self))
    } else if T.self == UInt8.self {
      output.append(integer: unsafeBitCast(value, to: UInt8.self))
    } else if T.self == JSONValue.self {
      try encode(json: unsafeBitCast(value, to: JSONValue.self))
    } else if T.self == JSONObject.self {
      try encode(json: .object(unsafeBitCast(value, to: JSONObject.self)))
    } else {
      try encodeItself(value)
    }
  }

  func encode(bool: Bool) { output.append(bool ? "true" : "false") }

  func encode(number: some BinaryFloatingPoint & CustomStringConvertible) throws {
    guard output.append(number: number) else { throw invalid(number, .nonFinite(number)) }
  }

  private func encode(json value: JSONValue) throws {
    do throws(JSONError) {
      try output.append(value, layout, depth: depth)
    } catch {
      throw invalid(value, error)
    }
  }

  private func encodeItself<T: Encodable>(_ value: T) throws {
    // Values that hold one another without containers between recurse too.
    guard outer.count < layout.maximumDepth * 4 else { throw invalid(value, .tooDeep(layout.maximumDepth)) }
    let depthBefore = depth
    outer.append(frame)
    lastSerial &+= 1
    frame = Frame(
      serial: lastSerial, start: output.count, firstKey: keyStarts.count, firstHole: holes.count)
    defer {
      keyStarts.removeLast(keyStarts.count - frame.firstKey)
      keyHashes.removeLast(keyHashes.count - frame.firstKey)
      holes.removeLast(holes.count - frame.firstHole)
      frame = outer.removeLast()
      depth = depthBefore
    }
    try value.encode(to: ValueEncoder(state: self, serial: frame.serial))
    if let failure { throw invalid(value, failure) }
    if frame.kind == .none, outer.count == 1, basePath.isEmpty {
      throw EncodingError.invalidValue(
        value,
        EncodingError.Context(codingPath: [], debugDescription: "The outermost \(T.self) did not encode any values."))
    }
    try closeFrame()
  }

  // MARK: Containers

  /// Makes the value with this serial an array or object; asking again continues the same one.
  func open(_ kind: Frame.Kind, serial: Int) {
    check(serial)
    if frame.kind == kind { return }
    precondition(frame.kind == .none, "one value asked its encoder for containers of two kinds")
    frame.kind = kind
    output.append(kind == .array ? UInt8(ascii: "[") : UInt8(ascii: "{"))
    depth += 1
    if depth > layout.maximumDepth, failure == nil { failure = .tooDeep(layout.maximumDepth) }
  }

  @inline(__always)
  func check(_ serial: Int) {
    precondition(frame.serial == serial, "an encoding container was used outside of the encode(to:) that asked for it")
  }

  /// Writes a single value in place of the current one.
  @inline(__always)
  func single(serial: Int, _ body: (EncodingState) throws -> Void) throws {
    check(serial)
    precondition(frame.kind == .none, "one value was encoded twice, or after its encoder was asked for a container")
    frame.kind = .single
    do {
      try body(self)
    } catch {
      output.count = frame.start
      frame.kind = .none
      throw error
    }
  }

  /// Writes an element of the current array. When it cannot be written, the array stays as it was.
  @inline(__always)
  func element(serial: Int, _ body: (EncodingState) throws -> Void) throws {
    try throwFailure()
    let start = output.count
    beginElement(serial)
    do {
      try body(self)
    } catch {
      output.count = start
      frame.count -= 1
      throw error
    }
  }

  @inline(__always)
  func beginElement(_ serial: Int) {
    check(serial)
    if frame.count > 0 { output.append(UInt8(ascii: ",")) }
    frame.count &+= 1
  }

  /// Writes a key and its value. When the value cannot be written, the object stays as it was.
  @inline(__always)
  func pair(_ key: String, serial: Int, _ body: (EncodingState) throws -> Void) throws {
    try throwFailure()
    let start = output.count
    beginPair(key, serial)
    do {
      try body(self)
    } catch {
      output.count = start
      frame.count -= 1
      keyStarts.removeLast()
      keyHashes.removeLast()
      throw error
    }
  }

  @inline(__always)
  func beginPair(_ key: String, _ serial: Int) {
    beginElement(serial)
    let start = output.count
    output.append(string: key)
    keyStarts.append(start)
    keyHashes.append(TapeScanner.hash(output.bytes + start, output.count &- start))
    output.append(UInt8(ascii: ":"))
  }

  /// A state for a value that is filled later, at the current place of the output.
  func makeHole(opening kind: Frame.Kind) -> EncodingState {
    let content = EncodingState(
      layout: layout, userInfo: userInfo, capacity: 96, basePath: path(withElement: true), depth: depth)
    content.failure = failure
    if kind != .none { content.open(kind, serial: 0) }
    holes.append(Hole(offset: output.count, content: content))
    return content
  }

  // MARK: Errors

  @inline(__always)
  private func throwFailure() throws {
    if let failure { throw invalid(outer.count, failure) }
  }

  /// Completes a hole's content.
  func finish() throws -> JSONOutput {
    if let failure { throw invalid(output.count, failure) }
    try closeFrame()
    frame.serial = -1
    return output
  }

  @inline(never)
  func invalid(_ value: Any, _ error: JSONError) -> EncodingError {
    .invalidValue(
      value,
      EncodingError.Context(
        codingPath: path(withElement: true), debugDescription: error.description, underlyingError: error))
  }
}
