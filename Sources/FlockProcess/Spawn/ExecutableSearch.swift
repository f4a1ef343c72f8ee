import Glibc

/// Finds the program that a configuration names, as a shell would, but in absolute directories alone: an empty or a
/// relative entry of `PATH` would run whatever lies in the working directory.
enum ExecutableSearch {
  static let defaultPath = "/usr/local/bin:/usr/bin:/bin"

  static func find(_ configuration: ChildProcessConfiguration) throws(ChildProcessError) -> String {
    let name = configuration.executable
    if name.utf8.first == UInt8(ascii: "/") {
      guard isFile(name) else {
        throw ChildProcessError(
          .executableNotFound, "there is no executable file '\(name)': install it or correct executable")
      }
      return name
    }
    let path = configuration.environment["PATH"] ?? defaultPath
    var refused: String?
    for directory in path.split(separator: ":") where directory.utf8.first == UInt8(ascii: "/") {
      let candidate = "\(directory)/\(name)"
      guard isFile(candidate) else { continue }
      if access(candidate, X_OK) == 0 { return candidate }
      if refused == nil { refused = candidate }
    }
    if refused != nil {
      throw ChildProcessError(
        .executableRefused, "'\(name)' is in a directory of PATH but may not be executed: give it execute permission",
        errorNumber: EACCES)
    }
    throw ChildProcessError(
      .executableNotFound,
      "no executable '\(name)' in the absolute directories of the configuration's PATH: install it, extend PATH, "
        + "or give an absolute path")
  }

  private static func isFile(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }
}
