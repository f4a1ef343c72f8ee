import FlockCommandLine
import Testing

struct DurationTextTests {
  @Test(
    arguments: [
      ("250ms", .milliseconds(250)), ("10s", .seconds(10)), ("5m", .seconds(300)), ("2h", .seconds(7200)),
      ("1d", .seconds(86_400)), ("1m30s", .seconds(90)), ("1d2h3m4s5ms6us7ns", .nanoseconds(93_784_005_006_007)),
      ("0s", .zero), ("007s", .seconds(7)), ("90s", .seconds(90)),
    ] as [(String, Duration)])
  func `A duration is the sum of its parts`(text: String, expected: Duration) throws {
    #expect(try DurationText.parse(text) == expected)
  }

  @Test(
    arguments: [
      (.zero, "0s"), (.milliseconds(1500), "1s500ms"), (.seconds(90), "1m30s"), (.seconds(86_400), "1d"),
      (.seconds(90_061), "1d1h1m1s"), (.nanoseconds(1), "1ns"), (.microseconds(20), "20us"),
      (.seconds(-90), "-1m30s"), (Duration(secondsComponent: 0, attosecondsComponent: 5), "0s"),
    ] as [(Duration, String)])
  func `A duration is written in its largest units`(duration: Duration, expected: String) {
    #expect(DurationText.format(duration) == expected)
  }

  @Test func `What is written is read as the same duration`() throws {
    var nanoseconds: Int64 = 1
    while nanoseconds < Int64.max / 3 {
      let duration = Duration.nanoseconds(nanoseconds)
      #expect(try DurationText.parse(DurationText.format(duration)) == duration)
      nanoseconds = nanoseconds * 3 + 1
    }
  }

  @Test(
    arguments: [
      ("", "must be a duration such as 250ms, 10s, 5m, 2h, 1d or 1m30s, not ''"),
      ("s", "must be a duration such as 250ms, 10s, 5m, 2h, 1d or 1m30s, not 's'"),
      ("-5s", "must be a duration such as 250ms, 10s, 5m, 2h, 1d or 1m30s, not '-5s'"),
      ("1.5s", "must be a duration such as 250ms, 10s, 5m, 2h, 1d or 1m30s, not '1.5s'"),
      ("10 s", "must be a duration such as 250ms, 10s, 5m, 2h, 1d or 1m30s, not '10 s'"),
      ("5w", "must be a duration such as 250ms, 10s, 5m, 2h, 1d or 1m30s, not '5w'"),
      ("10", "needs a unit (ms, s, m, h or d) after 10"), ("1m30", "needs a unit (ms, s, m, h or d) after 1m30"),
      ("30s1m", "must name each unit once, the larger first, as in 1h30m, not '30s1m'"),
      ("1s1s", "must name each unit once, the larger first, as in 1h30m, not '1s1s'"),
      ("9999999999999999999d", "is too long a time: 9999999999999999999d"),
      (String(repeating: "1", count: 64) + "s", "is too long for a duration"),
    ])
  func `A bad duration is refused with a way to mend it`(text: String, fault: String) {
    #expect(throws: ValueFault(fault)) { try DurationText.parse(text) }
  }
}
