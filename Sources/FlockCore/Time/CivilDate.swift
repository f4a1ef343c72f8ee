/// A date of the proleptic Gregorian calendar in UTC, and its day number.
///
/// The conversion is the one of H. Hinnant, "chrono-compatible low-level date algorithms" (2013).
package struct CivilDate: Hashable, Sendable {
  package var year: Int
  package var month: Int
  package var day: Int

  package init(year: Int, month: Int, day: Int) {
    self.year = year
    self.month = month
    self.day = day
  }

  package init(daysSinceEpoch: Int64) {
    let shifted = daysSinceEpoch + 719_468
    let era = shifted.dividedFloor(by: 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    day = Int(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    month = Int(shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9)
    year = Int(yearOfEra + era * 400) + (month <= 2 ? 1 : 0)
  }

  package var daysSinceEpoch: Int64 {
    let shiftedYear = Int64(month <= 2 ? year - 1 : year)
    let era = shiftedYear.dividedFloor(by: 400)
    let yearOfEra = shiftedYear - era * 400
    let shiftedMonth = Int64(month > 2 ? month - 3 : month + 9)
    let dayOfYear = (153 * shiftedMonth + 2) / 5 + Int64(day) - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }

  /// 0 is Sunday.
  package var weekday: Int {
    let day = (daysSinceEpoch + 4) % 7
    return Int(day < 0 ? day + 7 : day)
  }

  package static func daysIn(month: Int, year: Int) -> Int {
    switch month {
    case 2: return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: return 30
    default: return 31
    }
  }
}

/// Reads RFC 3339.
struct TimestampReader {
  private let text: [UInt8]
  private var at = 0

  init(_ text: String) { self.text = Array(text.utf8) }

  private mutating func number(_ digits: Int) -> Int64? {
    guard at + digits <= text.count else { return nil }
    var value: Int64 = 0
    for byte in text[at..<at + digits] {
      guard byte >= 48, byte <= 57 else { return nil }
      value = value * 10 + Int64(byte - 48)
    }
    at += digits
    return value
  }

  private mutating func skip(_ accepted: String) -> Bool {
    guard at < text.count, accepted.utf8.contains(text[at]) else { return false }
    at += 1
    return true
  }

  mutating func read() -> Timestamp? {
    guard let year = number(4), skip("-"), let month = number(2), skip("-"), let day = number(2),
      (1...12).contains(month), day >= 1, day <= CivilDate.daysIn(month: Int(month), year: Int(year))
    else { return nil }
    let days = CivilDate(year: Int(year), month: Int(month), day: Int(day)).daysSinceEpoch
    guard at < text.count else {
      let (midnight, isTooFar) = days.multipliedReportingOverflow(by: 86_400_000_000_000)
      return isTooFar ? nil : Timestamp(nanoseconds: midnight)
    }
    guard skip("Tt "), let hour = number(2), skip(":"), let minute = number(2), skip(":"), let second = number(2),
      hour < 24, minute < 60, second < 60
    else { return nil }
    var nanoseconds: Int64 = 0
    if skip(".") {
      var scale: Int64 = 100_000_000
      var digits = 0
      while let digit = number(1) {
        nanoseconds += digit * scale
        scale /= 10
        digits += 1
      }
      guard digits > 0 else { return nil }
    }
    var offset: Int64 = 0
    if !skip("Zz") {
      let sign: Int64 = skip("+") ? 1 : skip("-") ? -1 : 0
      guard sign != 0, let hours = number(2), skip(":"), let minutes = number(2), hours < 24, minutes < 60 else {
        return nil
      }
      offset = sign * (hours * 60 + minutes)
    }
    guard at == text.count else { return nil }
    let minutes = (days * 24 + hour) * 60 + minute - offset
    let (whole, isTooFar) = (minutes * 60 + second).multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, spills) = whole.addingReportingOverflow(nanoseconds)
    return isTooFar || spills ? nil : Timestamp(nanoseconds: sum)
  }
}
