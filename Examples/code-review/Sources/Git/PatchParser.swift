/// The changed lines of one file.
struct FilePatch: Sendable, Hashable {
  var added: [ChangedFile.LineRun] = []
  var removed: [ChangedFile.LineRun] = []
  var isBinary = false
  /// The limits cut something off.
  var isCut = false
  /// What the kept lines count against ``GitLimits/maximumCommitTextBytes``.
  var textBytes = 0

  func followed(by other: FilePatch) -> FilePatch {
    FilePatch(
      added: added + other.added, removed: removed + other.removed, isBinary: isBinary || other.isBinary,
      isCut: isCut || other.isCut, textBytes: textBytes + other.textBytes)
  }
}

/// Splits a patch into its files.
///
/// Where a file begins is known from the counts of lines in the hunks, never from how a line looks: a file may well hold
/// a patch. Paths are not read here; git quotes them, so that none holds a line end.
struct PatchParser {
  private let bytes: [UInt8]
  private let limits: GitLimits
  private var position = 0
  private var sections: [FilePatch] = []

  init(_ bytes: [UInt8], limits: GitLimits) {
    self.bytes = bytes
    self.limits = limits
  }

  func parse() throws -> [FilePatch] {
    var reader = self
    while let line = reader.nextLine() {
      if line.starts(with: PatchParser.fileStart) {
        reader.sections.append(FilePatch())
      } else if line.starts(with: PatchParser.hunkStart) {
        try reader.hunk(line)
      } else if line.starts(with: PatchParser.binaryStart) {
        guard !reader.sections.isEmpty else { throw reader.malformed }
        reader.sections[reader.sections.count - 1].isBinary = true
      }
    }
    return reader.sections
  }

  private static let fileStart = Array("diff --git ".utf8)
  private static let hunkStart = Array("@@ -".utf8)
  private static let binaryStart = Array("Binary files ".utf8)
  private static let lineOverhead = 8

  private var malformed: GitError { GitError(.failed, "git answered a patch that is damaged") }

  private mutating func nextLine() -> ArraySlice<UInt8>? {
    guard position < bytes.count else { return nil }
    let end = bytes[position...].firstIndex(of: 10) ?? bytes.count
    defer { position = end + 1 }
    return bytes[position..<end]
  }

  private mutating func hunk(_ header: ArraySlice<UInt8>) throws {
    guard let last = sections.indices.last, let (old, new) = PatchParser.ranges(header) else { throw malformed }
    var removed = ChangedFile.LineRun(start: old.start, lines: [])
    var added = ChangedFile.LineRun(start: new.start, lines: [])
    var (oldLeft, newLeft) = (old.count, new.count)
    while oldLeft > 0 || newLeft > 0 {
      guard let line = nextLine() else { throw malformed }
      switch line.first {
      case UInt8(ascii: "-"):
        oldLeft -= 1
        keep(line.dropFirst(), in: &removed, of: last)
      case UInt8(ascii: "+"):
        newLeft -= 1
        keep(line.dropFirst(), in: &added, of: last)
      case UInt8(ascii: "\\"): continue
      default: throw malformed
      }
      guard oldLeft >= 0, newLeft >= 0 else { throw malformed }
    }
    if !removed.lines.isEmpty { sections[last].removed.append(removed) }
    if !added.lines.isEmpty { sections[last].added.append(added) }
  }

  private mutating func keep(_ line: ArraySlice<UInt8>, in run: inout ChangedFile.LineRun, of section: Int) {
    var text = line
    if text.last == 13 { text.removeLast() }
    if text.count > limits.maximumLineBytes {
      text = text.prefix(limits.maximumLineBytes)
      sections[section].isCut = true
    }
    let size = text.count + PatchParser.lineOverhead
    guard sections[section].textBytes + size <= limits.maximumFileTextBytes else {
      sections[section].isCut = true
      // Later lines would follow a gap: the file ends here.
      sections[section].textBytes = limits.maximumFileTextBytes
      return
    }
    sections[section].textBytes += size
    run.lines.append(String(decoding: text, as: UTF8.self))
  }

  /// `@@ -12,3 +14 @@`: a count that is left out is 1.
  private static func ranges(_ header: ArraySlice<UInt8>) -> ((start: Int, count: Int), (start: Int, count: Int))? {
    let words = header.split(separator: UInt8(ascii: " "), maxSplits: 4)
    guard words.count >= 4, words[0].elementsEqual("@@".utf8), words[3].elementsEqual("@@".utf8),
      let old = range(words[1], sign: "-"), let new = range(words[2], sign: "+")
    else { return nil }
    return (old, new)
  }

  private static func range(_ word: ArraySlice<UInt8>, sign: Unicode.Scalar) -> (start: Int, count: Int)? {
    guard word.first == UInt8(ascii: sign) else { return nil }
    let parts = word.dropFirst().split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
    guard parts.count <= 2, let start = Int(String(decoding: parts[0], as: UTF8.self)), start >= 0 else { return nil }
    guard parts.count == 2 else { return (start, 1) }
    guard let count = Int(String(decoding: parts[1], as: UTF8.self)), count >= 0 else { return nil }
    return (start, count)
  }
}
