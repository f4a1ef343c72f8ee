@preconcurrency import Glibc

extension CommandContext {
  /// The streams and the environment of this process. The environment is read once: call it before other threads
  /// might change it, as the first thing in `main`.
  ///
  /// The width is `COLUMNS`, if that is a number from 1 to 10,000, else what the terminal says, else 80.
  public static func process() -> CommandContext {
    let isOutputTerminal = isatty(STDOUT_FILENO) == 1
    let isErrorTerminal = isatty(STDERR_FILENO) == 1
    let environment = processEnvironment()
    let err = TextWriter.descriptor(STDERR_FILENO)
    return CommandContext(
      out: .descriptor(STDOUT_FILENO, sharingTerminalWith: isOutputTerminal && isErrorTerminal ? err : nil),
      err: err,
      columns: width(environment["COLUMNS"], isOutputTerminal ? STDOUT_FILENO : STDERR_FILENO),
      environment: environment,
      isOutputTerminal: isOutputTerminal,
      isErrorTerminal: isErrorTerminal)
  }

  private static func width(_ variable: String?, _ descriptor: Int32) -> Int {
    if let value = variable.flatMap({ Int($0) }), (1...10_000).contains(value) { return value }
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return defaultColumns }
    return Int(size.ws_col)
  }

  private static func processEnvironment() -> [String: String] {
    var result: [String: String] = [:]
    var entry = environ
    while let text = entry.pointee {
      let pair = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      // As getenv does, the first of several entries counts.
      if pair.count == 2 { result[String(pair[0])] = result[String(pair[0])] ?? String(pair[1]) }
      entry += 1
    }
    return result
  }
}
