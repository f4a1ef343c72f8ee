/// Finds what looks like a secret in one line of text.
///
/// Three ways: tokens of known shape, passwords in URLs, and values of high entropy, which must stand in quotation marks
/// or be assigned to something that is called a password, a token or the like. It never lets the secret out.
struct SecretScanner: Sendable {
  struct Span: Sendable, Hashable {
    /// Of the line's UTF-8.
    var range: Range<Int>
    var rule: String
    var severity: Finding.Severity
    var hint: String
  }

  /// Files of checksums are full of values that look random.
  let looksForEntropy: Bool

  init(looksForEntropy: Bool = true) { self.looksForEntropy = looksForEntropy }

  /// In the order of their places, none overlapping.
  func spans(in text: String) -> [Span] {
    let bytes = Array(text.utf8)
    guard bytes.count >= 8 else { return [] }
    var found: [Span] = []
    addPrivateKey(bytes, &found)
    addTokens(bytes, &found)
    addURLPasswords(bytes, &found)
    if looksForEntropy {
      addAssigned(bytes, &found)
      addRandom(bytes, &found)
    }
    return found.sorted { $0.range.lowerBound < $1.range.lowerBound }
  }

  /// The text with every secret masked.
  func masked(_ text: String) -> String {
    let spans = spans(in: text)
    guard !spans.isEmpty else { return text }
    let bytes = Array(text.utf8)
    var result: [UInt8] = []
    var position = 0
    for span in spans {
      result += bytes[position..<span.range.lowerBound]
      result += Array("[masked]".utf8)
      position = span.range.upperBound
    }
    return String(decoding: result + bytes[position...], as: UTF8.self)
  }

  private func add(
    _ range: Range<Int>, _ rule: String, _ severity: Finding.Severity, _ hint: String, to found: inout [Span]
  ) {
    guard !found.contains(where: { $0.range.overlaps(range) }) else { return }
    found.append(Span(range: range, rule: rule, severity: severity, hint: hint))
  }

  // MARK: Known shapes

  private func addPrivateKey(_ bytes: [UInt8], _ found: inout [Span]) {
    guard let start = bytes.place(of: SecretScanner.keyStart),
      let end = bytes.place(of: SecretScanner.keyEnd, from: start.upperBound),
      end.lowerBound - start.upperBound <= 24
    else { return }
    add(start.lowerBound..<bytes.count, "secret/private-key", .problem, "the beginning of a private key", to: &found)
  }

  private static let keyStart = Array("-----BEGIN ".utf8)
  /// Followed by `-----`, or by ` BLOCK-----`.
  private static let keyEnd = Array("PRIVATE KEY".utf8)

  private func addTokens(_ bytes: [UInt8], _ found: inout [Span]) {
    var position = 0
    while position < bytes.count {
      defer { position += 1 }
      guard SecretShape.firstBytes[Int(bytes[position])], position == 0 || !SecretShape.Alphabet.word.contains(bytes[position - 1]) else {
        continue
      }
      for shape in SecretShape.all {
        guard let match = shape.match(bytes[position...]) else { continue }
        let prefix = String(decoding: bytes[position..<(position + match.prefix)], as: UTF8.self)
        add(
          position..<(position + match.length), shape.rule, shape.severity,
          "\(shape.name): \(prefix)..., \(match.length) characters", to: &found)
        position += match.length - 1
        break
      }
    }
  }

  private static let schemeEnd = Array("://".utf8)

  private func addURLPasswords(_ bytes: [UInt8], _ found: inout [Span]) {
    var position = 0
    while let scheme = bytes.place(of: SecretScanner.schemeEnd, from: position) {
      position = scheme.upperBound
      let rest = bytes[position...]
      let authority = rest.prefix { $0 > 0x20 && !"/\"'`<>?#".utf8.contains($0) }
      guard let at = authority.lastIndex(of: UInt8(ascii: "@")),
        let colon = authority[..<at].firstIndex(of: UInt8(ascii: ":"))
      else { continue }
      let password = bytes[(colon + 1)..<at]
      guard password.count >= 3, !SecretScanner.isPlaceholder(password) else { continue }
      add(
        (colon + 1)..<at, "secret/url-password", .problem, "a password of \(password.count) characters in a URL", to: &found)
    }
  }

  // MARK: Entropy

  private static let words = [
    "password", "passwd", "secret", "token", "apikey", "api_key", "api-key", "accesskey", "access_key", "private_key", "credential",
  ].map { Array($0.utf8) }

