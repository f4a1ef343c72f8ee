/// An element of a slab: gives up what it refers to when its place is free.
protocol SlabElement: Sendable {
  mutating func vacate()
}

/// Reusable numbered places: O(1) to take and to give back, iterated in order of number.
struct Slab<Element: SlabElement>: Sendable {
  private var storage: ContiguousArray<Element> = []
  private var isTaken: ContiguousArray<Bool> = []
  private var free: ContiguousArray<Int32> = []

  var liveCount: Int { storage.count - free.count }
  var indices: Range<Int32> { 0..<Int32(storage.count) }

  mutating func insert(_ element: consuming Element) -> Int32 {
    if let slot = free.popLast() {
      storage[Int(slot)] = element
      isTaken[Int(slot)] = true
      return slot
    }
    storage.append(element)
    isTaken.append(true)
    return Int32(storage.count - 1)
  }

  mutating func remove(_ slot: Int32) {
    storage[Int(slot)].vacate()
    isTaken[Int(slot)] = false
    free.append(slot)
  }

  func contains(_ slot: Int32) -> Bool { slot >= 0 && Int(slot) < storage.count && isTaken[Int(slot)] }

  /// The place must be taken.
  subscript(slot: Int32) -> Element {
    @inline(__always) _read { yield storage[Int(slot)] }
    @inline(__always) _modify { yield &storage[Int(slot)] }
  }
}

/// A first-in, first-out queue over one array; the front is dropped in amortised O(1).
struct Fifo<Element: Sendable>: Sendable {
  private var items: ContiguousArray<Element> = []
  private var head = 0

  var isEmpty: Bool { head == items.count }
  var count: Int { items.count - head }
  var first: Element? { head < items.count ? items[head] : nil }

  mutating func append(_ element: Element) { items.append(element) }

  /// Behind the last element that does not come after it, so that a queue in order stays in order. Usually that is the end.
  mutating func insert(_ element: Element, where comesAfter: (Element, Element) -> Bool) {
    guard head < items.count, comesAfter(items[items.count - 1], element) else { return items.append(element) }
    var low = head
    var high = items.count - 1
    while low < high {
      let middle = (low + high) / 2
      if comesAfter(items[middle], element) { high = middle } else { low = middle + 1 }
    }
    items.insert(element, at: low)
  }

  @discardableResult
  mutating func popFirst() -> Element? {
    guard head < items.count else { return nil }
    let element = items[head]
    head += 1
    if head == items.count {
      items.removeAll(keepingCapacity: items.count <= 1024)
      head = 0
    } else if head >= 1024, head * 2 >= items.count {
      items.removeFirst(head)
      head = 0
    }
    return element
  }

  /// Takes the element at a place counted from the front; O(place) moves.
  mutating func remove(at place: Int) -> Element {
    let index = head + place
    let element = items[index]
    var at = index
    while at > head {
      items[at] = items[at - 1]
      at -= 1
    }
    _ = popFirst()
    return element
  }

  /// Keeps what satisfies the predicate, in order.
  mutating func filter(_ isKept: (Element) -> Bool) {
    items = ContiguousArray(items[head...].filter(isKept))
    head = 0
  }

  /// In order, without changing anything.
  var elements: ArraySlice<Element> { ArraySlice(items[head...]) }
}

/// A binary heap of timers, ordered by instant and then by the order in which they were set.
struct TimerHeap<Payload: Sendable>: Sendable {
  struct Item: Sendable {
    var instant: Int64
    var order: UInt64
    var payload: Payload
  }

  private var items: ContiguousArray<Item> = []
  private var order: UInt64 = 0

  var isEmpty: Bool { items.isEmpty }
  var count: Int { items.count }
  var first: Item? { items.first }

  mutating func insert(_ instant: Int64, _ payload: Payload) {
    order += 1
    items.append(Item(instant: instant, order: order, payload: payload))
    var child = items.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard precedes(child, parent) else { break }
      items.swapAt(child, parent)
      child = parent
    }
  }

  mutating func popFirst() -> Item? {
    guard let first = items.first else { return nil }
    let last = items.removeLast()
    if !items.isEmpty {
      items[0] = last
      var parent = 0
      while true {
        var smallest = parent
        for child in [2 * parent + 1, 2 * parent + 2] where child < items.count && precedes(child, smallest) {
          smallest = child
        }
        if smallest == parent { break }
        items.swapAt(parent, smallest)
        parent = smallest
      }
    }
    return first
  }

  private func precedes(_ a: Int, _ b: Int) -> Bool {
    items[a].instant != items[b].instant ? items[a].instant < items[b].instant : items[a].order < items[b].order
  }
}
