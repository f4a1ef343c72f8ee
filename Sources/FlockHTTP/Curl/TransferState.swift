#if HTTP
/// What the client's thread and a transfer's reader share: a value, driven under a lock.
///
/// The thread puts head, bytes and end in; the one reader takes them out. A full buffer answers "not now", and the
/// next `take` says that the thread has to be told.
struct TransferState {
  /// What a reader waits for.
  enum Wish {
    case head, bytes, end
  }

  enum End {
    case complete
    case failed(HTTPError)
  }

  struct Taken {
    let bytes: [UInt8]
    /// The transfer was paused and has room again.
    let mustResume: Bool
  }

  private(set) var head: HTTPResponseHead?
  private(set) var end: End?
  private(set) var isPaused = false
  /// How often the buffer was full, for tests.
  private(set) var pauses = 0
  /// The most that the buffer held, for tests.
  private(set) var peakBytes = 0

  private let capacity: Int
  private var buffer: [UInt8] = []
  private var waiter: (wish: Wish, continuation: CheckedContinuation<Void, Never>)?

  /// - Parameter capacity: bytes that are held before the transfer pauses; a single piece may be longer.
  init(capacity: Int) {
    self.capacity = capacity
  }

  // MARK: The thread's side

  mutating func deliver(_ head: HTTPResponseHead, expectedBytes: Int) {
    self.head = head
    buffer.reserveCapacity(min(expectedBytes, capacity, 1 << 20))
  }

  /// False: there is no room, and the same bytes have to be offered again after a resume.
  mutating func offer(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard buffer.isEmpty || buffer.count <= capacity - bytes.count else {
      isPaused = true
      pauses += 1
      return false
    }
    buffer.append(contentsOf: bytes)
    peakBytes = max(peakBytes, buffer.count)
    return true
  }

  /// After a failure that the reader asked for nothing more is read; after others what had come is read first.
  mutating func finish(_ end: End, discardsBuffer: Bool) {
    guard self.end == nil else { return }
    self.end = end
    if discardsBuffer { buffer = [] }
  }

  /// The reader to wake, once its wish has come true.
  mutating func takeWaiter() -> CheckedContinuation<Void, Never>? {
    guard let waiter, isFulfilled(waiter.wish) else { return nil }
    self.waiter = nil
    return waiter.continuation
  }

  // MARK: The reader's side

  func isFulfilled(_ wish: Wish) -> Bool {
    if end != nil { return true }
    return switch wish {
    case .head: head != nil
    case .bytes: !buffer.isEmpty
    case .end: false
    }
  }

  /// False: the wish has come true already.
  mutating func park(_ wish: Wish, _ continuation: CheckedContinuation<Void, Never>) -> Bool {
    if isFulfilled(wish) { return false }
    precondition(waiter == nil, "a response's body has one reader at a time")
    waiter = (wish, continuation)
    return true
  }

  mutating func take() -> Taken {
    defer {
      buffer = []
      isPaused = false
    }
    return Taken(bytes: buffer, mustResume: isPaused)
  }
}
#endif
