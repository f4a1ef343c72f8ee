#if HTTP
public import Flock
public import FlockCore
import FlockHTTP
import FlockJSON

/// An agent whose work is a service's: it is sent the run by POST and answers with what to publish.
///
/// `Documentation/http-engine.md` describes request and answer. With `Mode.durable`, the default, the request is one
/// step of the run: its answer is recorded before anything follows from it, and a rerun is given the recorded answer.
public final class HTTPEngine: Engine {
  public let configuration: HTTPEngineConfiguration
  let client: HTTPClient

  /// - Throws: ``FlockError`` with `.invalidConfiguration` that names the setting.
  public init(_ configuration: HTTPEngineConfiguration) throws(FlockError) {
    try configuration.validate()
    self.configuration = configuration
    do {
      client = try HTTPClient(configuration: configuration.client)
    } catch {
      throw FlockError(.invalidConfiguration, "HTTP engine: \(error)", underlying: error)
    }
  }

  /// - Throws: ``FlockError`` with `.invalidConfiguration` when a header's environment variable is not set.
  public func start() async throws {
    for header in configuration.headers {
      if case .environment = header.source { _ = try await header.value() }
    }
  }

  /// - Throws: ``FlockError`` or ``PermanentFailure``, naming the agent; ``UnknownEffect`` when nobody knows whether the
  ///   service has worked; what ``RunContext/step(_:input:idempotency:_:)`` throws.
  public func run(_ context: RunContext) async throws {
    // Without the attempt: a request that is repeated under the same key must have the same body.
    let body = try RunDocument.bytes(of: context, includesAttempt: false, maximumBytes: configuration.maximumRunBytes)
    let reply: HTTPReply
    switch configuration.mode {
    case .durable:
      reply = try await context.step("request", idempotency: configuration.idempotency) { attempt in
        try await exchange(context, body, key: attempt.idempotencyKey)
      }
    case .perAttempt:
      reply = try await exchange(context, body, key: "\(context.run)/\(context.replayNumber)/request")
    }
    let publications: [WirePublication]
    do {
      publications = try reply.publications()
    } catch {
      let message = "agent '\(context.agent)': the service's answer is not usable: \(error)"
      // A recorded answer stays what it is.
      if configuration.mode == .durable { throw PermanentFailure(message) }
      throw FlockError(.engineFailed, message, isRetriable: true)
    }
    for publication in publications { try publication.publish(to: context) }
  }

  /// One request up to an answer that is worth keeping.
  private func exchange(_ context: RunContext, _ body: [UInt8], key: String) async throws -> HTTPReply {
    let (headers, redaction) = try await headers(context, key)
    let request = HTTPRequest(method: "POST", url: configuration.url, headers: headers, body: body)
    do {
      if configuration.streams {
        return try await stream(request, context, redaction)
      }
      let response = try await client.execute(request)
      return try answer(status: response.status, response.body, context, redaction)
    } catch let error as HTTPError {
      throw failure(error, context)
    }
  }

  private func headers(_ context: RunContext, _ key: String) async throws -> (HTTPHeaders, Redaction) {
    var headers = HTTPHeaders()
    var values: [String] = []
    for header in configuration.headers {
      let value = try await header.value()
      headers.add(header.name, value)
      values.append(value)
    }
    headers["Content-Type"] = "application/json"
    headers["Accept"] = configuration.streams ? "text/event-stream, application/json" : "application/json"
    headers["Idempotency-Key"] = key
    headers["Flock-Attempt"] = String(context.attempt)
    return (headers, Redaction(values))
  }

  // MARK: Answers

  private func answer(
    status: Int, _ body: [UInt8], _ context: RunContext, _ redaction: Redaction
  ) throws -> HTTPReply {
    let reply = HTTPReply(status: status, body: body)
    if (200..<300).contains(status) {
      if let failure = reply.failure() { throw refusal(failure, context, redaction) }
      return reply
    }
    var message = "agent '\(context.agent)': the service answered with status \(status)"
    if let failure = reply.failure() { message += ": " + redaction.apply(failure.message) }
    switch status {
    case 502, 504:
      // A gateway speaks, and the service behind it may have worked.
      throw UnknownEffect(message)
    case 408, 425, 429, 500...: throw FlockError(.engineFailed, message, isRetriable: true)
    default: throw PermanentFailure(message)
    }
  }

  /// The service itself says that it has not done the work.
  private func refusal(_ failure: WireFailure, _ context: RunContext, _ redaction: Redaction) -> any Error {
    let message = "agent '\(context.agent)': \(redaction.apply(failure.message))"
    return failure.isPermanent ? PermanentFailure(message) : FlockError(.engineFailed, message, isRetriable: true)
  }

  private func failure(_ error: HTTPError, _ context: RunContext) -> any Error {
    if error.code == .cancelled { return CancellationError() }
    let message = "agent '\(context.agent)': \(error)"
    if error.code == .shutDown { return FlockError(.shutDown, message, underlying: error) }
    if error.requestMayHaveBeenSent { return UnknownEffect(message) }
    return error.isRetriable
      ? FlockError(.engineFailed, message, isRetriable: true, underlying: error) : PermanentFailure(message)
  }

  // MARK: Event streams

  private func stream(_ request: HTTPRequest, _ context: RunContext, _ redaction: Redaction) async throws -> HTTPReply {
    let response = try await client.stream(request)
    let type = response.headers["Content-Type"]?.prefix { $0 != ";" && $0 != " " }.lowercased()
    guard response.status == 200, type == "text/event-stream" else {
      let body = try await response.body.collect(maximumBytes: configuration.maximumResponseBytes)
      return try answer(status: response.status, body, context, redaction)
    }
    var limits = ServerSentEventLimits()
    limits.maximumLineBytes = configuration.maximumResponseBytes
    limits.maximumEventBytes = configuration.maximumResponseBytes
    do {
      for try await event in try response.serverSentEvents(limits: limits) {
        switch event.type {
        case "stream": context.stream(event.data)
        case "publish", "fail":
          return try answer(status: 200, Array("{\"\(event.type)\":\(event.data)}".utf8), context, redaction)
        // The standard has readers pass over events that they do not know.
        default: break
        }
      }
    } catch let error as HTTPError where error.code != .cancelled && error.code != .shutDown {
      // The service has begun to answer.
      throw UnknownEffect("agent '\(context.agent)': the event stream broke: \(error)")
    }
    throw UnknownEffect("agent '\(context.agent)': the event stream ended without 'publish' or 'fail'")
  }
}
#endif
