import Flock
import FlockCore

/// Waits until a condition holds: it is looked at again at once while others work, then after pauses that grow from
/// 50 microseconds to 5 milliseconds.
///
/// - Parameters:
///   - limit: of real time. Default 10 seconds; generous, because it is only used up by a failure.
///   - what: completes the sentence "... did not come true within ...".
/// - Throws: ``ConformanceFailure`` when the limit is over, or what the condition throws.
public func eventually(
  within limit: Duration = .seconds(10), _ what: String = "the condition", _ condition: () async throws -> Bool
) async throws {
  let clock = SystemClock()
  let deadline = clock.now() + limit
  var pause = Duration.microseconds(50)
  for _ in 0..<16 {
    if try await condition() { return }
    await Task.yield()
  }
  while true {
    if try await condition() { return }
    try Task.checkCancellation()
    guard clock.now() < deadline else { throw ConformanceFailure("\(what) did not come true within \(limit)") }
    await clock.sleep(until: clock.now() + pause)
    pause = min(pause * 2, .milliseconds(5))
  }
}

/// Runs the body and gives up on it after a limit of real time: for what may hang when it is broken.
///
/// The body's task is cancelled at the limit, and not waited for if it ignores that.
/// - Throws: ``ConformanceFailure`` when the limit is over, or what the body throws.
public func within<Value: Sendable>(
  _ limit: Duration, _ what: String = "the operation", _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
  let race = Race<Value>()
  let task = Task { race.settle(await Result { try await body() }) }
  let clock = SystemClock()
  clock.schedule(at: clock.now() + limit) {
    race.settle(.failure(ConformanceFailure("\(what) did not end within \(limit)")))
    task.cancel()
  }
  return try await race.result()
}

extension Result where Failure == any Error {
  fileprivate init(_ body: () async throws -> Success) async {
    do { self = .success(try await body()) } catch { self = .failure(error) }
  }
}
