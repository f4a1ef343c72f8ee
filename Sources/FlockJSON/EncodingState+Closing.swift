extension EncodingState {
  /// Ends the current value: fills its holes, settles its keys and closes its bracket.
  func closeFrame() throws {
    if holes.count > frame.firstHole { try fillHoles() }
    switch frame.kind {
    case .none: output.append("{}")
    case .single: break
    case .array: output.append(UInt8(ascii: "]"))
    case .object:
      if frame.count > 1 { settleKeys() }
      output.append(UInt8(ascii: "}"))
    }
  }

  private func fillHoles() throws {
    let first = holes[frame.firstHole].offset
    let tail = Array(output.slice(first..<output.count))
    output.count = first
    var copied = first
    var key = frame.firstKey
    func copy(to end: Int) {
      let shift = output.count - copied
      while key < keyStarts.count, keyStarts[key] < end {
        keyStarts[key] += shift
        key += 1
      }
      tail.withUnsafeBufferPointer { output.append(UnsafeBufferPointer(rebasing: $0[copied - first..<end - first])) }
      copied = end
    }
    for hole in holes[frame.firstHole...] {
      copy(to: hole.offset)
      let content = try hole.content.finish()
      output.append(content.slice(0..<content.count))
    }
    copy(to: first + tail.count)
  }

  // MARK: Keys

  private func settleKeys() {
    let mayRepeat = keyHashes.withUnsafeBufferPointer {
      Self.mayRepeat(UnsafeBufferPointer(rebasing: $0[frame.firstKey...]))
    }
    if mayRepeat || layout.sortsKeys { rewriteKeys() }
  }

  private static func mayRepeat(_ hashes: UnsafeBufferPointer<UInt32>) -> Bool {
    if hashes.count <= 64 { return TapeScanner.hasEqual(hashes) }
    let sorted = hashes.sorted()
    return zip(sorted, sorted.dropFirst()).contains { $0 == $1 }
  }

  /// Writes the current object's pairs again: the last of each key, and in the keys' order where that is asked for.
  @inline(never)
  private func rewriteKeys() {
    let starts = keyStarts[frame.firstKey...]
    let base = frame.start + 1
    let body = Array(output.slice(base..<output.count))
    // Each pair ends before the comma in front of the next one.
    let ends = starts.dropFirst().map { $0 - 1 } + [output.count]
    var pairs = zip(starts, ends).map { (key: keyText(at: $0), range: $0 - base..<$1 - base) }
    var last: [JSONTextKey: Int] = [:]
    for (place, pair) in pairs.enumerated() { last[JSONTextKey(text: pair.key)] = place }
    pairs = pairs.enumerated().filter { last[JSONTextKey(text: $1.key)] == $0 }.map(\.element)
    if layout.sortsKeys { pairs.sort { JSONText.precedes($0.key, $1.key) } }
    output.count = base
    for (place, pair) in pairs.enumerated() {
      if place > 0 { output.append(UInt8(ascii: ",")) }
      body.withUnsafeBufferPointer { output.append(UnsafeBufferPointer(rebasing: $0[pair.range])) }
    }
  }

  /// The text of the key that was written at an offset.
  private func keyText(at start: Int) -> String {
    var end = start + 1
    var isEscaped = false
    while output.bytes[end] != UInt8(ascii: "\"") {
      let step = output.bytes[end] == UInt8(ascii: "\\") ? 2 : 1
      isEscaped = isEscaped || step == 2
      end += step
    }
    let text = String(decoding: output.slice(start + 1..<end), as: UTF8.self)
    // What was written by this module is read by it.
    return isEscaped ? (try? JSONParser().parse(output.slice(start..<end + 1)))?.asString ?? text : text
  }

  // MARK: Paths

  /// The keys from the text's root to the current value, or to the element or pair of it that was begun last. Only errors, and types that
  /// ask for their path, pay for it.
  func path(withElement: Bool) -> [any CodingKey] {
    var path = basePath
    var frames = outer
    if withElement { frames.append(frame) }
    for (place, one) in frames.enumerated() {
      switch one.kind {
      case .none, .single: break
      case .array: if one.count > 0 { path.append(JSONCodingKey(index: one.count - 1)) }
      case .object:
        let keys =
          place + 1 < outer.count ? outer[place + 1].firstKey : place < outer.count ? frame.firstKey : keyStarts.count
        if keys > one.firstKey { path.append(JSONCodingKey(stringValue: keyText(at: keyStarts[keys - 1]))) }
      }
    }
    return path
  }
}
