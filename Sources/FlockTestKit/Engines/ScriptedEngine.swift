public import Flock
public import FlockCore
import FlockKernel
import Synchronization

/// An engine that does what it was told beforehand: one entry of the script for each attempt, in the order of the calls.
///
/// ```swift
/// let engine = ScriptedEngine([.fails("no connection"), .publishes(Fix(title: "done"))])
/// let agent = Agent("fixer").consumes(Bug.self).publishes(Fix.self).runs(on: engine)
/// ```
public final class ScriptedEngine: Engine {
  /// What one attempt does.
  public struct Attempt: Sendable {
    let act: @Sendable (ScriptedEngine, RunContext) async throws -> Void

    /// Ends well without an output.
    public static let returns = Attempt { _, _ in }

    /// Publishes the values and ends well.
    public static func publishes<each T: ArtifactPayload>(_ values: repeat each T) -> Attempt {
      let values = (repeat each values)
      return Attempt { _, context in
        for value in repeat each values { try context.publish(value) }
      }
    }

    /// Publishes what a function makes of the run.
    public static func does(_ body: @escaping @Sendable (RunContext) async throws -> Void) -> Attempt {
      Attempt { _, context in try await body(context) }
    }

    /// Throws an error that may be retried.
    public static func fails(_ message: String) -> Attempt { fails(ScriptedFailure(message)) }

    public static func fails(_ error: any Error) -> Attempt { Attempt { _, _ in throw error } }

    /// Waits until ``ScriptedEngine/release()``, then ends well; a cancelled attempt throws `CancellationError`.
    public static let hangs = Attempt { engine, _ in try await engine.latch.wait() }

    /// Waits until ``ScriptedEngine/release()`` and takes no notice of cancellation.
    public static let hangsStubbornly = Attempt { engine, _ in await engine.latch.waitStubbornly() }

    /// This, then the other.
    public func then(_ other: Attempt) -> Attempt {
      Attempt { engine, context in
        try await act(engine, context)
        try await other.act(engine, context)
      }
    }
  }

  /// An attempt that was made.
  public struct Call: Sendable, Hashable {
    public let run: RunID
    public let agent: String
    public let attempt: UInt32
    public let replayNumber: UInt32
    public let inputs: [ArtifactID]
  }

  private struct State {
    var calls: [Call] = []
    var running = 0
    var maximumRunning = 0
    var starts = 0
    var stops = 0
  }

  private let script: [Attempt]
  private let afterwards: Attempt?
  private let state = Mutex(State())
  private let latch = Latch()

  /// - Parameter afterwards: what every further attempt does; by default it fails for good and says that the script is over.
  public init(_ script: [Attempt], afterwards: Attempt? = nil) {
    self.script = script
    self.afterwards = afterwards
  }

  /// Does the same in every attempt.
  public convenience init(always attempt: Attempt) { self.init([], afterwards: attempt) }

  public var calls: [Call] { state.withLock { $0.calls } }
  public var callCount: Int { state.withLock { $0.calls.count } }
  /// Attempts that are going on.
  public var running: Int { state.withLock { $0.running } }
  /// The most attempts that went on at once.
  public var maximumRunning: Int { state.withLock { $0.maximumRunning } }
  public var starts: Int { state.withLock { $0.starts } }
  public var stops: Int { state.withLock { $0.stops } }

  /// Lets every hanging attempt go on, also those to come.
  public func release() { latch.open() }

  public func run(_ context: RunContext) async throws {
    let number = state.withLock { state in
      state.calls.append(
        Call(
          run: context.run, agent: context.agent, attempt: context.attempt, replayNumber: context.replayNumber,
          inputs: context.artifacts.map(\.id)))
      state.running += 1
      state.maximumRunning = max(state.maximumRunning, state.running)
      return state.calls.count - 1
    }
    defer { state.withLock { $0.running -= 1 } }
    let attempt = number < script.count ? script[number] : afterwards
    guard let attempt else {
      throw PermanentFailure("the script has \(script.count) attempts; this was call \(number + 1)")
    }
    try await attempt.act(self, context)
  }

  public func start() async throws { state.withLock { $0.starts += 1 } }
  public func stop() async { state.withLock { $0.stops += 1 } }
}

/// What a scripted attempt throws.
public struct ScriptedFailure: Error, Sendable, Hashable, CustomStringConvertible {
  public let message: String
  public init(_ message: String) { self.message = message }
  public var description: String { message }
}
