#if SQLite && HTTP
import Flock
import FlockCore
import FlockKernel
import Glibc

struct Left: ArtifactPayload {
  static let artifactType = ArtifactType("left")
  var key: Int
}

struct Right: ArtifactPayload {
  static let artifactType = ArtifactType("right")
  var key: Int
}

struct Third: ArtifactPayload {
  static let artifactType = ArtifactType("third")
  var key: Int
}

struct Archived: ArtifactPayload {
  static let artifactType = ArtifactType("archived")
  var text: String
}

/// What the first program stores.
struct Document: ArtifactPayload {
  static let artifactType = ArtifactType("document")
  var text: String
}

/// The same name and version with another field.
struct RenamedDocument: ArtifactPayload {
  static let artifactType = ArtifactType("document")
  var body: String
}

/// The next version, which knows how to read the one before.
struct MigratingDocument: ArtifactPayload {
  static let artifactType = ArtifactType("document", version: 2)
  var body: String

  static func migrate(_ json: [UInt8], fromVersion version: Int) throws -> [UInt8] {
    let text = String(decoding: json, as: UTF8.self)
    let old = "\"text\":"
    guard version == 1, text.hasPrefix("{" + old) else {
      throw FlockError(.unsupportedVersion, "version \(version) of a document is not known")
    }
    return Array(("{\"body\":" + text.dropFirst(1 + old.utf8.count)).utf8)
  }
}

/// The next version, which does not.
struct StrictDocument: ArtifactPayload {
  static let artifactType = ArtifactType("document", version: 2)
  var body: String
}

/// A board that another version of the program has written: `stored --file F --write` leaves one side of a gate waiting
/// and a document unread; `stored --file F --as same|changed|expire|renamed|migrated|strict` goes on with it.
enum StoredProgram {
  static let correlation = CorrelationID("case")

  static func run(_ options: Options) async throws {
    if options.has("write") { return try await write(options) }
    let version = try options.text("as")
    let gate = version == "changed" || version == "expire" ? changedGate : Self.gate
    let reader: Agent
    switch version {
    case "same", "changed", "expire": reader = archivist(Document.self) { $0.text }
    case "renamed": reader = archivist(RenamedDocument.self) { $0.body }
    case "migrated": reader = archivist(MigratingDocument.self) { $0.body }
    case "strict": reader = archivist(StrictDocument.self) { $0.body }
    default: throw Misuse(message: "--as \(version) is not known")
    }
    let flock = try await Board.open(options, [gate, reader]) {
      if version == "expire" { $0.kernel.changedSubscription = .expire }
    }
    do {
      try await flock.start()
    } catch let error as FlockError {
      tell(["refused": .text("\(error.code)"), "message": .text(error.message)])
      exit(3)
    }
    try await flock.publish(Right(key: 1), PublishOptions(correlation: correlation))
    try await Board.finish(flock)
  }

  private static func write(_ options: Options) async throws {
    let flock = try await Board.open(options, [gate])
    try await flock.publish(Left(key: 1), PublishOptions(correlation: correlation))
    try await flock.runUntilIdle()
    try await flock.shutdown()
    // Nobody runs now: it stays unread.
    try await flock.publish(Document(text: "kept"))
    await flock.store.close()
    tell(["at": "written"])
  }

  static let gate = Agent("gate").consumes(Left.self, Right.self).named("pair").publishes(Archived.self)
    .runs { context in try context.publish(Archived(text: "pair of \(try context.input(Left.self).key)")) }

  static let changedGate = Agent("gate").consumes(Left.self, Third.self).named("pair").publishes(Archived.self)
    .runs { context in try context.publish(Archived(text: "pair of \(try context.input(Left.self).key)")) }

  static func archivist<T: ArtifactPayload>(_ type: T.Type, _ text: @escaping @Sendable (T) -> String) -> Agent {
    Agent("archivist").consumes(type).named("documents").publishes(Archived.self)
      .runs { (document: T, _: RunContext) -> Archived in Archived(text: text(document)) }
  }
}
#endif
