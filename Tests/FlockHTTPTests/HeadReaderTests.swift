import Testing

@testable import FlockHTTP

@Suite struct HeadReaderTests {
  func read(_ lines: [String], limit: Int = 1000) throws(HTTPError) -> HTTPResponseHead? {
    var reader = HTTPHeadReader(limit: limit)
    var head: HTTPResponseHead?
    for line in lines {
      var outcome: Result<HTTPResponseHead?, HTTPError> = .success(nil)
      Array(line.utf8).withUnsafeBytes { bytes in
        do throws(HTTPError) { outcome = .success(try reader.take(bytes)) } catch { outcome = .failure(error) }
      }
      if let read = try outcome.get() { head = read }
    }
    return head
  }

  @Test func `fields keep order, case, repetition and inner blanks`() throws {
    let head = try read(["HTTP/1.1 200 Very OK\r\n", "B: 2 \t\r\n", "a:  x  y\r\n", "B:\r\n", "\r\n"])
    #expect(head == HTTPResponseHead(status: 200, headers: HTTPHeaders([("B", "2"), ("a", "x  y"), ("B", "")])))
  }

  @Test func `an interim head is passed over, a switch of protocols is not`() throws {
    let head = try read(["HTTP/1.1 100 Continue\r\n", "X: 1\r\n", "\r\n", "HTTP/1.1 204\n", "Y: 2\n", "\n"])
    #expect(head == HTTPResponseHead(status: 204, headers: ["Y": "2"]))
    #expect(try read(["HTTP/1.1 101 Switching\r\n", "\r\n"])?.status == 101)
  }

  @Test func `a folded line continues its field`() throws {
    let head = try read(["HTTP/1.1 200 \r\n", "X: a\r\n", "   b\r\n", "\tc\r\n", "\r\n"])
    #expect(head?.headers["X"] == "a b c")
  }

  @Test func `lines after the head are trailers`() throws {
    var reader = HTTPHeadReader(limit: 100)
    var heads: [Int] = []
    for line in ["HTTP/1.1 200 OK\r\n", "\r\n", "X: 1\r\n", "\r\n"] {
      let head = try Array(line.utf8).withUnsafeBytes { bytes throws(HTTPError) in try reader.take(bytes) }
      if let head { heads.append(head.headers.fields.count) }
    }
    #expect(heads == [0])
  }

  @Test(arguments: [
    ["220 mail ready\r\n"], ["HTTP/1.1\r\n"], ["HTTP/1.1 20 OK\r\n"], ["HTTP/1.1 2000 OK\r\n"], ["HTTP/1.1 +20 OK\r\n"],
    ["HTTP/1.1 099 OK\r\n"], ["HTTP/1.1 2x0 OK\r\n"], ["\r\n"], ["HTTP/1.1 200 OK\r\n", "no colon\r\n"],
    ["HTTP/1.1 200 OK\r\n", ": empty\r\n"], ["HTTP/1.1 200 OK\r\n", "X : blank\r\n"],
    ["HTTP/1.1 200 OK\r\n", " fold\r\n"],
    ["HTTP/1.1 200 OK\r\n", "X: a\0b\r\n"],
  ])
  func `a malformed line is refused`(lines: [String]) {
    let error = #expect(throws: HTTPError.self) { try read(lines) }
    #expect(error?.code == .invalidResponse)
  }

  @Test func `interim heads and fields count towards one limit`() throws {
    let lines = ["HTTP/1.1 103 H\r\n", "\r\n", "HTTP/1.1 200 K\r\n", "X: 1\r\n", "\r\n"]
    let bytes = lines.reduce(0) { $0 + $1.utf8.count }
    #expect(try read(lines, limit: bytes)?.status == 200)
    let error = #expect(throws: HTTPError.self) { try read(lines, limit: bytes - 1) }
    #expect(error?.code == .tooLarge)
  }
}
