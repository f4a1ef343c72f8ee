import FlockJSON

/// `fail`: an engine outside says that the run cannot be done.
struct WireFailure: Equatable {
  var message: String
  /// No retry can mend it.
  var isPermanent: Bool
  /// The step whose failure it is, made again in the next attempt.
  var step: String?

  init(_ value: JSONValue, allowsStep: Bool) throws(WireFault) {
    let object = try WireObject(
      value, "fail", fields: allowsStep ? ["message", "permanent", "step"] : ["message", "permanent"])
    message = try object.requiredString("message")
    isPermanent = try object.bool("permanent") ?? false
    step = try object.string("step")
  }
}
