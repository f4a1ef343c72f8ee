/// Takes secrets out of texts that came from outside, before they get into errors, logs or the ledger.
struct Redaction: Sendable {
  static let replacement = "[redacted]"
  /// Longer texts are cut, in bytes of UTF-8.
  static let maximumTextBytes = 4096
  /// Shorter words of a secret are too common to look for.
  private static let shortestWord = 8

  private let secrets: [[UInt8]]

  /// - Parameter values: replaced as a whole, and each word of at least 8 bytes by itself: of `Bearer xyz` both.
  init(_ values: some Sequence<String>) {
    var secrets: Set<[UInt8]> = []
    for value in values where !value.isEmpty {
      secrets.insert(Array(value.utf8))
      for word in value.split(whereSeparator: \.isWhitespace) where word.utf8.count >= Self.shortestWord {
        secrets.insert(Array(word.utf8))
      }
    }
    self.secrets = secrets.sorted { $0.count > $1.count }
  }

  /// The text without the secrets.
  func removeSecrets(_ text: String) -> String {
    var bytes = Array(text.utf8)
    for secret in secrets { bytes = bytes.replacing(secret, with: Array(Self.replacement.utf8)) }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The same, cut to `maximumTextBytes`.
  func apply(_ text: String) -> String {
    let clean = removeSecrets(text)
    guard clean.utf8.count > Self.maximumTextBytes else { return clean }
    return String(decoding: clean.utf8.prefix(Self.maximumTextBytes - 3), as: UTF8.self) + "..."
  }
}
