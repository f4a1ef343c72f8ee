import Flock
import FlockCore
import FlockEngines
import Foundation
import Testing

struct Ask: ArtifactPayload, Equatable {
  static let artifactType = ArtifactType("ask")
  var text: String
}

struct Answer: ArtifactPayload, Equatable {
  static let artifactType = ArtifactType("answer", version: 2)
  var text: String
}

/// A folder of its own that goes with the last reference.
final class Folder: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("engines-\(UUID())").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { path + "/" + name }

  func lines(_ name: String) -> [String] {
    guard let text = try? String(contentsOfFile: file(name), encoding: .utf8) else { return [] }
    return text.split(separator: "\n").map(String.init)
  }
}

/// The helpers that test programs in Python begin with.
private let prelude = """
  import json, os, signal, subprocess, sys, time
  folder = os.environ.get("FOLDER", "")
  def say(line): print(json.dumps(line), flush=True)
  def hear(): return json.loads(sys.stdin.readline())
  def note(name, text):
      with open(os.path.join(folder, name), "a") as f: f.write(str(text) + "\\n")
  def publish(text, **more): say({"publish": {"type": "answer", "payload": {"text": text}, **more}})

  """

/// The interpreter itself: what `PATH` names may be a script that looks for it each time.
let interpreter: String = {
  let (process, output) = (Process(), Pipe())
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = ["python3", "-c", "import sys; print(sys.executable, end='')"]
  process.standardOutput = output
  guard (try? process.run()) != nil else { return "python3" }
  let path = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
  process.waitUntilExit()
  return path.hasPrefix("/") ? path : "python3"
}()

func python(
  _ program: String, in folder: Folder? = nil, _ configure: (inout SubprocessEngineConfiguration) -> Void = { _ in }
) throws -> SubprocessEngine {
  var configuration = SubprocessEngineConfiguration(executable: interpreter, arguments: ["-I", "-S", "-c", prelude + program])
  if let folder { configuration.environment["FOLDER"] = folder.path }
  configure(&configuration)
  return try SubprocessEngine(configuration)
}

func shell(
  _ script: String, in folder: Folder? = nil, _ configure: (inout SubprocessEngineConfiguration) -> Void = { _ in }
) throws -> SubprocessEngine {
  var configuration = SubprocessEngineConfiguration(executable: "/bin/sh", arguments: ["-c", script])
  if let folder { configuration.environment["FOLDER"] = folder.path }
  configure(&configuration)
  return try SubprocessEngine(configuration)
}

/// An agent on the engine that turns an `Ask` into `Answer`s.
func agent(_ engine: any Engine, attempts: Int = 1) -> Agent {
  Agent("worker").consumes(Ask.self).publishes(Answer.self)
    .retry(RetryPolicy(maximumAttempts: attempts, initialBackoff: .milliseconds(1)))
    .runs(on: engine)
}

/// Runs an agent once and answers what it published.
func invoke(_ agent: Agent, _ text: String = "hello") async throws -> [Artifact] {
  let flock = try Flock(agents: [agent])
  do {
    let outputs = try await flock.invoke(agent.name, Ask(text: text))
    try await flock.shutdown()
    return outputs
  } catch {
    try await flock.shutdown()
    throw error
  }
}

func texts(_ artifacts: [Artifact]) throws -> [String] {
  try artifacts.map { try $0.value(as: Answer.self).text }
}

/// The message with which a run became a dead letter: `agent 'worker': cause: text`.
func failure(_ agent: Agent, _ text: String = "hello") async throws -> String {
  do {
    let outputs = try await invoke(agent, text)
    Issue.record("the run succeeded with \(outputs)")
    return ""
  } catch let error as FlockError {
    try #require(error.code == .engineFailed)
    return error.message
  }
}

/// Whether a process runs: a zombie, which an orphan may stay where nothing collects orphans, does not.
func isAlive(_ pid: Int32) -> Bool {
  guard let status = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
    let name = status.lastIndex(of: ")")
  else { return false }
  let state = status[status.index(name, offsetBy: 2)]
  return state != "Z" && state != "X"
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

/// Collects from any thread.
final class Collected<Element: Sendable>: Sendable {
  private let lock = NSLock()
  nonisolated(unsafe) private var elements: [Element] = []  // guarded by the lock

  func append(_ element: Element) { lock.withLock { elements.append(element) } }
  var all: [Element] { lock.withLock { elements } }
}
