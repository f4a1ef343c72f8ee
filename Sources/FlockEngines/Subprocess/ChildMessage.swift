import Flock
import FlockCore
import FlockJSON

/// One line that a child process wrote, as the protocol reads it.
enum ChildMessage: Equatable {
  case ready
  case publish(WirePublication)
  case stream(String)
  /// JSON on one line.
  case log(String)
  case step(StepRequest)
  case stepResult(StepReport)
  case done
  case fail(WireFailure)

  /// `step`: the child asks whether it may make an effect.
  struct StepRequest: Equatable {
    var name: String
    /// JSON with sorted keys: the order in which a program writes them means nothing.
    var input: String
    var isIdempotent: Bool
  }

  /// `stepResult`: how the effect went.
  struct StepReport: Equatable {
    enum Result: Equatable {
      /// JSON on one line, each number as it was written.
      case ok(String)
      /// It is known not to have happened.
      case error(String)
      /// Nobody knows whether it happened.
      case unknown(String)
    }

    var name: String
    var result: Result
  }

  /// Names of steps are kept for each run.
  static let maximumStepNameBytes = 200

  static func parse(_ line: [UInt8]) throws(WireFault) -> ChildMessage {
    var parser = JSONParser()
    parser.options.maximumBytes = line.count
    let value: JSONValue
    do throws(JSONError) {
      value = try parser.parse(line)
    } catch {
      throw WireFault("no JSON: \(error.code) at column \(error.column ?? 0)")
    }
    guard case .object(let object) = value else { throw WireFault("an object is expected, not \(value.kindName)") }
    guard object.count == 1, let (kind, content) = object.first else {
      throw WireFault("an object with one key is expected, not with \(object.count)")
    }
    let text = RawJSON.member(kind, of: line[...]) ?? []
    switch kind {
    case "publish": return .publish(try WirePublication(content, text: text))
    case "stream":
      guard let part = content.asString else { throw WireFault("'stream' is a string, not \(content.kindName)") }
      return .stream(part)
    case "log":
      guard content.asObject != nil else { throw WireFault("'log' is an object, not \(content.kindName)") }
      return .log(String(decoding: RawJSON.compact(text), as: UTF8.self))
    case "step": return .step(try StepRequest(content))
    case "stepResult": return .stepResult(try StepReport(content, text: text))
    case "done":
      _ = try WireObject(content, "done", fields: [])
      return .done
    case "ready":
      _ = try WireObject(content, "ready", fields: [])
      return .ready
    case "fail": return .fail(try WireFailure(content, allowsStep: true))
    default:
      throw WireFault(
        "the unknown key '\(kind.prefix(40))'; known are publish, stream, log, step, stepResult, done, fail and ready")
    }
  }

  fileprivate static func check(name: String) throws(WireFault) {
    guard (1...maximumStepNameBytes).contains(name.utf8.count) else {
      throw WireFault("a step's name has 1 to \(maximumStepNameBytes) bytes, not \(name.utf8.count)")
    }
  }
}

extension ChildMessage.StepRequest {
  init(_ value: JSONValue) throws(WireFault) {
    let object = try WireObject(value, "step", fields: ["name", "input", "idempotency"])
    name = try object.requiredString("name")
    try ChildMessage.check(name: name)
    switch try object.string("idempotency") {
    case nil, "once": isIdempotent = false
    case "idempotent": isIdempotent = true
    default: throw WireFault("'step.idempotency' is \"once\" or \"idempotent\"")
    }
    var writer = JSONWriter()
    writer.options.sortsKeys = true
    do throws(JSONError) {
      input = try writer.string(of: object["input"] ?? .null)
    } catch {
      throw WireFault("'step.input': \(error.message)")
    }
  }
}

extension ChildMessage.StepReport {
  init(_ value: JSONValue, text: RawJSON.Text) throws(WireFault) {
    let object = try WireObject(value, "stepResult", fields: ["name", "ok", "error", "unknown"])
    name = try object.requiredString("name")
    try ChildMessage.check(name: name)
    guard ["ok", "error", "unknown"].count(where: object.has) == 1 else {
      throw WireFault("'stepResult' has exactly one of 'ok', 'error' and 'unknown'")
    }
    if let ok = RawJSON.member("ok", of: text) {
      result = .ok(String(decoding: RawJSON.compact(ok), as: UTF8.self))
    } else if object.has("error") {
      result = .error(try object.requiredString("error"))
    } else {
      result = .unknown(try object.requiredString("unknown"))
    }
  }
}
