import FlockCommandLine
import FlockCore
import FlockJSON
import FlockKernel

extension CommandContext {
  /// One JSON value on a line of its own.
  /// - Returns: whether all of it was written.
  @discardableResult
  func emit(_ value: JSONValue) -> Bool { out.writeLine(value.description) }

  /// Columns, each as wide as its widest cell; the last one is left as it is.
  func writeTable(_ head: [String], _ rows: [[String]]) {
    let rows = rows.map { $0.map(CommandContext.line) }
    var widths = head.map(\.count)
    for row in rows {
      for (index, cell) in row.enumerated() { widths[index] = max(widths[index], cell.count) }
    }
    func text(_ row: [String]) -> String {
      row.enumerated().map { index, cell in
        index == row.count - 1 ? cell : cell + String(repeating: " ", count: widths[index] - cell.count)
      }.joined(separator: "  ")
    }
    out.writeLine(styled(text(head), .dim, for: .out))
    for row in rows where !out.writeLine(text(row)) { return }
  }

  /// Text from outside, on one line, with nothing in it that drives a terminal.
  static func line(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x0A: result += "\\n"
      case 0x09: result += "\\t"
      case 0..<0x20, 0x7F...0x9F, 0x2028...0x202E, 0x2066...0x2069: result += "\\u{\(String(scalar.value, radix: 16))}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}

extension Artifact {
  /// Everything about it, with its payload as JSON where it is JSON.
  func json() throws -> JSONValue {
    let bytes = try payload.encoded()
    var parser = JSONParser()
    parser.options.maximumBytes = JSONLimits.bytesCeiling
    return [
      "id": .string(id.description), "type": .string(type.name), "version": .integer(Int64(type.version)),
      "producer": .string(producer.name), "correlation": .string(correlation.description),
      "partitionKey": partitionKey.map { .string($0) } ?? .null, "tags": .array(tags.names.map { .string($0) }),
      "visibility": .string(visibility.kind.rawValue), "createdAt": .string(createdAt.description),
      "run": run == .none ? .null : .string(run.description), "parents": .array(parents.ids.map { .string($0.description) }),
      "depth": .integer(Int64(depth)),
      "payload": (try? parser.parse(bytes)) ?? .string(String(decoding: bytes, as: UTF8.self)),
    ]
  }
}

extension Outcome {
  var json: JSONValue {
    [
      "run": .string(run.description), "replayNumber": .integer(Int64(replayNumber)), "agent": .string(agent.name),
      "outcome": .string("\(kind)"), "attempts": .integer(Int64(attempts)), "correlation": .string(correlation.description),
      "inputs": .array(inputs.ids.map { .string($0.description) }), "outputs": .integer(Int64(outputCount)),
      "startedAt": .string(startedAt.description), "finishedAt": .string(finishedAt.description),
      "cause": failure.map { .string($0.cause.word) } ?? .null, "message": failure.map { .string($0.message) } ?? .null,
    ]
  }
}
