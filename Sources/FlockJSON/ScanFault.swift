/// A fault as the scanner sees it: cheap to throw, made a `JSONError` at the edge.
struct ScanFault: Error {
  let code: JSONError.Code
  let offset: Int
  /// What was expected, or what is wrong.
  let expectation: StaticString
  /// Whether the message ends in the byte that was found.
  var namesFoundByte = true

  func error(in text: UnsafeBufferPointer<UInt8>) -> JSONError {
    var message = "\(expectation)"
    var code = code
    if namesFoundByte {
      if offset >= text.count {
        code = .unexpectedEnd
        message += ", found the end of the text"
      } else {
        message += ", found \(Self.name(text[offset]))"
      }
    }
    return JSONError(code, at: JSONError.Location(offset: offset, in: text), message)
  }

  private static func name(_ byte: UInt8) -> String {
    if (0x21...0x7E).contains(byte) { return "'\(Character(UnicodeScalar(byte)))'" }
    let digits = String(byte, radix: 16, uppercase: true)
    return "byte 0x" + (digits.utf8.count == 1 ? "0" : "") + digits
  }
}
