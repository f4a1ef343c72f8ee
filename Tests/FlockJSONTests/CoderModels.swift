import Foundation

/// Types of every shape that the coders meet.
struct Everything: Codable, Equatable {
  enum Kind: String, Codable { case small, large }
  enum Shape: Codable, Equatable {
    case circle(radius: Double)
    case polygon([Point], closed: Bool)
    case empty
  }
  struct Point: Codable, Equatable {
    var x: Int
    var y: Int?
  }

  var bool = true
  var int = -1
  var int8 = Int8.min
  var int16 = Int16.max
  var int32 = Int32.min
  var int64 = Int64.max
  var uint = UInt.max
  var uint8 = UInt8.max
  var uint16 = UInt16.max
  var uint32 = UInt32.max
  var uint64 = UInt64.max
  var double = 0.1
  var float = Float(0.3)
  var text = "t\u{E9}xt \"quoted\" \\ \n \u{1F600}"
  var nothing: Int?
  var something: String? = "here"
  var kind = Kind.large
  var shapes: [Shape] = [
    .circle(radius: 1.5), .polygon([Point(x: 1, y: nil), Point(x: 2, y: 3)], closed: true), .empty,
  ]
  var byName: [String: Point] = ["a": Point(x: 1, y: 1), "b \u{1F600}": Point(x: 2, y: nil)]
  var byNumber: [Int: String] = [1: "one", -2: "minus two"]
  var byKind: [Kind: Int] = [.small: 1]
  var optionals: [Int?] = [1, nil, 3]
  var nested: [[Double]] = [[], [1], [1, 2.5]]
  var bytes: [UInt8] = [0, 127, 255]
  var set: Set<Int> = [7]
  var date = Date(timeIntervalSinceReferenceDate: 1_000.5)
  var data = Data([1, 2, 3])
  var uuid = UUID(uuidString: "6BA7B810-9DAD-11D1-80B4-00C04FD430C8")
  var renamed = "by its coding key"

  enum CodingKeys: String, CodingKey {
    case bool, int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64, double, float, text, nothing,
      something, kind
    case shapes, byName, byNumber, byKind, optionals, nested, bytes, set, date, data, uuid
    case renamed = "other \"name\""
  }
}

/// A class hierarchy whose subclass writes into the same object, and one whose subclass uses a super encoder.
class Animal: Codable {
  var name: String
  init(name: String) { self.name = name }

  enum AnimalKeys: String, CodingKey { case name }
  required init(from decoder: any Decoder) throws {
    name = try decoder.container(keyedBy: AnimalKeys.self).decode(String.self, forKey: .name)
  }
  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: AnimalKeys.self)
    try container.encode(name, forKey: .name)
  }
}

final class Dog: Animal {
  var tricks: [String]
  init(name: String, tricks: [String]) {
    self.tricks = tricks
    super.init(name: name)
  }

  enum DogKeys: String, CodingKey { case tricks }
  required init(from decoder: any Decoder) throws {
    tricks = try decoder.container(keyedBy: DogKeys.self).decode([String].self, forKey: .tricks)
    try super.init(from: decoder)
  }
  override func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: DogKeys.self)
    try container.encode(tricks, forKey: .tricks)
    try super.encode(to: encoder)
  }
}

final class Cat: Animal {
  var lives: Int
  init(name: String, lives: Int) {
    self.lives = lives
    super.init(name: name)
  }

  enum CatKeys: String, CodingKey { case lives }
  required init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CatKeys.self)
    lives = try container.decode(Int.self, forKey: .lives)
    try super.init(from: container.superDecoder())
  }
  override func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CatKeys.self)
    try super.encode(to: container.superEncoder())
    try container.encode(lives, forKey: .lives)
  }
}

enum AnyName: CodingKey, Equatable {
  case named(String)

  init(stringValue: String) { self = .named(stringValue) }
  init?(intValue: Int) { nil }
  var intValue: Int? { nil }
  var stringValue: String {
    switch self {
    case .named(let name): name
    }
  }
}

/// Fills nested containers in turns, and its own in between.
struct Interleaved: Codable, Equatable {
  var left = [1, 2, 3]
  var right = ["a", "b", "c"]
  var rows = [[1], [2, 3]]

  init() {}

  func encode(to encoder: any Encoder) throws {
    var outer = encoder.container(keyedBy: AnyName.self)
    try outer.encode("first", forKey: .named("0"))
    var one = outer.nestedContainer(keyedBy: AnyName.self, forKey: .named("left"))
    var two = outer.nestedUnkeyedContainer(forKey: .named("right"))
    for (number, text) in zip(left, right) {
      try one.encode(number, forKey: .named("k\(number)"))
      try two.encode(text)
      try outer.encode(number, forKey: .named("between \(number)"))
    }
    var table = outer.nestedUnkeyedContainer(forKey: .named("rows"))
    var first = table.nestedUnkeyedContainer()
    var second = table.nestedUnkeyedContainer()
    for number in rows[1] { try second.encode(number) }
    for number in rows[0] { try first.encode(number) }
    try table.encodeNil()
    let last = outer.superEncoder(forKey: .named("last"))
    try outer.encode(true, forKey: .named("end"))
    var single = last.singleValueContainer()
    try single.encode("from a super encoder")
  }

  init(from decoder: any Decoder) throws {
    let outer = try decoder.container(keyedBy: AnyName.self)
    let one = try outer.nestedContainer(keyedBy: AnyName.self, forKey: .named("left"))
    left = try one.allKeys.map { try one.decode(Int.self, forKey: $0) }.sorted()
    var two = try outer.nestedUnkeyedContainer(forKey: .named("right"))
    right = []
    while !two.isAtEnd { right.append(try two.decode(String.self)) }
    var table = try outer.nestedUnkeyedContainer(forKey: .named("rows"))
    rows = []
    for _ in 0..<2 {
      var row = try table.nestedUnkeyedContainer()
      var numbers: [Int] = []
      while !row.isAtEnd { numbers.append(try row.decode(Int.self)) }
      rows.append(numbers)
    }
    let isNull = try table.decodeNil()
    let last = try String(from: outer.superDecoder(forKey: .named("last")))
    guard isNull, table.isAtEnd, last == "from a super encoder" else {
      throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "rows or last"))
    }
  }
}
