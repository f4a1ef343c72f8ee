import Dispatch
import Glibc

/// Programs of agents that acceptance drivers kill and start again, see `scripts/accept/lines`.
///
/// Each opens a board in a SQLite file and prints one JSON object a line: what it has reached, what was acknowledged to
/// it, what was committed. Exit codes: 0 the work is done, 1 it failed, 3 the board was refused, 64 misuse.
@main
struct Crashbox {
  static func main() {
    #if SQLite && HTTP
    let arguments = CommandLine.arguments.dropFirst()
    guard let name = arguments.first, let program = programs[name] else {
      complain("usage: flock-crashbox \(programs.keys.sorted().joined(separator: "|")) --file PATH [options]")
      exit(64)
    }
    Task.detached {
      do {
        let options = try Options(arguments.dropFirst())
        try await program(options)
        exit(0)
      } catch let error as Misuse {
        complain("flock-crashbox \(name): \(error.message)")
        exit(64)
      } catch {
        complain("flock-crashbox \(name): \(error)")
        exit(1)
      }
    }
    dispatchMain()
    #else
    complain("flock-crashbox needs the package traits SQLite and HTTP")
    exit(64)
    #endif
  }

  #if SQLite && HTTP
  static let programs: [String: @Sendable (Options) async throws -> Void] = [
    "steps": StepsProgram.run, "load": LoadProgram.run, "trap": TrapProgram.run, "hang": HangProgram.run,
    "second": SecondProgram.run, "stored": StoredProgram.run, "powercut": PowerCutProgram.run,
  ]
  #endif
}

func complain(_ text: String) {
  let bytes = Array((text + "\n").utf8)
  _ = bytes.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
}
