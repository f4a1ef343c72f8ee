import FlockCore
public import FlockKernel

/// Limits and defaults of a program. The guide has a table of all of them.
public struct FlockConfiguration: Sendable {
  public var kernel = KernelConfiguration()
  /// Runs at once on this node. Default 10 000.
  public var concurrency = 10_000
  /// `nil` is first in, first out.
  public var admissionPolicy: (any AdmissionPolicy)?
  /// Admission decisions that are kept in memory. Default 65 536.
  public var decisionCapacity = 65_536
  /// While runs are open, what is decided is committed at least so often. Default 5 ms.
  public var commitInterval: Duration = .milliseconds(5)
  /// Outcomes that trigger a commit although other runs are open. Default 2 048.
  public var commitOutcomes = 2048
  /// Records that are handed to the kernel at once. Default 512.
  public var ingestBatch = 512
  /// Records of publishers that wait for a shard; beyond it `publish` waits or throws, see ``FullQueue``. Default 1 000 000.
  public var maximumBacklog = 1_000_000
  public var fullQueue = FullQueue.wait(upTo: .seconds(30))
  /// How long `shutdown` lets running runs end before it cancels them. Default 10 seconds.
  public var shutdownGrace: Duration = .seconds(10)
  /// Events that one observer may lag behind. Default 1 024.
  public var observerBuffer = 1024
  public var hooks: [any FlockHooks] = []

  /// What a publisher gets when the backlog is full.
  public enum FullQueue: Sendable, Hashable {
    /// ``FlockError`` with `.queueFull` at once.
    case fail
    /// The same after a bounded wait.
    case wait(upTo: Duration)
  }

  public init() {}
}
