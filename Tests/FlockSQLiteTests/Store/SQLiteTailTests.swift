#if SQLite
import FlockCore
import FlockKernel
import Testing

@testable import FlockSQLite

@Suite struct SQLiteTailTests {
  private func record(_ number: Int) -> LoggedRecord {
    LoggedRecord(.control(Control(.cancelRun(.none), shard: number)), appendedAt: Timestamp(nanoseconds: Int64(number)))
  }

  private func numbers(_ slice: ArraySlice<LoggedRecord>?) -> [Int64]? { slice?.map(\.appendedAt.nanoseconds) }

  @Test func `it hands out what was appended, once it is asked from there on`() {
    var tail = SQLiteTail(maximumRecords: 100, maximumBytes: 1000)
    for number in 5..<10 { tail.append(record(number), at: Int64(number), bytes: 1) }
    #expect(numbers(tail.take(from: 4, maximum: 2)) == nil)
    #expect(numbers(tail.take(from: 5, maximum: 2)) == [5, 6])
    #expect(numbers(tail.take(from: 5, maximum: 2)) == [5, 6])
    #expect(numbers(tail.take(from: 7, maximum: 9)) == [7, 8, 9])
    #expect(numbers(tail.take(from: 6, maximum: 1)) == nil)
    #expect(numbers(tail.take(from: 10, maximum: 1)) == nil)
  }

  @Test func `a full one keeps the oldest, and goes on after a gap when it is empty`() {
    var tail = SQLiteTail(maximumRecords: 3, maximumBytes: 1000)
    for number in 0..<5 { tail.append(record(number), at: Int64(number), bytes: 1) }
    #expect(numbers(tail.take(from: 0, maximum: 9)) == [0, 1, 2])
    tail.append(record(7), at: 7, bytes: 1)
    #expect(numbers(tail.take(from: 2, maximum: 9)) == [2])
    #expect(numbers(tail.take(from: 3, maximum: 9)) == nil)
    tail.append(record(8), at: 8, bytes: 1)
    #expect(numbers(tail.take(from: 8, maximum: 9)) == [8])
  }

  @Test func `bytes are bounded, and free again when they were read`() {
    var tail = SQLiteTail(maximumRecords: 100, maximumBytes: 10)
    tail.append(record(0), at: 0, bytes: 6)
    tail.append(record(1), at: 1, bytes: 5)
    #expect(numbers(tail.take(from: 0, maximum: 9)) == [0])
    #expect(numbers(tail.take(from: 1, maximum: 9)) == nil)
    tail.append(record(2), at: 2, bytes: 10)
    #expect(numbers(tail.take(from: 2, maximum: 9)) == [2])
  }
}
#endif
