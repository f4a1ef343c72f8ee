/// Reads a `text/event-stream` in pieces cut anywhere, WHATWG HTML section 9.2.6.
///
/// Lines end with CR, LF or CRLF; one byte order mark at the start is dropped; bytes are UTF-8, repaired where invalid.
/// An event that the stream's end cuts off is dropped, as the standard asks.
public struct ServerSentEventParser: Sendable {
  /// The last `id` field of a finished block; sent as `Last-Event-ID` it resumes the stream.
  public private(set) var lastEventID = ""
  /// The last valid `retry` field: how long to wait before a new connection.
  public private(set) var reconnectionTime: Duration?

  private let limits: ServerSentEventLimits
  private var line: [UInt8] = []
  private var isAfterCarriageReturn = false
  private var isFirstLine = true

  private var data: [UInt8] = []
  private var type: [UInt8] = []
  private var id: [UInt8] = []

  public init(limits: ServerSentEventLimits = ServerSentEventLimits()) {
    self.limits = limits
  }

  /// Takes the next bytes and answers the events that they complete.
  /// - Throws: `tooLarge`. The parser is then of no further use.
  public mutating func feed(_ bytes: [UInt8]) throws(HTTPError) -> [ServerSentEvent] {
    var events: [ServerSentEvent] = []
    var start = bytes.startIndex
    if isAfterCarriageReturn, let first = bytes.first {
      isAfterCarriageReturn = false
      if first == Byte.lineFeed { start += 1 }
    }
    while start < bytes.endIndex {
      let end = bytes[start...].firstIndex { $0 == Byte.lineFeed || $0 == Byte.carriageReturn }
      try append(bytes[start..<(end ?? bytes.endIndex)])
      guard let end else { break }
      start = end + 1
      if bytes[end] == Byte.carriageReturn {
        if start == bytes.endIndex {
          isAfterCarriageReturn = true
        } else if bytes[start] == Byte.lineFeed {
          start += 1
        }
      }
      if let event = try finishLine() { events.append(event) }
    }
    return events
  }

  private mutating func append(_ part: ArraySlice<UInt8>) throws(HTTPError) {
    line += part
    // The mark does not count: it is dropped before the line is read.
    let mark = isFirstLine && line.starts(with: Byte.mark) ? Byte.mark.count : 0
    guard line.count - mark <= limits.maximumLineBytes else {
      throw HTTPError(
        .tooLarge, "a line of the event stream is over \(limits.maximumLineBytes) bytes", requestMayHaveBeenSent: true)
    }
  }

  private mutating func finishLine() throws(HTTPError) -> ServerSentEvent? {
    defer { line.removeAll(keepingCapacity: true) }
    if isFirstLine {
      isFirstLine = false
      if line.starts(with: Byte.mark) { line.removeFirst(Byte.mark.count) }
    }
    if line.isEmpty { return dispatch() }
    guard let colon = line.firstIndex(of: Byte.colon) else {
      try take(line[...], [])
      return nil
    }
    // A line that starts with a colon is a comment: its field name is empty.
    var value = line[(colon + 1)...]
    if value.first == Byte.space { value.removeFirst() }
    try take(line[..<colon], value)
    return nil
  }

  private mutating func take(_ field: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) throws(HTTPError) {
    if field.elementsEqual("data".utf8) {
      data += value
      data.append(Byte.lineFeed)
    } else if field.elementsEqual("event".utf8) {
      type = Array(value)
    } else if field.elementsEqual("id".utf8) {
      if !value.contains(0) { id = Array(value) }
    } else if field.elementsEqual("retry".utf8) {
      let isNumber = !value.isEmpty && value.allSatisfy { (0x30...0x39).contains($0) }
      if isNumber, let milliseconds = Int64(String(decoding: value, as: UTF8.self)) {
        reconnectionTime = .milliseconds(milliseconds)
      }
    }
    guard data.count + type.count + id.count <= limits.maximumEventBytes else {
      throw HTTPError(
        .tooLarge, "an event is over \(limits.maximumEventBytes) bytes", requestMayHaveBeenSent: true)
    }
  }

  private mutating func dispatch() -> ServerSentEvent? {
    defer {
      data.removeAll(keepingCapacity: true)
      type.removeAll()
    }
    lastEventID = String(decoding: id, as: UTF8.self)
    guard !data.isEmpty else { return nil }
    return ServerSentEvent(
      type: type.isEmpty ? "message" : String(decoding: type, as: UTF8.self),
      data: String(decoding: data.dropLast(), as: UTF8.self), id: lastEventID)
  }

  private enum Byte {
    static let lineFeed: UInt8 = 0x0A
    static let carriageReturn: UInt8 = 0x0D
    static let space: UInt8 = 0x20
    static let colon: UInt8 = 0x3A
    static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
  }
}
