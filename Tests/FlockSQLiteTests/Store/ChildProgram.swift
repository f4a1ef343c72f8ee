#if SQLite
import Glibc
import Testing

/// Another process. The value ends and reaps it.
final class ChildProgram {
  let pid: Int32
  private var isReaped = false

  init(_ arguments: [String]) throws {
    var child: pid_t = 0
    var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    let code = posix_spawnp(&child, arguments[0], nil, nil, &words, environ)
    try #require(code == 0, "\(arguments[0]) cannot be started: errno \(code)")
    pid = child
  }

  /// A process that lives as long as this value.
  static func sleeping() throws -> ChildProgram { try ChildProgram(["sleep", "60"]) }

  /// - Returns: the exit status, -1 for a process that a signal ended.
  @discardableResult
  func wait() -> Int32 {
    var status: Int32 = 0
    guard !isReaped, waitpid(pid, &status, 0) == pid else { return -1 }
    isReaped = true
    return status & 0x7F == 0 ? status >> 8 & 0xFF : -1
  }

  func end() {
    guard !isReaped else { return }
    kill(pid, SIGKILL)
    wait()
  }

  deinit { end() }

  /// When it began, as the system tells it: field 22, the twentieth behind the command's bracket.
  var startTicks: String {
    var text = ""
    if let file = fopen("/proc/\(pid)/stat", "r") {
      var buffer = [UInt8](repeating: 0, count: 1024)
      text = String(decoding: buffer[..<fread(&buffer, 1, buffer.count, file)], as: UTF8.self)
      fclose(file)
    }
    return String(text.split(separator: ")").last?.split(separator: " ")[19] ?? "0")
  }
}
#endif
