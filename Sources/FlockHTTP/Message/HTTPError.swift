/// Why there is no response, or why one ended early.
///
/// `requestMayHaveBeenSent` tells a definite failure from an indefinite one: when it is false, the server did not get
/// the request and another attempt cannot repeat an effect.
public struct HTTPError: Error, Sendable, Hashable, CustomStringConvertible {
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    private let word: String

    private init(_ word: String) { self.word = word }

    public var description: String { word }

    /// The request does not fit the protocol's grammar or the client's limits.
    public static let invalidRequest = Code("invalidRequest")
    public static let invalidConfiguration = Code("invalidConfiguration")
    /// The host, the address or a redirect is one that the configuration does not allow.
    public static let notAllowed = Code("notAllowed")
    public static let nameNotResolved = Code("nameNotResolved")
    /// Nobody listens, or the host cannot be reached.
    public static let connectionRefused = Code("connectionRefused")
    /// The connection broke before the response was whole.
    public static let connectionLost = Code("connectionLost")
    public static let timedOut = Code("timedOut")
    /// The response, its header or an event is over its limit.
    public static let tooLarge = Code("tooLarge")
    /// No trusted, secure connection could be made.
    public static let tls = Code("tls")
    /// The task was cancelled.
    public static let cancelled = Code("cancelled")
    /// The server's answer is not HTTP.
    public static let invalidResponse = Code("invalidResponse")
    public static let tooManyRedirects = Code("tooManyRedirects")
    /// As many requests as the configuration allows are under way.
    public static let overloaded = Code("overloaded")
    /// The client was shut down.
    public static let shutDown = Code("shutDown")
    /// Memory, a thread or a descriptor is missing.
    public static let unavailable = Code("unavailable")
  }

  public let code: Code
  /// For a person. Holds no header value, no body, and no URL's user info or query.
  public let message: String
  /// The same call may go through later. Says nothing about effects: see `requestMayHaveBeenSent`.
  public let isRetriable: Bool
  /// False only if no byte of the request was handed to a connection.
  public let requestMayHaveBeenSent: Bool

  /// - Parameter isRetriable: `nil` for what the code implies.
  public init(_ code: Code, _ message: String, isRetriable: Bool? = nil, requestMayHaveBeenSent: Bool = false) {
    self.code = code
    self.message = message
    self.isRetriable = isRetriable ?? Self.transientCodes.contains(code)
    self.requestMayHaveBeenSent = requestMayHaveBeenSent
  }

  public var description: String {
    let effect = requestMayHaveBeenSent ? "the request may have been sent" : "the request was not sent"
    return "\(code): \(message) (\(effect))"
  }

  /// The same failure after an earlier request of the same call, such as one that was redirected, had been sent.
  func withSent(_ sent: Bool) -> HTTPError {
    HTTPError(code, message, isRetriable: isRetriable, requestMayHaveBeenSent: requestMayHaveBeenSent || sent)
  }

  private static let transientCodes: Set<Code> = [
    .nameNotResolved, .connectionRefused, .connectionLost, .timedOut, .overloaded, .unavailable,
  ]
}
