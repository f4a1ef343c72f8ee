/// What a value on the command line must look like.
public enum ValueKind: Sendable, Hashable {
  case string
  /// A path; completion offers files or directories. Whether it exists is the command's business.
  case path(PathKind = .file)
  case integer(ClosedRange<Int> = Int.min...Int.max)
  /// A number and a unit: `250ms`, `10s`, `5m`, `2h`, `1d`; several are added: `1m30s`.
  case duration(ClosedRange<Duration> = .zero ... .seconds(Int64.max / 4))
  /// One of the given words.
  case enumeration([String])

  public enum PathKind: Sendable, Hashable {
    case file
    case directory
  }

  /// The words of an enumeration type.
  public static func choice<Value: CaseIterable & RawRepresentable<String>>(of type: Value.Type) -> ValueKind {
    .enumeration(type.allCases.map(\.rawValue))
  }

  /// What stands for a value in help.
  var word: String {
    switch self {
    case .string: "text"
    case .path(.file): "file"
    case .path(.directory): "directory"
    case .integer: "n"
    case .duration: "duration"
    case .enumeration(let words): words.joined(separator: "|")
    }
  }

  /// The bounds in words, when there are any that a reader should know.
  var bounds: String? {
    switch self {
    case .integer(let range):
      switch (range.lowerBound, range.upperBound) {
      case (.min, .max): nil
      case (let low, .max): "at least \(low)"
      case (.min, let high): "at most \(high)"
      case (let low, let high): "\(low) to \(high)"
      }
    case .duration(let range):
      switch (range.lowerBound, range.upperBound) {
      case (.zero, ValueKind.longest): nil
      case (let low, ValueKind.longest): "at least \(DurationText.format(low))"
      case (.zero, let high): "at most \(DurationText.format(high))"
      case (let low, let high): "\(DurationText.format(low)) to \(DurationText.format(high))"
      }
    case .string, .path, .enumeration: nil
    }
  }

  static let longest = Duration.seconds(Int64.max / 4)
}
