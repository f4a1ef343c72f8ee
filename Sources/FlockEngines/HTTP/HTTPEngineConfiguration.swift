#if HTTP
public import Flock
import FlockCore
import FlockHTTP

/// Which service does an agent's work, and within which limits.
///
/// TLS certificates are verified, and redirects are not followed: a redirect is an answer that fails the run for good.
public struct HTTPEngineConfiguration: Sendable {
  public enum Mode: Sendable, Hashable {
    /// The request is a step of the run, named `request`: once its answer is recorded it is never made again.
    case durable
    /// Each attempt makes the request anew, and what it does is outside the exactly-once guarantee.
    case perAttempt
  }

  /// Absolute, `http` or `https`, percent-encoded, without user info. The same for every run.
  public var url: String
  /// Beside those that are the engine's own: `Content-Type`, `Accept`, `Idempotency-Key` and `Flock-Attempt`.
  public var headers: [HTTPEngineHeader] = []
  public var mode = Mode.durable
  /// With `Mode.durable`: whether a request with an unknown result is made again under the same key. `.idempotent`
  /// asks of the service that it honours `Idempotency-Key`. Default `.once`: a person decides.
  public var idempotency = Idempotency.once
  /// Whether the service is asked for `text/event-stream`, which it may decline. Default false.
  public var streams = false

  /// Name resolution, connection and TLS together. Default 10 s.
  public var connectTimeout: Duration = .seconds(10)
  /// The whole request; of an event stream up to its head. Default 60 s.
  public var timeout: Duration = .seconds(60)
  /// The longest silence of an event stream. Default 120 s.
  public var idleTimeout: Duration = .seconds(120)
  /// The request's body: inputs and board. Default 16 MiB.
  public var maximumRunBytes = 16 << 20
  /// The answer, or the last event of a stream. Default 512 KiB: with `Mode.durable` it is kept as a step's result, see
  /// `KernelConfiguration.maximumStepBytes`.
  public var maximumResponseBytes = 512 << 10
  /// A whole event stream. Default 64 MiB.
  public var maximumStreamBytes = 64 << 20
  /// Requests at once; a further one fails and is retried. Default 256.
  public var maximumConcurrentRequests = 256

  /// Hosts in lower case that may be asked, `*.example.org` for any name below one; `nil` for every host.
  public var allowedHosts: Set<String>?
  /// Asked about each address, in numbers, before the first byte is sent; must be quick. `nil` allows every address.
  public var allowsAddress: (@Sendable (_ address: String, _ port: Int) -> Bool)?
  /// A PEM file of certificate authorities that takes the place of the system's.
  public var certificateAuthorityFile: String?

  public init(url: String, headers: [HTTPEngineHeader] = []) {
    self.url = url
    self.headers = headers
  }
}

extension HTTPEngineConfiguration {
  static let ownHeaders: Set<String> = ["content-type", "accept", "idempotency-key", "flock-attempt"]

  /// - Throws: `FlockError` with `.invalidConfiguration` that names the setting.
  func validate() throws(FlockError) {
    // The URL may hold a secret in its query.
    guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
      throw FlockError(.invalidConfiguration, "HTTP engine: url begins with neither http:// nor https://")
    }
    for header in headers where Self.ownHeaders.contains(header.name.lowercased()) {
      throw FlockError(.invalidConfiguration, "HTTP engine: the header '\(header.name)' is the engine's own; leave it out")
    }
    for (name, value) in [
      ("maximumRunBytes", maximumRunBytes), ("maximumResponseBytes", maximumResponseBytes),
      ("maximumStreamBytes", maximumStreamBytes), ("maximumConcurrentRequests", maximumConcurrentRequests),
    ] where value < 1 {
      throw FlockError(.invalidConfiguration, "HTTP engine: \(name) is \(value); give 1 or more")
    }
  }

  var client: HTTPClientConfiguration {
    var client = HTTPClientConfiguration()
    client.connectTimeout = connectTimeout
    client.requestTimeout = timeout
    client.streamIdleTimeout = idleTimeout
    client.maximumRequestBytes = maximumRunBytes
    client.maximumResponseBytes = maximumResponseBytes
    client.maximumStreamBytes = maximumStreamBytes
    client.maximumConcurrentRequests = maximumConcurrentRequests
    client.allowedHosts = allowedHosts
    if let allowsAddress { client.addressPolicy = HTTPAddressPolicy(allowsAddress) }
    client.certificateAuthorityFile = certificateAuthorityFile
    return client
  }
}
#endif
