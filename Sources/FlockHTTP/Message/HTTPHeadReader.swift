/// Puts a response's head together from its lines, as a connection delivers them.
///
/// Interim responses (1xx) are passed over and trailer fields are dropped, but both count towards the limit.
struct HTTPHeadReader {
  private let limit: Int
  private var bytes = 0
  private var status: Int?
  private var headers = HTTPHeaders()
  private var isComplete = false

  /// - Parameter limit: of all the response's lines together, in bytes.
  init(limit: Int) {
    self.limit = limit
  }

  /// Takes one line with its line end; answers the head when the line is the empty one that ends it.
  mutating func take(_ line: UnsafeRawBufferPointer) throws(HTTPError) -> HTTPResponseHead? {
    bytes += line.count
    guard bytes <= limit else { throw HTTPError(.tooLarge, "the response's header is over \(limit) bytes") }
    if isComplete { return nil }
    let content = Self.withoutLineEnd(line)
    guard let status else {
      self.status = try Self.status(content)
      return nil
    }
    if content.isEmpty { return finish(status) }
    guard !content.contains(0) else { throw Self.malformed("a NUL in a field") }
    if content[content.startIndex] == 0x20 || content[content.startIndex] == 0x09 {
      guard headers.continueLast(Self.text(content)) else { throw Self.malformed("a continuation before any field") }
      return nil
    }
    guard let colon = content.firstIndex(of: 0x3A), colon > content.startIndex,
      content[..<colon].allSatisfy(HTTPGrammar.isTokenByte)
    else { throw Self.malformed("a field without a valid name") }
    headers.add(
      String(decoding: content[..<colon], as: UTF8.self), Self.text(content[content.index(after: colon)...]))
    return nil
  }

  private mutating func finish(_ status: Int) -> HTTPResponseHead? {
    let head = HTTPResponseHead(status: status, headers: headers)
    self.status = nil
    headers = HTTPHeaders()
    guard status >= 200 || status == 101 else { return nil }
    isComplete = true
    return head
  }

  private static func status(_ line: Slice<UnsafeRawBufferPointer>) throws(HTTPError) -> Int {
    guard line.starts(with: "HTTP/".utf8), let blank = line.firstIndex(of: 0x20) else {
      throw malformed("no status line")
    }
    let digits = line[line.index(after: blank)...].prefix { $0 != 0x20 }
    guard digits.count == 3, let status = Int(String(decoding: digits, as: UTF8.self)), status >= 100 else {
      throw malformed("no three-digit status")
    }
    return status
  }

  private static func withoutLineEnd(_ line: UnsafeRawBufferPointer) -> Slice<UnsafeRawBufferPointer> {
    var content = line[...]
    if content.last == 0x0A { content.removeLast() }
    if content.last == 0x0D { content.removeLast() }
    return content
  }

  private static func text(_ bytes: Slice<UnsafeRawBufferPointer>) -> String {
    var value = bytes.drop { $0 == 0x20 || $0 == 0x09 }
    while let last = value.last, last == 0x20 || last == 0x09 { value.removeLast() }
    return String(decoding: value, as: UTF8.self)
  }

  private static func malformed(_ what: String) -> HTTPError {
    HTTPError(.invalidResponse, "the response's header is malformed: \(what)")
  }
}
