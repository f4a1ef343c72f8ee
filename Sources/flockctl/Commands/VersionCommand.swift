import FlockCommandLine
import FlockJSON

extension Command {
  static let version = Command("version", summary: "Print the version and what it was built with") { _, context in
    if context.global.json {
      context.emit(["name": "flockctl", "version": .string(Flockctl.version), "features": .array(features.map { .string($0) })])
    } else {
      context.out.writeLine("flockctl \(Flockctl.version)")
      context.note("built with: \((["memory"] + features).joined(separator: ", "))")
    }
    return ExitCode.success.rawValue
  }

  /// Optional parts of the build.
  private static var features: [String] {
    var features: [String] = []
    #if SQLite
    features.append("sqlite")
    #endif
    return features
  }
}
