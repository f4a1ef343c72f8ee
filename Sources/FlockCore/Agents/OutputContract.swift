/// What a run may publish of one type, checked in this order: count, filter, validation, visibility.
public struct OutputContract: Sendable {
  /// How many artifacts of the type one run makes.
  public enum FanOut: Hashable, Sendable {
    /// None, one or many.
    case any
    /// Exactly so many: anything else is a contract violation.
    case exactly(Int)
    /// Within the range: anything else is a contract violation; nothing is cut off silently.
    case range(ClosedRange<Int>)

    public func accepts(_ count: Int) -> Bool {
      switch self {
      case .any: true
      case .exactly(let wanted): count == wanted
      case .range(let range): range.contains(count)
      }
    }
  }

  /// A check whose failure fails the run.
  public struct Validation: Sendable {
    public let message: String
    public let matcher: Matcher

    public init(message: String, matcher: Matcher) {
      self.message = message
      self.matcher = matcher
    }
  }

  public var type: ArtifactType
  public var fanOut: FanOut
  /// What does not satisfy it is not published, and counted as filtered.
  public var filter: Matcher?
  public var validations: [Validation]
  /// The rule for each artifact; an engine may set its own on top.
  public var visibility: VisibilityRule
  public var tags: Tags

  public init(type: ArtifactType, fanOut: FanOut = .any) {
    self.type = type
    self.fanOut = fanOut
    filter = nil
    validations = []
    visibility = .fixed(.public)
    tags = Tags()
  }

  public enum VisibilityRule: Sendable {
    case fixed(Visibility)
    case computed(@Sendable (Payload) throws -> Visibility)
  }
}