  /// `password = "..."`, `"apiKey": "..."`, `TOKEN=...`.
  private func addAssigned(_ bytes: [UInt8], _ found: inout [Span]) {
    guard bytes.contains(where: { $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: ":") }) else { return }
    let lower = bytes.map { (65...90).contains($0) ? $0 + 32 : $0 }
    for word in SecretScanner.words {
      var position = 0
      while let place = lower.place(of: word, from: position) {
        position = place.upperBound
        guard let (range, isQuoted) = SecretScanner.assignedValue(bytes, after: place.upperBound) else { continue }
        let value = bytes[range]
        let entropy = Entropy.bits(value)
        let isRandom = isQuoted ? value.count >= 8 && entropy >= 2.75 : value.count >= 12 && entropy >= 3.25
        guard isRandom, SecretScanner.isMixed(value), !SecretScanner.isPlaceholder(value) else { continue }
        add(range, "secret/assigned", .warning, SecretScanner.hint(value, entropy), to: &found)
      }
    }
  }

  /// The value that is assigned to the name which goes on at `position`.
  private static func assignedValue(_ bytes: [UInt8], after position: Int) -> (range: Range<Int>, isQuoted: Bool)? {
    var index = position
    func skip(_ condition: (UInt8) -> Bool) { while index < bytes.count, condition(bytes[index]) { index += 1 } }
    skip { SecretShape.Alphabet.dashed.contains($0) }
    skip { "\"'` ]".utf8.contains($0) }
    let operators = index
    skip { ":=>".utf8.contains($0) }
    guard (1...2).contains(index - operators), index < bytes.count else { return nil }
    skip { $0 == 0x20 }
    guard index < bytes.count else { return nil }
    if "\"'`".utf8.contains(bytes[index]) {
      let quote = bytes[index]
      guard let end = bytes[(index + 1)...].firstIndex(of: quote) else { return nil }
      return ((index + 1)..<end, true)
    }
    // Without quotation marks only what stands alone to the line's end: `TOKEN=...`, not a call.
    let end = bytes[index...].firstIndex { !isTokenByte($0) } ?? bytes.count
    guard bytes[end...].allSatisfy({ $0 == 0x20 }) else { return nil }
    return (index..<end, false)
  }

  /// A string in quotation marks that looks random by itself.
  private func addRandom(_ bytes: [UInt8], _ found: inout [Span]) {
    var position = 0
    while let open = bytes[position...].firstIndex(where: { "\"'`".utf8.contains($0) }) {
      position = open + 1
      guard let close = bytes[position...].firstIndex(of: bytes[open]) else { continue }
      let value = bytes[position..<close]
      guard (24...256).contains(value.count), value.allSatisfy(SecretScanner.isTokenByte), SecretScanner.isMixed(value),
        value.contains(where: { (65...90).contains($0) }), !SecretScanner.isPlaceholder(value)
      else { continue }
      let entropy = Entropy.bits(value)
      guard entropy >= 4.2 else { continue }
      add(position..<close, "secret/high-entropy", .warning, SecretScanner.hint(value, entropy), to: &found)
      position = close + 1
    }
  }

  private static func isTokenByte(_ byte: UInt8) -> Bool {
    SecretShape.Alphabet.dashed.contains(byte) || "+/=".utf8.contains(byte)
  }

  /// Letters and digits: neither a word nor a number.
  private static func isMixed(_ value: ArraySlice<UInt8>) -> Bool {
    value.allSatisfy { $0 > 0x20 && $0 < 0x7F }
      && value.contains { (48...57).contains($0) } && value.contains { (65...90).contains($0) || (97...122).contains($0) }
  }

  private static let placeholders = [
    "example", "changeme", "placeholder", "redacted", "xxxx", "****", "....", "dummy", "your",
  ].map { Array($0.utf8) }

  /// A variable, a template's hole, or a word that says that it stands for something.
  private static func isPlaceholder(_ value: ArraySlice<UInt8>) -> Bool {
    if value.contains(where: { "${}<>()%".utf8.contains($0) }) { return true }
    let lower = value.map { (65...90).contains($0) ? $0 + 32 : $0 }
    return placeholders.contains { lower.holds($0) } || ["pass", "password", "secret"].contains { lower.elementsEqual($0.utf8) }
  }

  private static func hint(_ value: ArraySlice<UInt8>, _ entropy: Double) -> String {
    let tenths = Int((entropy * 10).rounded())
    return "\(value.count) characters, \(tenths / 10).\(tenths % 10) bits each"
  }
}
