/// The events of a stream of bytes, read as they are asked for: the bytes' back-pressure holds.
public struct ServerSentEvents<Bytes: AsyncSequence>: AsyncSequence
where Bytes.Element == [UInt8], Bytes.Failure == HTTPError {
  public typealias Element = ServerSentEvent
  public typealias Failure = HTTPError

  private let bytes: Bytes
  private let limits: ServerSentEventLimits

  public init(_ bytes: Bytes, limits: ServerSentEventLimits = ServerSentEventLimits()) {
    self.bytes = bytes
    self.limits = limits
  }

  public func makeAsyncIterator() -> Iterator {
    Iterator(bytes: bytes.makeAsyncIterator(), parser: ServerSentEventParser(limits: limits))
  }

  public struct Iterator: AsyncIteratorProtocol {
    var bytes: Bytes.AsyncIterator
    var parser: ServerSentEventParser
    /// Reversed, so that the next one is the last.
    var pending: [ServerSentEvent] = []

    /// See `ServerSentEventParser.lastEventID`: of all that was read, which may be ahead of what `next` answered.
    public var lastEventID: String { parser.lastEventID }
    public var reconnectionTime: Duration? { parser.reconnectionTime }

    /// - Throws: what the bytes throw; `tooLarge` for a line or an event over its limit.
    public mutating func next(
      isolation actor: isolated (any Actor)? = #isolation
    ) async throws(HTTPError) -> ServerSentEvent? {
      while pending.isEmpty {
        guard let chunk = try await bytes.next(isolation: actor) else { return nil }
        pending = try parser.feed(chunk).reversed()
      }
      return pending.popLast()
    }

    public mutating func next() async throws(HTTPError) -> ServerSentEvent? {
      try await next(isolation: #isolation)
    }
  }
}

extension ServerSentEvents: Sendable where Bytes: Sendable {}
