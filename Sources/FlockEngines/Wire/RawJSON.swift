import FlockJSON

/// Cuts values out of JSON texts as they were written, so that numbers keep every digit.
///
/// The texts must have been accepted by `JSONParser` before: nothing is checked again.
enum RawJSON {
  typealias Text = ArraySlice<UInt8>

  private enum Byte {
    static let quote = UInt8(ascii: "\"")
    static let backslash = UInt8(ascii: "\\")
    static let comma = UInt8(ascii: ",")
    static let colon = UInt8(ascii: ":")
    static let openings: [UInt8] = [UInt8(ascii: "{"), UInt8(ascii: "[")]
    static let closings: [UInt8] = [UInt8(ascii: "}"), UInt8(ascii: "]")]

    static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }
  }

  /// The value of an object's key; `nil` if the object lacks it.
  static func member(_ name: String, of object: Text) -> Text? {
    var position = afterOpening(object)
    while position < object.endIndex, object[position] == Byte.quote {
      let keyEnd = endOfString(object, from: position)
      let key = object[position..<keyEnd]
      position = skipSpace(object, from: keyEnd)
      // The colon.
      position = skipSpace(object, from: position + 1)
      let end = endOfValue(object, from: position)
      if matches(key, name) { return object[position..<end] }
      position = skipSeparator(object, from: end)
    }
    return nil
  }

  static func elements(of array: Text) -> [Text] {
    var elements: [Text] = []
    var position = afterOpening(array)
    while position < array.endIndex, !Byte.closings.contains(array[position]) {
      let end = endOfValue(array, from: position)
      elements.append(array[position..<end])
      position = skipSeparator(array, from: end)
    }
    return elements
  }

  /// The same text on one line, without the blanks that mean nothing.
  static func compact(_ text: Text) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    var isInString = false
    var isEscaped = false
    for byte in text {
      if isInString {
        if isEscaped {
          isEscaped = false
        } else if byte == Byte.backslash {
          isEscaped = true
        } else if byte == Byte.quote {
          isInString = false
        }
      } else if Byte.isSpace(byte) {
        continue
      } else if byte == Byte.quote {
        isInString = true
      }
      result.append(byte)
    }
    return result
  }

  private static func afterOpening(_ text: Text) -> Int {
    let opening = skipSpace(text, from: text.startIndex)
    return opening < text.endIndex ? skipSpace(text, from: opening + 1) : text.endIndex
  }

  private static func skipSpace(_ text: Text, from start: Int) -> Int {
    var position = start
    while position < text.endIndex, Byte.isSpace(text[position]) { position += 1 }
    return position
  }

  private static func skipSeparator(_ text: Text, from start: Int) -> Int {
    let position = skipSpace(text, from: start)
    guard position < text.endIndex, text[position] == Byte.comma else { return position }
    return skipSpace(text, from: position + 1)
  }

  /// - Parameter start: the opening quote.
  private static func endOfString(_ text: Text, from start: Int) -> Int {
    var position = start + 1
    while position < text.endIndex, text[position] != Byte.quote {
      position += text[position] == Byte.backslash ? 2 : 1
    }
    return min(position + 1, text.endIndex)
  }

  private static func endOfValue(_ text: Text, from start: Int) -> Int {
    var position = start
    var depth = 0
    while position < text.endIndex {
      let byte = text[position]
      if byte == Byte.quote {
        position = endOfString(text, from: position)
        if depth == 0 { return position }
        continue
      }
      if Byte.openings.contains(byte) {
        depth += 1
      } else if Byte.closings.contains(byte) {
        // A number or word that the container around it ends.
        if depth == 0 { return position }
        depth -= 1
        if depth == 0 { return position + 1 }
      } else if depth == 0, byte == Byte.comma || Byte.isSpace(byte) {
        return position
      }
      position += 1
    }
    return position
  }

  private static func matches(_ key: Text, _ name: String) -> Bool {
    guard key.contains(Byte.backslash) else { return key.dropFirst().dropLast().elementsEqual(name.utf8) }
    guard case .string(let text)? = try? JSONParser().parse(Array(key)) else { return false }
    return text.utf8.elementsEqual(name.utf8)
  }
}
