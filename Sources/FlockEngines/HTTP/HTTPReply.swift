#if HTTP
import FlockJSON

/// An answer as it is recorded: its text, or why it has none.
struct HTTPReply: Codable, Sendable {
  private var text: String?
  private var fault: String?

  init(status: Int, body: [UInt8]) {
    if status == 204 {
      text = #"{"publish":[]}"#
      return
    }
    do {
      _ = try Self.parse(body)
      text = String(decoding: body, as: UTF8.self)
    } catch {
      // Bytes that are no text would not be the same after recording.
      fault = error.description
    }
  }

  /// What `fail` says, if that is what the answer is.
  func failure() -> WireFailure? {
    guard let text, let content = try? Self.parse(Array(text.utf8)), let fail = content["fail"] else { return nil }
    return try? WireFailure(fail, allowsStep: false)
  }

  func publications() throws(WireFault) -> [WirePublication] {
    guard let text else { throw WireFault(fault ?? "it is empty") }
    let bytes = Array(text.utf8)
    guard let list = try Self.parse(bytes)["publish"] else { throw WireFault("'fail' is not as the protocol has it") }
    guard let values = list.asArray else { throw WireFault("'publish' is an array, not \(list.kindName)") }
    let texts = RawJSON.elements(of: RawJSON.member("publish", of: bytes[...]) ?? [])
    var publications: [WirePublication] = []
    for (value, text) in zip(values, texts) { publications.append(try WirePublication(value, text: text)) }
    return publications
  }

  /// An object with `publish` or with `fail`.
  private static func parse(_ bytes: [UInt8]) throws(WireFault) -> JSONObject {
    var parser = JSONParser()
    parser.options.maximumBytes = bytes.count
    let value: JSONValue
    do throws(JSONError) {
      value = try parser.parse(bytes)
    } catch {
      throw WireFault("no JSON: \(error.code) at line \(error.line ?? 0), column \(error.column ?? 0)")
    }
    guard let object = value.asObject, object.count == 1, object["publish"] != nil || object["fail"] != nil else {
      throw WireFault("an object with one key is expected, 'publish' or 'fail'")
    }
    return object
  }
}
#endif
