public import CodeReview
public import FlockCommandLine
public import FlockCore

extension FlockError: ExitCodeProviding {
  public var exitCode: ExitCode {
    switch code {
    case .notFound, .unknownAgent, .unknownType: .noInput
    case .invalidConfiguration, .unsupportedVersion, .subscriptionChanged: .configuration
    case .limitExceeded, .encodingFailed, .decodingFailed, .typeMismatch, .corruptStore: .badInput
    case .ownedElsewhere, .queueFull: .temporary
    case .storeUnavailable: isRetriable ? .temporary : .unavailable
    default: .failure
    }
  }
}

extension GitError: ExitCodeProviding {
  public var exitCode: ExitCode {
    switch code {
    case .notADirectory, .notARepository, .notTrusted, .unknownRevision: .noInput
    case .invalidRange: .usage
    case .gitMissing: .unavailable
    case .tooLarge: .badInput
    case .timedOut: .temporary
    case .failed: .failure
    }
  }
}
