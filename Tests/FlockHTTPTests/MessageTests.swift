import Testing

@testable import FlockHTTP

@Suite struct MessageTests {
  @Test func `setting a field replaces all of its name in the first one's place`() {
    var headers = HTTPHeaders([("A", "1"), ("b", "2"), ("a", "3"), ("C", "4")])
    headers["A"] = "5"
    #expect(headers == HTTPHeaders([("A", "5"), ("b", "2"), ("C", "4")]))
    headers["B"] = nil
    headers["D"] = "6"
    #expect(headers == HTTPHeaders([("A", "5"), ("C", "4"), ("D", "6")]))
    #expect(headers["nothing"] == nil)
    #expect(headers.values(of: "c") == ["4"])
  }

  @Test func `names compare by ASCII case only`() {
    #expect(HTTPHeaders.isSame("Content-Type", "content-tYPE"))
    #expect(!HTTPHeaders.isSame("a[", "a{"))
    #expect(!HTTPHeaders.isSame("a", "ab"))
    #expect(!HTTPHeaders.isSame("K", "\u{212A}"))
  }

  @Test func `no description shows a value, a body or a query`() {
    let headers: HTTPHeaders = ["Authorization": "secret"]
    let request = HTTPRequest(url: "https://secret:secret@h/p?secret#secret", headers: headers, body: [1])
    #expect("\(headers)" == "[Authorization]")
    #expect("\(request)" == "GET https://h/p, 1 bytes")
    var dumped = ""
    dump(headers, to: &dumped)
    #expect(dumped.contains("Authorization") && !dumped.contains("secret"))
  }

  @Test(arguments: [
    ("https://user:pw@host:1/p?q#f", "https://host:1/p"), ("http://a@b@host/p", "http://host/p"),
    ("http://host/p@q?x", "http://host/p@q"), ("http://host?q@x", "http://host"), ("http://host", "http://host"),
    ("user:pw@host/p?q", "/p"), ("", ""),
  ])
  func `a URL in a message has neither user info nor query`(url: String, shown: String) {
    #expect(redacted(url: url) == shown)
  }

  @Test func `an earlier request makes a failure indefinite`() {
    let error = HTTPError(.connectionRefused, "nobody")
    #expect(error.isRetriable && !error.requestMayHaveBeenSent)
    #expect(error.withSent(true).requestMayHaveBeenSent)
    #expect(!error.withSent(false).requestMayHaveBeenSent)
    #expect("\(error)" == "connectionRefused: nobody (the request was not sent)")
  }
}
