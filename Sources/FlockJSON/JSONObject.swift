/// An object's keys and values in the order of their insertion.
///
/// Equality and hashing ignore the order, as JSON Schema does. Keys are compared by their bytes. Up to
/// `JSONLimits.largestScannedObject` keys are found by a linear scan, more through an index that the first look-up builds.
public struct JSONObject: Sendable {
  struct Entry: Sendable {
    var key: String
    var value: JSONValue
  }

  private(set) var entries: [Entry] = []
  /// Present as soon as the object is larger than a scan may be.
  private var index: JSONObjectIndex?

  /// An empty object.
  public init() {}

  /// An object of these pairs; of several with the same key the last one's value is kept, at the first one's place.
  public init(_ pairs: some Sequence<(String, JSONValue)>) {
    for (key, value) in pairs { updateValue(value, forKey: key) }
  }

  /// Takes entries whose keys the caller knows to be different.
  init(unique entries: [Entry]) {
    self.entries = entries
    if entries.count > JSONLimits.largestScannedObject { index = JSONObjectIndex() }
  }

  /// The keys in order.
  public var keys: [String] { entries.map(\.key) }
  /// The values in the order of their keys.
  public var values: [JSONValue] { entries.map(\.value) }

  /// The value of a key; setting `nil` removes the key.
  public subscript(key: String) -> JSONValue? {
    get { position(of: key).map { entries[$0].value } }
    set {
      if let newValue {
        updateValue(newValue, forKey: key)
      } else {
        removeValue(forKey: key)
      }
    }
  }

  /// Sets a key's value at the key's place, or appends the pair. Returns the value it replaced.
  @discardableResult
  public mutating func updateValue(_ value: JSONValue, forKey key: String) -> JSONValue? {
    if let position = position(of: key) {
      let old = entries[position].value
      entries[position].value = value
      return old
    }
    entries.append(Entry(key: key, value: value))
    noteAppended(key)
    return nil
  }

  /// Removes a key and returns its value. Takes time linear in the number of keys.
  @discardableResult
  public mutating func removeValue(forKey key: String) -> JSONValue? {
    guard let position = position(of: key) else { return nil }
    let old = entries.remove(at: position).value
    index = entries.count > JSONLimits.largestScannedObject ? JSONObjectIndex() : nil
    return old
  }

  func position(of key: String) -> Int? {
    if let index { return index.positions(of: entries)[key] }
    for position in entries.indices where JSONText.equal(entries[position].key, key) { return position }
    return nil
  }

  private mutating func noteAppended(_ key: String) {
    guard entries.count > JSONLimits.largestScannedObject else { return }
    if index != nil, isKnownUniquelyReferenced(&index) {
      index?.append(key, at: entries.count - 1)
    } else {
      index = JSONObjectIndex()
    }
  }
}

extension JSONObject: RandomAccessCollection {
  public typealias Element = (key: String, value: JSONValue)
  public var startIndex: Int { 0 }
  public var endIndex: Int { entries.count }
  public subscript(position: Int) -> Element { (entries[position].key, entries[position].value) }
}

extension JSONObject: Hashable {
  public static func == (left: JSONObject, right: JSONObject) -> Bool {
    guard left.entries.count == right.entries.count else { return false }
    for place in left.entries.indices {
      let entry = left.entries[place]
      if JSONText.equal(right.entries[place].key, entry.key) {
        guard right.entries[place].value == entry.value else { return false }
      } else {
        guard let other = right[entry.key], other == entry.value else { return false }
      }
    }
    return true
  }

  public func hash(into hasher: inout Hasher) {
    // A sum does not depend on the order of its terms.
    var sum = 0
    for entry in entries {
      var term = Hasher()
      term.combine(entry.key)
      term.combine(entry.value)
      sum &+= term.finalize()
    }
    hasher.combine(entries.count)
    hasher.combine(sum)
  }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral elements: (String, JSONValue)...) { self.init(elements) }
}
