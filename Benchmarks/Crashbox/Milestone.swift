import Glibc

/// A value in a milestone's line.
enum Word: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByArrayLiteral
{
  case text(String)
  case number(Int)
  case real(Double)
  case truth(Bool)
  case list([Word])

  init(stringLiteral value: String) { self = .text(value) }
  init(integerLiteral value: Int) { self = .number(value) }
  init(floatLiteral value: Double) { self = .real(value) }
  init(booleanLiteral value: Bool) { self = .truth(value) }
  init(arrayLiteral elements: Word...) { self = .list(elements) }

  var json: String {
    switch self {
    case .text(let text): Word.quoted(text)
    case .number(let number): String(number)
    case .real(let number): String(number)
    case .truth(let truth): truth ? "true" : "false"
    case .list(let words): "[" + words.map(\.json).joined(separator: ",") + "]"
    }
  }

  static func quoted(_ text: String) -> String {
    var json = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": json += "\\\""
      case "\\": json += "\\\\"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        json += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: json.unicodeScalars.append(scalar)
      }
    }
    return json + "\""
  }
}

/// Prints a line of JSON. It is with the reader when this returns, whatever becomes of the process.
func tell(_ fields: KeyValuePairs<String, Word>) {
  tell(line: "{" + fields.map { "\(Word.quoted($0.key)):\($0.value.json)" }.joined(separator: ",") + "}")
}

/// The same for a line that is JSON already. One write each: lines of two tasks do not mix, up to what a pipe takes at once.
func tell(line: String) {
  var rest = Array((line + "\n").utf8)[...]
  while !rest.isEmpty {
    let written = rest.withUnsafeBytes { write(1, $0.baseAddress, $0.count) }
    guard written > 0 else { exit(74) }
    rest = rest.dropFirst(written)
  }
}

/// Nanoseconds of a clock that all processes of the machine share.
func monotonicNanoseconds() -> Int {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return time.tv_sec * 1_000_000_000 + time.tv_nsec
}
