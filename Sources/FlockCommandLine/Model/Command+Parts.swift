extension Command {
  /// A value that is given by its place.
  public struct Argument: Sendable {
    public let name: String
    public let kind: ValueKind
    public let help: String
    public let isRequired: Bool
    /// Takes all that is left; only the last argument may.
    public let isRepeated: Bool
    public let defaultValue: String?

    public init(
      _ name: String, _ kind: ValueKind = .string, isRequired: Bool = true, isRepeated: Bool = false,
      default defaultValue: String? = nil, help: String
    ) {
      self.name = name
      self.kind = kind
      self.isRequired = isRequired && defaultValue == nil
      self.isRepeated = isRepeated
      self.defaultValue = defaultValue
      self.help = help
    }
  }

  /// A value that is given by name: `--name value`, `--name=value`, `-n value`, `-nvalue`.
  public struct Option: Sendable {
    public let name: String
    public let short: Character?
    public let kind: ValueKind
    /// What stands for the value in help; by default the kind's own word.
    public let valueName: String
    public let help: String
    public let isRequired: Bool
    /// May be given many times; the values keep their order.
    public let isRepeated: Bool
    public let defaultValue: String?

    public init(
      _ name: String, short: Character? = nil, _ kind: ValueKind = .string, valueName: String? = nil,
      isRequired: Bool = false, isRepeated: Bool = false, default defaultValue: String? = nil, help: String
    ) {
      self.name = name
      self.short = short
      self.kind = kind
      self.valueName = valueName ?? kind.word
      self.isRequired = isRequired
      self.isRepeated = isRepeated
      self.defaultValue = defaultValue
      self.help = help
    }
  }

  /// On when given; may be given several times (`-vv`), see `ParsedArguments.count(of:)`.
  public struct Flag: Sendable {
    public let name: String
    public let short: Character?
    public let help: String

    public init(_ name: String, short: Character? = nil, help: String) {
      self.name = name
      self.short = short
      self.help = help
    }
  }

  /// A line that a reader can paste, and what it does.
  public struct Example: Sendable {
    public let line: String
    public let help: String

    public init(_ line: String, help: String) {
      self.line = line
      self.help = help
    }
  }
}
