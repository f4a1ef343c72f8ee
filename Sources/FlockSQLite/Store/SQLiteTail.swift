#if SQLite
import FlockKernel

/// The records that this process appended and the shard's owner has not asked for yet: read from memory, not from the file.
///
/// Consecutive. Keeps the oldest when it is full, because they are asked for first; what it lacks is in the file.
struct SQLiteTail {
  private var records: ContiguousArray<LoggedRecord> = []
  private var sizes: ContiguousArray<Int> = []
  private var head = 0
  /// The offset of the first one.
  private var start: Int64 = 0
  private var bytes = 0
  private let maximumRecords: Int
  private let maximumBytes: Int

  init(maximumRecords: Int, maximumBytes: Int) {
    self.maximumRecords = maximumRecords
    self.maximumBytes = maximumBytes
  }

  private var count: Int { records.count - head }
  private var end: Int64 { start + Int64(count) }

  mutating func append(_ record: LoggedRecord, at offset: Int64, bytes size: Int) {
    if count == 0 {
      removeAll()
      start = offset
    }
    guard offset == end, count < maximumRecords, bytes + size <= maximumBytes else { return }
    records.append(record)
    sizes.append(size)
    bytes += size
  }

  /// The records from an offset on, and drops those before it; `nil` when they are not here.
  mutating func take(from offset: Int64, maximum: Int) -> ArraySlice<LoggedRecord>? {
    drop(before: offset)
    guard count > 0, offset == start else { return nil }
    return Array(records[head..<min(records.count, head + max(0, maximum))])[...]
  }

  private mutating func drop(before offset: Int64) {
    let dropped = Int(clamping: min(max(0, offset - start), Int64(count)))
    guard dropped > 0 else { return }
    for index in head..<head + dropped { bytes -= sizes[index] }
    head += dropped
    start += Int64(dropped)
    if head == records.count {
      removeAll()
    } else if head * 2 >= records.count {
      records.removeFirst(head)
      sizes.removeFirst(head)
      head = 0
    }
  }

  mutating func removeAll() {
    records.removeAll(keepingCapacity: records.count <= 4096)
    sizes.removeAll(keepingCapacity: sizes.count <= 4096)
    head = 0
    bytes = 0
  }
}
#endif
