/// A token with a prefix that its issuer made public, so that scanners can find it.
struct SecretShape: Sendable {
  enum Alphabet: Sendable {
    case upper, hexadecimal, alphanumeric, word, dashed, dotted

    func contains(_ byte: UInt8) -> Bool {
      switch byte {
      case 48...57: true
      case 65...90: self != .hexadecimal
      case 97...102: self != .upper
      case 103...122: self != .upper && self != .hexadecimal
      case UInt8(ascii: "_"): self == .word || self == .dashed || self == .dotted
      case UInt8(ascii: "-"): self == .dashed || self == .dotted
      case UInt8(ascii: "."): self == .dotted
      default: false
      }
    }
  }

  let rule: String
  let name: String
  let prefixes: [[UInt8]]
  let alphabet: Alphabet
  /// Characters after the prefix.
  let length: ClosedRange<Int>
  let severity: Finding.Severity
  /// Dots that the rest must hold, for tokens of parts.
  let dots: Int?

  init(
    _ rule: String, _ name: String, _ prefixes: [String], _ alphabet: Alphabet, _ length: ClosedRange<Int>,
    severity: Finding.Severity = .problem, dots: Int? = nil
  ) {
    self.rule = "secret/\(rule)"
    self.name = name
    self.prefixes = prefixes.map { Array($0.utf8) }
    self.alphabet = alphabet
    self.length = length
    self.severity = severity
    self.dots = dots
  }

  static let all: [SecretShape] = [
    .init("aws-key-id", "an AWS access key id", ["AKIA", "ASIA"], .upper, 16...16),
    .init("github-token", "a GitHub token", ["ghp_", "gho_", "ghu_", "ghs_", "ghr_"], .alphanumeric, 36...255),
    .init("github-token", "a GitHub token", ["github_pat_"], .word, 22...255),
    .init("gitlab-token", "a GitLab token", ["glpat-"], .dashed, 20...255),
    .init("slack-token", "a Slack token", ["xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-", "xapp-"], .dashed, 10...255),
    .init("stripe-key", "a Stripe key", ["sk_live_", "rk_live_"], .alphanumeric, 16...255),
    .init("google-key", "a Google API key", ["AIza"], .dashed, 35...35),
    .init("npm-token", "an npm token", ["npm_"], .alphanumeric, 36...36),
    .init("pypi-token", "a PyPI token", ["pypi-AgEIcHlwaS5vcmc"], .dashed, 50...255),
    .init("model-key", "a model provider's key", ["sk-ant-", "sk-proj-"], .dashed, 20...255),
    .init("sendgrid-key", "a SendGrid key", ["SG."], .dotted, 66...66, dots: 1),
    .init("digitalocean-token", "a DigitalOcean token", ["dop_v1_"], .hexadecimal, 64...64),
    .init("hugging-face-token", "a Hugging Face token", ["hf_"], .alphanumeric, 34...34),
    .init("shopify-token", "a Shopify token", ["shpat_"], .hexadecimal, 32...32),
    .init("json-web-token", "a JSON web token", ["eyJ"], .dotted, 30...4096, severity: .warning, dots: 2),
  ]

  /// Whether some prefix begins with the byte.
  static let firstBytes: [Bool] = (0..<256).map { byte in all.contains { $0.prefixes.contains { $0.first == UInt8(byte) } } }

  /// The length of a token that begins here, or `nil`.
  func match(_ bytes: ArraySlice<UInt8>) -> (prefix: Int, length: Int)? {
    for prefix in prefixes where bytes.starts(with: prefix) {
      let rest = bytes.dropFirst(prefix.count).prefix { alphabet.contains($0) }
      guard length.contains(rest.count) else { continue }
      if let dots, rest.count(where: { $0 == UInt8(ascii: ".") }) != dots { continue }
      return (prefix.count, prefix.count + rest.count)
    }
    return nil
  }
}
