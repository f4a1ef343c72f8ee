#if SQLite
/// Work on its way through a queue, without its result's type.
///
/// `@unchecked Sendable`: `phase` and `interrupt` are guarded by the queue's lock. The rest is set before the item is
/// queued and then belongs to the thread that took it, or to whoever moved `phase` to `cancelled`.
class SQLiteWorkItem: @unchecked Sendable {
  enum Phase {
    case created, queued, running, cancelled
  }

  let isIsolated: Bool
  var phase = Phase.created
  var isCancelRequested = false
  /// While a read runs: stops its statement.
  var interrupt: SQLiteInterrupt?

  init(isIsolated: Bool) {
    self.isIsolated = isIsolated
  }

  /// Runs the work and keeps its result or error; false for an error.
  func run(_ connection: SQLiteConnection) -> Bool { preconditionFailure("abstract") }

  /// Tells the submitter, once. A failure takes the place of a result, never of the work's own error.
  /// - Parameter isCancelled: an interrupted statement's error then becomes `CancellationError`.
  func finish(_ failure: (any Error)?, isCancelled: Bool = false) { preconditionFailure("abstract") }
}

final class SQLiteTypedWorkItem<Value: Sendable>: SQLiteWorkItem, @unchecked Sendable {
  var completion: (@Sendable (Result<Value, any Error>) -> Void)?
  private var work: (@Sendable (SQLiteConnection) throws -> Value)?
  private var outcome: Result<Value, any Error>?

  init(isIsolated: Bool, _ work: @escaping @Sendable (SQLiteConnection) throws -> Value) {
    self.work = work
    super.init(isIsolated: isIsolated)
  }

  override func run(_ connection: SQLiteConnection) -> Bool {
    guard let work else { preconditionFailure("an item runs once") }
    self.work = nil
    do {
      outcome = .success(try work(connection))
      return true
    } catch {
      outcome = .failure(error)
      return false
    }
  }

  override func finish(_ failure: (any Error)?, isCancelled: Bool = false) {
    guard let completion else { preconditionFailure("an item finishes once") }
    self.completion = nil
    work = nil
    switch (outcome, failure) {
    case (.failure(let error as SQLiteError), _) where error.isInterrupted && isCancelled:
      completion(.failure(CancellationError()))
    case (nil, let error as SQLiteError) where error.isInterrupted && isCancelled:
      completion(.failure(CancellationError()))
    case (.failure(let error), _): completion(.failure(error))
    case (_, let failure?): completion(.failure(failure))
    case (let outcome?, nil): completion(outcome)
    case (nil, nil): preconditionFailure("an item that did not run has no result")
    }
    outcome = nil
  }
}
#endif
