import CFlockProcess
import Glibc

/// What the reactor's thread does, and what only that thread touches.
struct ChildReactorLoop {
  private static let eventsAtATime = 64
  private static let chunkBytes = 64 << 10
  private static let longestWaitMilliseconds: Int32 = 60_000

  private let reactor: ChildReactor
  private var children: [UInt64: ChildLink] = [:]
  private var deadlines = DeadlineTable()
  private var nextID: UInt64 = 0
  private let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: chunkBytes, alignment: 16)

  /// Takes the calling thread for ever.
  static func run(_ reactor: ChildReactor) -> Never {
    // A child that closes its input must not end this process by SIGPIPE.
    flock_block_signals()
    flock_name_thread("flock-children")
    var loop = ChildReactorLoop(reactor: reactor)
    loop.run()
  }

  private init(reactor: ChildReactor) {
    self.reactor = reactor
  }

  private mutating func run() -> Never {
    var events = [epoll_event](repeating: epoll_event(), count: Self.eventsAtATime)
    var tokens: [UInt64] = []
    while true {
      reactor.poller.wait(&events, milliseconds: waitMilliseconds(), into: &tokens)
      for token in tokens {
        if token == ChildReactor.wakeToken { runCommands() } else { serve(ChildLink.Token(token)) }
      }
      for id in deadlines.takeDue(now: .now) { children[id]?.deadlineReached() }
    }
  }

  private mutating func waitMilliseconds() -> Int32 {
    guard let earliest = deadlines.earliest else { return -1 }
    let remaining = ContinuousClock.now.duration(to: earliest)
    if remaining <= .zero { return 0 }
    if remaining >= .milliseconds(Self.longestWaitMilliseconds) { return Self.longestWaitMilliseconds }
    let (seconds, attoseconds) = remaining.components
    return Int32(seconds) * 1000 + Int32(attoseconds / 1_000_000_000_000_000) + 1
  }

  private mutating func runCommands() {
    for command in reactor.takeCommands() {
      switch command {
      case .launch(let configuration, let continuation):
        let id = nextID
        nextID += 1
        let outcome = Result { () throws(ChildProcessError) in
          try ChildLauncher.launch(configuration, id: id, reactor: reactor)
        }
        if case .success(let child) = outcome {
          children[id] = child
          deadlines.set(id, child.deadline)
        }
        continuation.resume(returning: outcome)
      case .reschedule(let id):
        if let child = children[id] { deadlines.set(id, child.deadline) }
      }
    }
  }

  /// An event may be late: its child or channel may be gone by now.
  private mutating func serve(_ token: ChildLink.Token) {
    guard let child = children[token.id] else { return }
    switch token.channel {
    case .input: child.inputIsWritable()
    case .output: child.outputIsReadable(chunk)
    case .errors: child.errorsAreReadable(chunk)
    case .handle:
      if child.mayHaveEnded(chunk) {
        children[token.id] = nil
        deadlines.set(token.id, nil)
      }
    }
  }
}
