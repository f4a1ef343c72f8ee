import Testing

@testable import FlockProcess

struct LineBufferTests {
  @Test(arguments: 1...8)
  func `lines are the same however the bytes are cut into pieces`(seed: UInt64) {
    var random = MinimalRandom(seed: seed)
    // One byte in eight is a line feed, so that empty lines and long ones both occur.
    let bytes = (0..<20_000).map { _ in
      UInt8.random(in: 0..<8, using: &random) == 0 ? 10 : UInt8.random(in: 0...255, using: &random)
    }
    var buffer = LineBuffer()
    var lines: [[UInt8]] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      let piece = rest.prefix(Int.random(in: 1...2000, using: &random))
      rest = rest.dropFirst(piece.count)
      Array(piece).withUnsafeBytes { buffer.append($0) }
      // Sometimes the reader falls behind.
      if Bool.random(using: &random) { continue }
      while case .complete(let line) = buffer.takeLine(limit: 20_000) { lines.append(line) }
    }
    while case .complete(let line) = buffer.takeLine(limit: 20_000) { lines.append(line) }
    lines.append(buffer.takeAll() ?? [])

    let expected = bytes.split(separator: 10, omittingEmptySubsequences: false).map { Array($0) }
    #expect(lines == expected)
    #expect(buffer.count == 0)
  }

  @Test
  func `a line of exactly the limit is taken and a longer one is not`() {
    var buffer = LineBuffer()
    Array("12345\n123456\n".utf8).withUnsafeBytes { buffer.append($0) }
    #expect(buffer.takeLine(limit: 5) == .complete(Array("12345".utf8)))
    #expect(buffer.takeLine(limit: 5) == .tooLong)
    #expect(buffer.takeLine(limit: 6) == .complete(Array("123456".utf8)))
    #expect(buffer.takeLine(limit: 6) == nil)
  }

  @Test
  func `a line without its line feed is too long as soon as it exceeds the limit`() {
    var buffer = LineBuffer()
    Array("12345".utf8).withUnsafeBytes { buffer.append($0) }
    #expect(buffer.takeLine(limit: 5) == nil)
    Array("6".utf8).withUnsafeBytes { buffer.append($0) }
    #expect(buffer.takeLine(limit: 5) == .tooLong)
  }

  @Test
  func `a carriage return belongs to the line`() {
    var buffer = LineBuffer()
    Array("a\r\n".utf8).withUnsafeBytes { buffer.append($0) }
    #expect(buffer.takeLine(limit: 9) == .complete(Array("a\r".utf8)))
  }
}

struct TailBufferTests {
  @Test(arguments: [0, 1, 7, 1000, 3000])
  func `the tail is the suffix of all that came`(limit: Int) {
    var random = MinimalRandom(seed: UInt64(limit))
    var tail = TailBuffer(limit: limit)
    var all: [UInt8] = []
    for _ in 0..<200 {
      let piece = (0..<Int.random(in: 0...40, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
      all += piece
      piece.withUnsafeBytes { tail.append($0) }
      #expect(tail.bytes == Array(all.suffix(limit)))
    }
  }
}

struct DeadlineTableTests {
  @Test(arguments: 1...10)
  func `the earliest and the due deadlines are those of a plain list`(seed: UInt64) {
    var random = MinimalRandom(seed: seed)
    let origin = ContinuousClock.now
    var table = DeadlineTable()
    var list: [UInt64: Int] = [:]
    for _ in 0..<300 {
      let id = UInt64.random(in: 0..<12, using: &random)
      switch Int.random(in: 0..<4, using: &random) {
      case 0, 1:
        let seconds = Int.random(in: 0..<50, using: &random)
        list[id] = seconds
        table.set(id, origin + .seconds(seconds))
      case 2:
        list[id] = nil
        table.set(id, nil)
      default:
        let seconds = Int.random(in: 0..<50, using: &random)
        let due = list.filter { $0.value <= seconds }.keys.sorted()
        #expect(table.takeDue(now: origin + .seconds(seconds)) == due)
        for id in due { list[id] = nil }
      }
      #expect(table.earliest == list.values.min().map { origin + .seconds($0) })
    }
  }
}
