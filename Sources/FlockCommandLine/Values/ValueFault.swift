/// Why a text is not a value of its kind.
public struct ValueFault: Error, Hashable, Sendable, CustomStringConvertible {
  /// A predicate that completes a sentence whose subject is the option: "must be a whole number, not 'x'".
  public let text: String

  public init(_ text: String) { self.text = text }

  public var description: String { text }
}
