#if SQLite
import FlockCore
import Glibc

/// The process behind a lease.
struct SQLiteOwner: Sendable, Hashable {
  let pid: Int32
  /// When the process began, in the kernel's ticks since boot: a process number that was given anew differs in it. 0 when
  /// the system does not say.
  let processStart: Int64
  /// For people.
  let host: String
  /// Where process numbers mean the same: the boot and the namespace of processes.
  let place: String
  let since: Timestamp

  static func current(at now: Timestamp) -> SQLiteOwner {
    SQLiteOwner(
      pid: getpid(), processStart: startTicks(of: getpid()) ?? 0, host: hostName(),
      place: "\(text("/proc/sys/kernel/random/boot_id") ?? hostName()) \(link("/proc/self/ns/pid") ?? "")", since: now)
  }

  func isSameProcess(as other: SQLiteOwner) -> Bool {
    pid == other.pid && processStart == other.processStart && place == other.place
  }

  /// Dead when it has not written within the lease, or when its process is gone from the place that both are in.
  func isAlive(seenFrom other: SQLiteOwner, heartbeat: Timestamp, lease: Duration, at now: Timestamp) -> Bool {
    let age = now - heartbeat
    // A heartbeat from far ahead says that a clock was set back: it proves nothing.
    guard age <= lease, age >= .zero - lease else { return false }
    guard place == other.place else { return true }
    if let ticks = SQLiteOwner.startTicks(of: pid) { return ticks == processStart || processStart == 0 }
    return kill(pid, 0) == 0 || errno == EPERM
  }

  private static func hostName() -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard gethostname(&buffer, buffer.count - 1) == 0 else { return "an unnamed host" }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Field 22 of `/proc/PID/stat`, counted after the command's closing bracket, since a command may hold blanks.
  private static func startTicks(of pid: Int32) -> Int64? {
    guard let stat = text("/proc/\(pid)/stat"), let bracket = stat.lastIndex(of: ")") else { return nil }
    let fields = stat[stat.index(after: bracket)...].split(separator: " ")
    return fields.count > 19 ? Int64(fields[19]) : nil
  }

  private static func text(_ path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = read(descriptor, &buffer, buffer.count)
    guard count > 0 else { return nil }
    let text = String(decoding: buffer[..<count], as: UTF8.self)
    return String(text.prefix { $0 != "\n" })
  }

  private static func link(_ path: String) -> String? {
    var buffer = [CChar](repeating: 0, count: 256)
    let count = readlink(path, &buffer, buffer.count)
    guard count > 0 else { return nil }
    return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
#endif
