import Flock
import FlockCore
import FlockJSON

/// A run as JSON on one line: who it is, what it consumes, what of the board it is shown.
///
/// Payloads stand in it as they are stored, byte for byte but for blanks, after a check that they are JSON.
enum RunDocument {
  /// - Parameters:
  ///   - includesAttempt: whether the attempt is told; without it the document is the same in each attempt.
  ///   - maximumBytes: of the document.
  /// - Throws: `PermanentFailure` when it is longer; `FlockError` with `.decodingFailed` for a payload that is no JSON.
  static func bytes(of context: RunContext, includesAttempt: Bool, maximumBytes: Int) throws -> [UInt8] {
    var bytes = Array(#"{"run":"#.utf8)
    bytes += try JSONWriter().bytes(of: .object(run(context, includesAttempt: includesAttempt)))
    for (name, artifacts) in [("inputs", context.artifacts), ("board", context.board)] {
      bytes += Array(",\"\(name)\":[".utf8)
      for (index, artifact) in artifacts.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        try append(artifact, to: &bytes)
        guard bytes.count <= maximumBytes else {
          throw PermanentFailure(
            "agent '\(context.agent)': the run's inputs and board take more than \(maximumBytes) bytes (maximumRunBytes);"
              + " show it less, or raise the limit")
        }
      }
      bytes.append(UInt8(ascii: "]"))
    }
    bytes.append(UInt8(ascii: "}"))
    return bytes
  }

  private static func run(_ context: RunContext, includesAttempt: Bool) -> JSONObject {
    var trigger: JSONObject = JSONObject([("kind", .string(context.triggerName))])
    if let timer = context.timerOccurrence {
      trigger["occurrence"] = .string(timer.at.description)
      trigger["iteration"] = .integer(Int64(timer.iteration))
    }
    var run = JSONObject([("id", .string(context.run.description))])
    if includesAttempt { run["attempt"] = .integer(Int64(context.attempt)) }
    run["replayNumber"] = .integer(Int64(context.replayNumber))
    run["agent"] = .string(context.agent)
    run["correlation"] = .string(context.correlation.description)
    run["trigger"] = .object(trigger)
    return run
  }

  private static func append(_ artifact: Artifact, to bytes: inout [UInt8]) throws {
    let payload = try artifact.payload.encoded()
    do {
      var decoder = JSONBytesDecoder()
      decoder.options.maximumBytes = payload.count
      _ = try decoder.decode(AnyJSON.self, from: payload)
    } catch {
      throw FlockError(
        .decodingFailed, "the payload of '\(artifact.type)' \(artifact.id) is not JSON: \(describe(error))", underlying: error)
    }
    let version = (artifact.payload as? EncodedPayload)?.version ?? artifact.type.version
    let head = JSONObject([
      ("id", .string(artifact.id.description)), ("type", .string(artifact.type.name)),
      ("version", .integer(Int64(version))), ("tags", .array(artifact.tags.names.map(JSONValue.string))),
      ("producer", .string(artifact.producer.name)), ("correlation", .string(artifact.correlation.description)),
      ("createdAt", .string(artifact.createdAt.description)),
    ])
    bytes += try JSONWriter().bytes(of: .object(head)).dropLast()
    bytes += Array(#","payload":"#.utf8)
    bytes += RawJSON.compact(payload[...])
    bytes.append(UInt8(ascii: "}"))
  }

  /// Any document: decoding it only checks the grammar.
  private struct AnyJSON: Decodable {
    init(from decoder: any Decoder) {}
  }
}
