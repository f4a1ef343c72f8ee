import FlockProcess
import Glibc
import Testing

struct ConfigurationTests {
  private static let secret = "hunter2-correct-horse"

  struct Invalid: Sendable, CustomTestStringConvertible {
    let name: String
    let change: @Sendable (inout ChildProcessConfiguration) -> Void
    var testDescription: String { name }
  }

  static let invalid: [Invalid] = [
    Invalid(name: "empty executable") { $0.executable = "" },
    Invalid(name: "relative executable") { $0.executable = "./tool" },
    Invalid(name: "NUL in the executable") { $0.executable = "/bin/sh\0x" },
    Invalid(name: "NUL in an argument") { $0.arguments = ["a\0\(secret)"] },
    Invalid(name: "empty variable name") { $0.environment = ["": secret] },
    Invalid(name: "'=' in a variable name") { $0.environment = ["A=B": secret] },
    Invalid(name: "NUL in a variable name") { $0.environment = ["A\0": secret] },
    Invalid(name: "NUL in a value") { $0.environment = ["A": "\(secret)\0"] },
    Invalid(name: "relative directory") { $0.workingDirectory = "somewhere" },
    Invalid(name: "NUL in the directory") { $0.workingDirectory = "/tmp\0" },
    Invalid(name: "negative output limit") { $0.maximumOutputBytes = -1 },
    Invalid(name: "negative error limit") { $0.maximumErrorBytes = -1 },
    Invalid(name: "no line limit") { $0.maximumLineBytes = 0 },
    Invalid(name: "no time") { $0.timeout = .zero },
    Invalid(name: "negative grace") { $0.terminationGrace = .seconds(-1) },
  ]

  @Test(arguments: invalid)
  func `an invalid field is refused before anything starts, without its secret`(invalid: Invalid) async throws {
    var configuration = ChildProcessConfiguration(executable: "/bin/sh", environment: ["TOKEN": Self.secret])
    invalid.change(&configuration)
    let error = try #require(await processError { _ = try await ChildProcess.spawn(configuration) })
    #expect(error.code == .invalidConfiguration)
    #expect(!error.isRetriable)
    #expect(!error.description.contains(Self.secret))
  }

  @Test(.tags(.processes))
  func `a program that is nowhere is named, and no value of the environment is`() async throws {
    let environment = ["PATH": "/nowhere-\(Self.secret):/bin", "TOKEN": Self.secret]
    let configuration = ChildProcessConfiguration(executable: "no-such-agent", environment: environment)
    let error = try #require(await processError { _ = try await ChildProcess.spawn(configuration) })
    #expect(error.code == .executableNotFound)
    #expect(error.message.contains("'no-such-agent'"))
    #expect(!error.description.contains(Self.secret))
  }

  @Test(.tags(.processes), arguments: ["/no/such/program", "/tmp"])
  func `an absolute path that is no file is not found`(path: String) async throws {
    let configuration = ChildProcessConfiguration(executable: path)
    let error = try #require(await processError { _ = try await ChildProcess.spawn(configuration) })
    #expect(error.code == .executableNotFound)
    #expect(error.message.contains("'\(path)'"))
  }

  @Test(.tags(.processes))
  func `files that the system does not run are refused for their reason`() async throws {
    let directory = try TemporaryDirectory()
    let plain = try directory.file("plain", "#!/bin/sh\n", mode: 0o644)
    let noise = try directory.file("noise", "no program\n", mode: 0o755)
    let orphan = try directory.file("orphan", "#!/no/such/interpreter\n", mode: 0o755)
    var named = ChildProcessConfiguration(executable: "plain", environment: ["PATH": directory.path])
    let cases: [(ChildProcessConfiguration, ChildProcessError.Code, Int32)] = [
      (ChildProcessConfiguration(executable: plain), .executableRefused, EACCES),
      (named, .executableRefused, EACCES),
      (ChildProcessConfiguration(executable: noise), .executableRefused, ENOEXEC),
      (ChildProcessConfiguration(executable: orphan), .executableNotFound, ENOENT),
    ]
    for (configuration, code, number) in cases {
      let error = try #require(await processError { _ = try await ChildProcess.spawn(configuration) })
      #expect(error.code == code)
      #expect(error.errorNumber == number)
    }
    // Relative and empty entries of PATH are skipped, and the next directory is searched.
    let script = try directory.file("found", "#!/bin/sh\necho here\n", mode: 0o755)
    named.executable = "found"
    named.environment = ["PATH": ":relative:/no/such:\(directory.path)"]
    #expect(try await ChildProcess.run(named).output.text == "here\n")
    #expect(script == "\(directory.path)/found")
  }

  @Test(.tags(.processes))
  func `arguments beyond the system's limit are their own error`() async throws {
    // Linux takes at most 128 KiB in one argument.
    let configuration = ChildProcessConfiguration(
      executable: "true", arguments: [String(repeating: "x", count: 256 << 10)])
    let error = try #require(await processError { _ = try await ChildProcess.spawn(configuration) })
    #expect(error.code == .argumentsTooLong)
    #expect(error.errorNumber == E2BIG)
  }

  @Test(.tags(.processes))
  func `a missing working directory is its own error`() async throws {
    let configuration = shell("pwd") { $0.workingDirectory = "/no/such/directory" }
    let error = try #require(await processError { _ = try await ChildProcess.spawn(configuration) })
    #expect(error.code == .workingDirectoryUnavailable)
    #expect(error.message.contains("/no/such/directory"))
    #expect(error.errorNumber == ENOENT)
  }

  @Test(.tags(.processes))
  func `the child works in its directory`() async throws {
    let directory = try TemporaryDirectory()
    let completion = try await ChildProcess.run(shell("pwd -P") { $0.workingDirectory = directory.path })
    #expect(completion.output.text == directory.path + "\n")
  }

  @Test(.tags(.processes))
  func `arguments arrive as they are`() async throws {
    let arguments = ["", " a  b ", "$HOME", "*", "\"'\\", "é\u{1F426}", "-n"]
    let program = "import sys; sys.stdout.write('\\0'.join(sys.argv[1:]))"
    let configuration = python(program) { $0.arguments += arguments }
    let output = try await ChildProcess.run(configuration).output
    #expect(output.split(separator: 0, omittingEmptySubsequences: false).map { Array($0).text } == arguments)
  }

  @Test(.tags(.processes))
  func `the child has exactly the environment that it was given`() async throws {
    let given = ["A": "1", "EMPTY": "", "EQUALS": "x=y", "TEXT": "two words"]
    let configuration = ChildProcessConfiguration(executable: "/usr/bin/env", environment: given)
    let completion = try await ChildProcess.run(configuration)
    #expect(completion.output.text == "A=1\nEMPTY=\nEQUALS=x=y\nTEXT=two words\n")
  }

  @Test(.tags(.processes))
  func `by default only the allow-list is inherited`() async throws {
    let completion = try await ChildProcess.run(ChildProcessConfiguration(executable: "env"))
    var expected: [String] = []
    for name in ["HOME", "LANG", "PATH", "TMPDIR"] {
      if let value = getenv(name) { expected.append("\(name)=\(String(cString: value))\n") }
    }
    #expect(completion.output.text == expected.joined())
    #expect(ChildProcessConfiguration.inheritedEnvironment(["NO_SUCH_VARIABLE_HERE"]).isEmpty)
  }
}
