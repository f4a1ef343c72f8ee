import Synchronization

/// Where an object's keys stand. Built at the first look-up, so that reading a large object costs nothing for an index that nobody asks.
final class JSONObjectIndex: Sendable {
  /// Written only by the index's single owner; see `JSONObjectIndex.append`.
  final class Positions: @unchecked Sendable {
    private var table: [JSONTextKey: Int]

    init(_ entries: [JSONObject.Entry]) {
      table = Dictionary(minimumCapacity: entries.count)
      for (position, entry) in entries.enumerated() { table[JSONTextKey(text: entry.key)] = position }
    }

    subscript(key: String) -> Int? { table[JSONTextKey(text: key)] }

    func append(_ key: String, at position: Int) { table[JSONTextKey(text: key)] = position }
  }

  private let built = AtomicLazyReference<Positions>()

  func positions(of entries: [JSONObject.Entry]) -> Positions {
    // When two threads build it at once, one table is kept and the other dropped.
    built.load() ?? built.storeIfNil(Positions(entries))
  }

  /// Notes a key at the end. The caller must hold the only reference to the index: no other thread can then read it.
  func append(_ key: String, at position: Int) { built.load()?.append(key, at: position) }
}
