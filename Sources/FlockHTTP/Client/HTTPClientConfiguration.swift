/// A client's limits and rules. TLS certificates and host names are always verified, TLS is 1.2 or later, and proxies
/// of the environment are not used.
public struct HTTPClientConfiguration: Sendable {
  public enum Redirects: Sendable, Hashable {
    /// A 3xx answer is the response.
    case returned
    /// Followed to `http` and `https` only, never from `https` to `http`. Towards another scheme, host or port only
    /// header fields that describe content are sent: any other may hold a credential.
    case followed(maximum: Int)
  }

  /// Name resolution, connection and TLS together. Default 10 s.
  public var connectTimeout: Duration = .seconds(10)
  /// A whole `execute`, and a `stream` up to its head, redirects included. Default 60 s.
  public var requestTimeout: Duration = .seconds(60)
  /// The longest silence of a stream's server while the stream is read. Default 120 s.
  public var streamIdleTimeout: Duration = .seconds(120)

  /// Default 64 MiB.
  public var maximumRequestBytes = 64 << 20
  /// The body that `execute` collects. Default 16 MiB.
  public var maximumResponseBytes = 16 << 20
  /// The whole body of a stream. Default 1 GiB.
  public var maximumStreamBytes = 1 << 30
  /// What a stream holds for its reader before the connection is no longer read. Default 256 KiB.
  public var streamBufferBytes = 256 << 10
  /// Header of the request, and all header lines of the response, interim ones and trailers included. Default 64 KiB.
  public var maximumHeaderBytes = 64 << 10
  /// Default 8 KiB.
  public var maximumURLBytes = 8 << 10

  /// Requests under way or waiting for a connection; the next is refused as `overloaded`. Default 1024.
  public var maximumConcurrentRequests = 1024
  /// Default 256.
  public var maximumConnections = 256
  /// Default 64.
  public var maximumConnectionsPerHost = 64
  /// Connections kept open for the next request. Default 64.
  public var maximumIdleConnections = 64
  /// How old a connection may be and still be used again, to whole seconds. Default 60 s.
  public var connectionLifetime: Duration = .seconds(60)

  /// Default `.returned`.
  public var redirects: Redirects = .returned
  /// Hosts in lower case that may be asked, `*.example.org` for any name below one; `nil` for every host.
  public var allowedHosts: Set<String>?
  /// Default `.any`.
  public var addressPolicy: HTTPAddressPolicy = .any
  /// A PEM file of certificate authorities that takes the place of the system's.
  public var certificateAuthorityFile: String?
  /// Sent unless the request has a `User-Agent` of its own. Default `flock`.
  public var userAgent = "flock"

  public init() {}

  /// - Throws: `invalidConfiguration`, naming the setting.
  func validate() throws(HTTPError) {
    let durations = [
      ("connectTimeout", connectTimeout), ("requestTimeout", requestTimeout),
      ("streamIdleTimeout", streamIdleTimeout), ("connectionLifetime", connectionLifetime),
    ]
    for (name, value) in durations where value <= .zero || value > Self.longest {
      throw HTTPError(.invalidConfiguration, "\(name) must be above zero and at most a day")
    }
    let counts = [
      ("maximumResponseBytes", maximumResponseBytes), ("maximumStreamBytes", maximumStreamBytes),
      ("maximumRequestBytes", maximumRequestBytes), ("streamBufferBytes", streamBufferBytes),
      ("maximumHeaderBytes", maximumHeaderBytes), ("maximumURLBytes", maximumURLBytes),
      ("maximumConcurrentRequests", maximumConcurrentRequests), ("maximumConnections", maximumConnections),
      ("maximumConnectionsPerHost", maximumConnectionsPerHost), ("maximumIdleConnections", maximumIdleConnections),
    ]
    for (name, value) in counts where value <= 0 || value > 1 << 40 {
      throw HTTPError(.invalidConfiguration, "\(name) must be above zero and at most 2^40")
    }
    if case .followed(let maximum) = redirects, !(1...50).contains(maximum) {
      throw HTTPError(.invalidConfiguration, "redirects must be followed between 1 and 50 times")
    }
    guard HTTPGrammar.isFieldValue(userAgent) else {
      throw HTTPError(.invalidConfiguration, "userAgent must not hold control characters")
    }
  }

  /// A day: longer waits are not waits but a missing limit.
  static let longest: Duration = .seconds(86_400)
}
