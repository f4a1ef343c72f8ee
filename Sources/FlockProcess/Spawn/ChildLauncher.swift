import CFlockProcess
import Glibc

/// Starts a child. Runs on the reactor's thread, because the child is killed when the thread that started it ends.
enum ChildLauncher {
  static func launch(
    _ configuration: ChildProcessConfiguration, id: UInt64, reactor: ChildReactor
  ) throws(ChildProcessError) -> ChildLink {
    let path = try ExecutableSearch.find(configuration)
    let input = try OwnedPipe()
    let output = try OwnedPipe()
    let errors = try OwnedPipe()
    try input.writeEnd.setNonBlocking()
    try output.readEnd.setNonBlocking()
    try errors.readEnd.setNonBlocking()

    let pid = try spawn(
      path, configuration, input.readEnd.rawValue, output.writeEnd.rawValue, errors.writeEnd.rawValue)
    let handle = flock_pidfd_open(pid)
    guard handle >= 0 else {
      reap(pid)
      throw .system("open a pidfd, which needs Linux 5.3,", -handle)
    }
    let link = ChildLink(
      id: id, pid: pid, configuration: configuration, reactor: reactor,
      input: input.releaseWriteEnd(), output: output.releaseReadEnd(), errors: errors.releaseReadEnd(), handle: handle)
    do throws(ChildProcessError) {
      try link.watchFromTheStart()
    } catch {
      reap(pid)
      link.closeUnstarted()
      throw error
    }
    return link
  }

  private static func spawn(
    _ path: String, _ configuration: ChildProcessConfiguration, _ input: Int32, _ output: Int32, _ errors: Int32
  ) throws(ChildProcessError) -> Int32 {
    let arguments = CStringArray([configuration.executable] + configuration.arguments)
    // Sorted, so that the same configuration gives the same bytes.
    let variables = configuration.environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    let environment = CStringArray(variables)
    let directory = configuration.workingDirectory.map { strdup($0) } ?? nil
    defer { free(directory) }
    let result = path.withCString { path in
      var request = flock_spawn_request(
        path: path, arguments: arguments.pointer, environment: environment.pointer, directory: directory,
        input: input, output: output, error: errors)
      return flock_spawn(&request)
    }
    guard result.step != Int32(FLOCK_SPAWN_STARTED.rawValue) else { return result.pid }
    throw failure(result, path, configuration)
  }

  private static func failure(
    _ result: flock_spawn_result, _ path: String, _ configuration: ChildProcessConfiguration
  ) -> ChildProcessError {
    let number = result.error_number
    switch UInt32(result.step) {
    case FLOCK_SPAWN_DIRECTORY.rawValue:
      return ChildProcessError(
        .workingDirectoryUnavailable,
        "cannot enter the working directory '\(configuration.workingDirectory ?? "")': create it or permit it",
        errorNumber: number)
    case FLOCK_SPAWN_EXEC.rawValue:
      return execFailure(number, path)
    case FLOCK_SPAWN_FORK.rawValue:
      return .system("create a process", number)
    default:
      return .system("set a child process up", number)
    }
  }

  private static func execFailure(_ number: Int32, _ path: String) -> ChildProcessError {
    switch number {
    case ENOENT:
      // The file was there a moment ago, so its interpreter is what is missing.
      ChildProcessError(
        .executableNotFound, "the interpreter that '\(path)' names (its #! line or ELF loader) is missing: install it",
        errorNumber: number)
    case EACCES, EPERM:
      ChildProcessError(
        .executableRefused, "'\(path)' may not be executed: give it execute permission, on a mount that allows it",
        errorNumber: number)
    case ENOEXEC:
      ChildProcessError(
        .executableRefused, "'\(path)' is no program for this machine: a script needs a #! line", errorNumber: number)
    case E2BIG:
      ChildProcessError(
        .argumentsTooLong, "arguments and environment are too long for the system: pass large values by standard input",
        errorNumber: number)
    default:
      .system("execute '\(path)'", number)
    }
  }

  /// For a child that cannot be served. SIGKILL makes the wait short.
  private static func reap(_ pid: Int32) {
    _ = kill(-pid, SIGKILL)
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0, errno == EINTR {}
  }
}

extension OwnedPipe {
  fileprivate consuming func releaseReadEnd() -> Int32 { readEnd.release() }
  fileprivate consuming func releaseWriteEnd() -> Int32 { writeEnd.release() }
}
