/// A coding key made of any text or array index.
public struct JSONCodingKey: CodingKey, Sendable, Hashable {
  public let stringValue: String
  public let intValue: Int?

  public init(stringValue: String) {
    self.stringValue = stringValue
    intValue = nil
  }

  public init(intValue: Int) {
    stringValue = String(intValue)
    self.intValue = intValue
  }

  /// The key of an array's element; its text is `Index 3`, as in Foundation's coders.
  public init(index: Int) {
    stringValue = "Index \(index)"
    intValue = index
  }

  /// The key under which `superEncoder()` and `superDecoder()` work.
  static var superKey: JSONCodingKey { JSONCodingKey(stringValue: "super") }
}
