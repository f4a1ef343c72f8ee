import FlockCore

/// The last ids of a log, so that a record that was appended twice is handled once. Memory is 40 bytes an id at most.
struct DedupWindow: Sendable {
  private let capacity: Int
  private var order = Fifo<UniqueID>()
  private var known: Set<UniqueID> = []

  init(capacity: Int) { self.capacity = capacity }

  /// False when the id is in the window already. A window of capacity 0 knows nothing.
  mutating func insert(_ id: UniqueID) -> Bool {
    guard capacity > 0 else { return true }
    guard known.insert(id).inserted else { return false }
    order.append(id)
    if order.count > capacity, let oldest = order.popFirst() { known.remove(oldest) }
    return true
  }
}
