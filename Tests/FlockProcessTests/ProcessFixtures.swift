import FlockProcess
import Glibc
import Testing

extension Tag {
  /// Starts real processes.
  @Tag static var processes: Self
}

/// A configuration that runs a shell script with the parent's allow-listed environment.
func shell(
  _ script: String, _ configure: (inout ChildProcessConfiguration) -> Void = { _ in }
) -> ChildProcessConfiguration {
  var configuration = ChildProcessConfiguration(executable: "/bin/sh", arguments: ["-c", script])
  configure(&configuration)
  return configuration
}

func python(
  _ program: String, _ configure: (inout ChildProcessConfiguration) -> Void = { _ in }
) -> ChildProcessConfiguration {
  var configuration = ChildProcessConfiguration(executable: "python3", arguments: ["-I", "-S", "-c", program])
  configure(&configuration)
  return configuration
}

extension [UInt8] {
  var text: String { String(decoding: self, as: UTF8.self) }
}

extension ChildProcess {
  /// The next line as text; a missing one fails the test.
  func textLine() async throws -> String {
    try #require(try await nextLine(), "the child's output ended").text
  }

  /// The next line as the id of a process, which must be alive.
  func processID() async throws -> Int32 {
    let pid = try #require(Int32(try await textLine()))
    try #require(isAlive(pid), "the process ended too early")
    return pid
  }
}

/// Whether a process runs: a zombie, which an orphan may stay where nothing collects orphans, does not.
func isAlive(_ pid: Int32) -> Bool {
  guard kill(pid, 0) == 0, let status = readFile("/proc/\(pid)/stat") else { return false }
  // "pid (name) state ...", and the name may hold anything.
  guard let name = status.lastIndex(of: ")") else { return false }
  let state = status[status.index(name, offsetBy: 2)]
  return state != "Z" && state != "X"
}

/// A small file's text, read with plain system calls.
func readFile(_ path: String) -> String? {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { return nil }
  defer { close(descriptor) }
  var bytes = [UInt8](repeating: 0, count: 64 << 10)
  let count = read(descriptor, &bytes, bytes.count)
  return count < 0 ? nil : String(decoding: bytes.prefix(count), as: UTF8.self)
}

/// Waits until a condition holds; false after ten seconds.
func eventually(_ condition: () -> Bool) async -> Bool {
  let end = ContinuousClock.now + .seconds(10)
  while ContinuousClock.now < end {
    if condition() { return true }
    try? await Task.sleep(for: .milliseconds(2))
  }
  return condition()
}

/// The error that a call throws; `nil` if it throws none or another kind.
func processError(_ body: () async throws -> Void) async -> ChildProcessError? {
  do {
    try await body()
    return nil
  } catch {
    return error as? ChildProcessError
  }
}

/// Numbers that are the same in each run: the MINSTD generator with its published constants.
struct MinimalRandom: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed % 2_147_483_646 + 1
  }

  mutating func next() -> UInt64 {
    (0..<4).reduce(0) { bits, _ in
      state = state * 48_271 % 2_147_483_647
      return bits << 16 | (state >> 8 & 0xFFFF)
    }
  }
}

/// A directory of its own under the system's temporary one, removed with its owner.
final class TemporaryDirectory {
  let path: String

  init() throws {
    var template = Array("/tmp/flock-process-XXXXXX".utf8CString)
    path = String(cString: try #require(mkdtemp(&template)))
  }

  func file(_ name: String, _ text: String, mode: mode_t) throws -> String {
    let file = "\(path)/\(name)"
    let descriptor = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, mode)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    try #require(write(descriptor, text, text.utf8.count) == text.utf8.count)
    return file
  }

  deinit {
    // Flat by construction.
    for name in directoryEntries(path) { unlink("\(path)/\(name)") }
    rmdir(path)
  }
}

/// The names in a directory, without `.` and `..`.
func directoryEntries(_ path: String) -> [String] {
  guard let directory = opendir(path) else { return [] }
  defer { closedir(directory) }
  var names: [String] = []
  while let entry = readdir(directory) {
    let name = withUnsafePointer(to: &entry.pointee.d_name) {
      $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
    }
    if name != "." && name != ".." { names.append(name) }
  }
  return names
}
