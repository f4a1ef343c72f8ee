import Flock
import FlockKernel
import Glibc

extension Bench {
  /// What is measured beside the workloads that the peers have too.
  static let programs: [String: @Sendable (BenchOptions) async throws -> Void] = {
    var programs: [String: @Sendable (BenchOptions) async throws -> Void] = [
      "memory": MemoryBench.run, "no-match": NoMatchBench.run,
    ]
    #if SQLite
    programs["sqlite-map"] = SQLiteMapBench.run
    programs["step-latency"] = StepLatencyBench.run
    programs["steps-at-once"] = StepsAtOnceBench.run
    #endif
    return programs
  }()
}

/// `--name value` pairs.
struct BenchOptions: Sendable {
  private var values: [String: String] = [:]

  init(_ arguments: [String]) {
    var index = 0
    while index + 1 < arguments.count, arguments[index].hasPrefix("--") {
      values[String(arguments[index].dropFirst(2))] = arguments[index + 1]
      index += 2
    }
    if index != arguments.count {
      complain("'\(arguments[index])' is no option with a value")
      exit(64)
    }
  }

  func integer(_ name: String, default standard: Int) -> Int {
    guard let text = values[name] else { return standard }
    guard let number = Int(text), number >= 0 else {
      complain("--\(name) needs a number, not '\(text)'")
      exit(64)
    }
    return number
  }

  func text(_ name: String) -> String {
    guard let text = values[name] else {
      complain("--\(name) is missing")
      exit(64)
    }
    return text
  }
}

extension Usage {
  static func - (after: Usage, before: Usage) -> (cpu: Double, wall: Double) {
    (after.cpuSeconds - before.cpuSeconds, after.wallSeconds - before.wallSeconds)
  }

  /// The most memory that this program has had resident, without that of the program that started it.
  static func peakOfThisProgram() -> Double {
    guard let file = fopen("/proc/self/status", "r") else { return now().peakMegabytes }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    while fgets(&line, Int32(line.count), file) != nil {
      let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      if text.hasPrefix("VmHWM:"), let kilobytes = Double(text.split(whereSeparator: \.isWhitespace)[1]) { return kilobytes / 1024 }
    }
    return now().peakMegabytes
  }
}

/// A benchmark whose work was not done.
struct BenchFailure: Error {
  let message: String
}

func requireDone(_ report: IdleReport, runs: Int) throws {
  let counters = report.counters
  guard counters.successes == runs, report.deadLetters == 0 else {
    throw BenchFailure(message: "\(counters.successes) of \(runs) runs succeeded, \(report.deadLetters) dead letters")
  }
}
