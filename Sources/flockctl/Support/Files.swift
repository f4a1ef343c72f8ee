import FlockCommandLine
import Glibc

/// Small files, without Foundation.
enum Files {
  /// Documents longer than this are refused, in bytes.
  static let maximumBytes = 64 << 20

  /// - Throws: ``CommandFailure`` with 66.
  static func read(_ path: String) throws -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure(.noInput, "cannot read \(path)") }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw failure(.noInput, "cannot read \(path)") }
      guard count > 0 else { return bytes }
      bytes += buffer[..<count]
      guard bytes.count <= maximumBytes else { throw CommandFailure(.badInput, "\(path) is longer than \(maximumBytes) bytes") }
    }
  }

  /// Replaces a file as a whole: a reader sees the old one or the new one.
  /// - Throws: ``CommandFailure`` with 73.
  static func write(_ text: String, to path: String) throws {
    let temporary = "\(path).\(getpid()).tmp"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw failure(.cannotCreate, "cannot create \(temporary)") }
    do {
      defer { close(descriptor) }
      var text = text
      try text.withUTF8 { bytes in
        var rest = UnsafeRawBufferPointer(bytes)
        while !rest.isEmpty {
          let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
          if count < 0, errno == EINTR { continue }
          guard count > 0 else { throw failure(.cannotCreate, "cannot write \(temporary)") }
          rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
      }
      guard rename(temporary, path) == 0 else { throw failure(.cannotCreate, "cannot put \(path) in place") }
    } catch {
      unlink(temporary)
      throw error
    }
  }

  /// Makes a folder and those above it.
  static func makeFolder(_ path: String) throws {
    var made = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
      made += (made.isEmpty || made.hasSuffix("/") ? "" : "/") + part
      var status = stat()
      if stat(made, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { continue }
      guard mkdir(made, 0o755) == 0 || errno == EEXIST else { throw failure(.cannotCreate, "cannot create the folder \(made)") }
    }
  }

  private static func failure(_ code: ExitCode, _ what: String) -> CommandFailure {
    let number = errno
    var buffer = [CChar](repeating: 0, count: 256)
    let isKnown = strerror_r(number, &buffer, buffer.count) == 0
    let reason = isKnown ? String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self) : "error \(number)"
    return CommandFailure(code, "\(what): \(reason)")
  }
}

/// Reads standard input line by line.
struct LineInput {
  /// A longer line is refused, in bytes.
  static let maximumLineBytes = 16 << 20

  private let descriptor: Int32
  private var buffer: [UInt8] = []
  private var head = 0
  private var isAtEnd = false

  init(descriptor: Int32 = STDIN_FILENO) { self.descriptor = descriptor }

  /// The next line without its end; `nil` after the last.
  mutating func next() throws -> [UInt8]? {
    var searched = head
    while true {
      if let end = buffer[searched...].firstIndex(of: 10) {
        defer { head = end + 1 }
        return Array(buffer[head..<end])
      }
      if isAtEnd {
        defer { head = buffer.count }
        return head < buffer.count ? Array(buffer[head...]) : nil
      }
      guard buffer.count - head <= LineInput.maximumLineBytes else {
        throw CommandFailure(.badInput, "a line of more than \(LineInput.maximumLineBytes) bytes")
      }
      buffer.removeFirst(head)
      head = 0
      searched = buffer.count
      try fill()
    }
  }

  private mutating func fill() throws {
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw CommandFailure(.noInput, "standard input cannot be read") }
      if count == 0 { isAtEnd = true } else { buffer += chunk[..<count] }
      return
    }
  }
}
