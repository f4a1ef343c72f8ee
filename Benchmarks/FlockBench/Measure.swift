import Glibc

/// What the operating system says of this process.
struct Usage {
  var cpuSeconds: Double
  var wallSeconds: Double
  var peakMegabytes: Double

  static func now() -> Usage {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    func seconds(_ value: timeval) -> Double { Double(value.tv_sec) + Double(value.tv_usec) * 1e-6 }
    return Usage(
      cpuSeconds: seconds(usage.ru_utime) + seconds(usage.ru_stime),
      wallSeconds: Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9, peakMegabytes: Double(usage.ru_maxrss) / 1024)
  }
}

/// Writes to standard error.
func complain(_ text: String) {
  let bytes = Array((text + "\n").utf8)
  _ = bytes.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
}
