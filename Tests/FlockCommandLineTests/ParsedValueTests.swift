import FlockCommandLine
import Testing

struct ParsedValueTests {
  @Test(
    arguments: [
      ("", .string, .string("")), ("-", .path(), .path("-")), ("+5", .integer(), .integer(5)),
      ("-5", .integer(-5...5), .integer(-5)), ("9223372036854775807", .integer(), .integer(.max)),
      ("2h", .duration(), .duration(.seconds(7200))), ("b", .enumeration(["a", "b"]), .choice("b")),
    ] as [(String, ValueKind, ParsedValue)])
  func `A good text becomes a value of its kind`(text: String, kind: ValueKind, expected: ParsedValue) {
    #expect(ParsedValue.parse(text, as: kind) == .success(expected))
  }

  @Test(
    arguments: [
      ("", .path(), "must not be empty"), ("a\0b", .path(.directory), "must not hold a NUL character"),
      ("x", .integer(), "must be a whole number, not 'x'"), ("", .integer(1...5), "must be a whole number, not ''"),
      ("1.0", .integer(), "must be a whole number, not '1.0'"), ("٣", .integer(), "must be a whole number, not '٣'"),
      ("6", .integer(1...5), "must be 1 to 5, not 6"), ("0", .integer(1 ... .max), "must be at least 1, not 0"),
      ("9", .integer(.min...8), "must be at most 8, not 9"),
      ("99999999999999999999", .integer(1...5), "must be 1 to 5, not 99999999999999999999"),
      (
        "-99999999999999999999", .integer(),
        "must be between -9223372036854775808 and 9223372036854775807, not -99999999999999999999"
      ),
      ("2h", .duration(.zero ... .seconds(60)), "must be at most 1m, not 2h"),
      ("1ms", .duration(.seconds(1) ... .seconds(60)), "must be 1s to 1m, not 1ms"),
      (
        "prioritty", .choice(of: Mode.self),
        "must be one of fifo, priority, deadline, not 'prioritty'; did you mean 'priority'?"
      ),
      ("\u{1B}[2J", .enumeration(["a"]), "must be one of a, not '\\u{1b}[2J'"),
    ] as [(String, ValueKind, String)])
  func `A bad text is refused with the reason`(text: String, kind: ValueKind, fault: String) {
    #expect(ParsedValue.parse(text, as: kind) == .failure(ValueFault(fault)))
  }
}
