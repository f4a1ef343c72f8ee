/// One event of a `text/event-stream`, WHATWG HTML section 9.2.
public struct ServerSentEvent: Sendable, Hashable {
  /// The `event` field, `message` if there was none.
  public let type: String
  /// The `data` fields, joined by line feeds.
  public let data: String
  /// The last `id` field up to and including this event; empty if there was none.
  public let id: String

  public init(type: String = "message", data: String, id: String = "") {
    self.type = type
    self.data = data
    self.id = id
  }
}

/// What a stream of events may hold in memory.
public struct ServerSentEventLimits: Sendable, Hashable {
  /// Bytes of one line without its end. Default 1 MiB.
  public var maximumLineBytes = 1 << 20
  /// Bytes of one event's data, type and id. Default 4 MiB.
  public var maximumEventBytes = 4 << 20

  public init() {}
}
