import Testing

@testable import CodeReview

/// Planted values are put together here, so that no scanner takes this file for a leak.
enum Planted {
  static let body = "Ab3dEf6hIj9lMn2pQr5tUv8xYz1bCd4fGh7j"
  static let gitHub = join("ghp_", body)
  static let aws = join("AK", "IAQ3EGRZ7T4WPLMX2V")
  static let random = join("kJ8vQ2mZ5xW9cR4t", "Y7uB1nL6pD3fG0hS")

  static func join(_ parts: String...) -> String { parts.joined() }
}

struct SecretScannerTests {
  private let scanner = SecretScanner()

  private static let known: [(token: String, rule: String)] = [
    (Planted.aws, "secret/aws-key-id"),
    (Planted.gitHub, "secret/github-token"),
    (Planted.join("glpat", "-abcdEFGH1234ijklMNOP"), "secret/gitlab-token"),
    (Planted.join("xoxb", "-123456789012-abcdefGHIJKL"), "secret/slack-token"),
    (Planted.join("sk_live", "_4eC39HqLyjWDarjtT1zdp7dc"), "secret/stripe-key"),
    (Planted.join("AIza", "aB3aB3aB3aB3aB3aB3aB3aB3aB3aB3aB3xY"), "secret/google-key"),
    (Planted.join("npm_", Planted.body), "secret/npm-token"),
    (Planted.join("hf_", String(Planted.body.prefix(34))), "secret/hugging-face-token"),
    (Planted.join("sk-ant", "-api03-abcdEFGH1234ijklMNOP"), "secret/model-key"),
    (Planted.join("-----BEGIN ", "RSA PRIVATE KEY-----"), "secret/private-key"),
    (Planted.join("-----BEGIN ", "PRIVATE KEY-----"), "secret/private-key"),
  ]

  @Test(arguments: known)
  func `a token of a known shape is found and its hint does not hold it`(token: String, rule: String) throws {
    let line = "value: \(token);"
    let spans = scanner.spans(in: line)
    #expect(spans.map(\.rule) == [rule])
    let span = try #require(spans.first)
    let secret = token.suffix(12)
    #expect(!span.hint.contains(secret))
    #expect(!scanner.masked(line).contains(secret))
    #expect(span.severity == .problem)
  }

  @Test
  func `a span covers exactly the token`() {
    // "let key = " has 10 bytes; the token 4 + 16.
    #expect(scanner.spans(in: "let key = \(Planted.aws)").map(\.range) == [10..<30])
    #expect(scanner.masked("a \(Planted.aws) b \(Planted.gitHub) c") == "a [masked] b [masked] c")
  }

  @Test
  func `a hint is a public prefix and a length`() {
    #expect(scanner.spans(in: Planted.gitHub).map(\.hint) == ["a GitHub token: ghp_..., 40 characters"])
  }

  private static let harmless: [String] = [
    Planted.join("X", Planted.aws), Planted.join(Planted.aws, "0"), Planted.join("AK", "IAlowercaseletters"), Planted.join("ghp", "_short"),
    "https://example.org/a:b@c", "://", "eyJ.a.b", "let token = nextToken(from: input)", "password: String",
    #"password = "${PASSWORD}""#, #"password = "changeme123""#, #"secret = "example-value-1""#,
    "0123456789abcdef0123456789abcdef01234567", #""a sentence with 3 words and blanks""#,
    #"let hash = "0123456789abcdef0123456789abcdef01234567""#, "", "=", "token=", #"token=""#,
  ]

  @Test(arguments: harmless)
  func `what is no secret is left alone`(line: String) {
    #expect(scanner.spans(in: line) == [])
    #expect(scanner.masked(line) == line)
  }

  @Test(arguments: [
    (#"let password = "hunter2-Xq9""#, "hunter2-Xq9"), (#""apiKey": "a1B2c3D4e5""#, "a1B2c3D4e5"),
    ("API_TOKEN=Zx9Kq2Lw8Vt5Rm1", "Zx9Kq2Lw8Vt5Rm1"),
    (#"client_secret: 'q8W3e5R7'"#, "q8W3e5R7"),
  ])
  func `what is assigned to something called a password is found`(line: String, value: String) {
    #expect(scanner.spans(in: line).map(\.rule) == ["secret/assigned"])
    #expect(!scanner.masked(line).contains(value))
  }

  @Test
  func `a password in a URL is found`() {
    let line = Planted.join("postgres://", "ada:s3cr3tpw@db.example.org/main")
    #expect(scanner.spans(in: line).map(\.rule) == ["secret/url-password"])
    #expect(scanner.masked(line) == "postgres://ada:[masked]@db.example.org/main")
  }

  @Test
  func `a random text in quotation marks is found unless entropy is not looked for`() {
    let line = "let seed = \"\(Planted.random)\""
    #expect(scanner.spans(in: line).map(\.rule) == ["secret/high-entropy"])
    #expect(SecretScanner(looksForEntropy: false).spans(in: line) == [])
  }

  @Test(arguments: [("", 0.0), ("aaaa", 0.0), ("abab", 1.0), ("abcd", 2.0), ("aabbccdd", 2.0), ("abcdefgh", 3.0), ("aaab", 0.811278)])
  func `entropy is Shannon's`(text: String, bits: Double) {
    #expect(abs(Entropy.bits(Array(text.utf8)) - bits) < 1e-6)
  }

  @Test
  func `spans lie within the line and do not overlap, whatever the line`() {
    var random = SplitMix(state: 7)
    let parts: [String] = [
      Planted.aws, Planted.gitHub, "password", "=", ": ", "\"", "'", "://", "a:b", "@", "x9Q", "é", "\u{0}", "ghp_", "eyJ", ".",
    ]
    for _ in 0..<3000 {
      let line = (0..<Int(random.next() % 9)).map { _ in parts[Int(random.next() % UInt64(parts.count))] }.joined()
      let spans = scanner.spans(in: line)
      var end = 0
      for span in spans {
        #expect(span.range.lowerBound >= end && span.range.upperBound <= line.utf8.count && !span.range.isEmpty)
        end = span.range.upperBound
      }
      // Each span is replaced by the 8 bytes of "[masked]".
      let hidden = spans.reduce(0) { $0 + $1.range.count }
      #expect(scanner.masked(line).utf8.count == line.utf8.count - hidden + 8 * spans.count)
    }
  }
}

/// A small generator of fixed sequences.
struct SplitMix {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
