/// What went wrong, as a stable word. Each code has a page under `Documentation/errors/`.
public struct ErrorCode: Hashable, Sendable, CustomStringConvertible {
  private let word: String

  private init(_ word: String) { self.word = word }

  public var description: String { word }

  // What a caller passed.
  public static let unknownType = ErrorCode("unknownType")
  public static let unknownAgent = ErrorCode("unknownAgent")
  public static let typeMismatch = ErrorCode("typeMismatch")
  public static let invalidConfiguration = ErrorCode("invalidConfiguration")
  public static let limitExceeded = ErrorCode("limitExceeded")
  public static let unsupportedVersion = ErrorCode("unsupportedVersion")
  public static let encodingFailed = ErrorCode("encodingFailed")
  public static let decodingFailed = ErrorCode("decodingFailed")
  public static let notFound = ErrorCode("notFound")

  // What an agent's run did.
  public static let contractViolation = ErrorCode("contractViolation")
  public static let timedOut = ErrorCode("timedOut")
  public static let cancelled = ErrorCode("cancelled")
  public static let nondeterministicRun = ErrorCode("nondeterministicRun")
  public static let unknownEffect = ErrorCode("unknownEffect")
  public static let engineFailed = ErrorCode("engineFailed")

  // Where work meets a bound.
  public static let queueFull = ErrorCode("queueFull")
  public static let shutDown = ErrorCode("shutDown")

  // What a store answered.
  public static let fenced = ErrorCode("fenced")
  public static let ownedElsewhere = ErrorCode("ownedElsewhere")
  public static let commitUnknown = ErrorCode("commitUnknown")
  public static let storeUnavailable = ErrorCode("storeUnavailable")
  public static let corruptStore = ErrorCode("corruptStore")
  public static let trimmed = ErrorCode("trimmed")
  public static let subscriptionChanged = ErrorCode("subscriptionChanged")
  public static let replayRefused = ErrorCode("replayRefused")
}
