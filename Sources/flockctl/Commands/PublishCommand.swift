#if SQLite
import Flock
import FlockCommandLine
import FlockCore
import FlockJSON
import FlockKernel
import FlockSQLite

extension Command {
  static let publish = Command(
    "publish",
    summary: "Publish artifacts to a store",
    discussion: """
      The payload is JSON: the argument itself, the content of a file with @file, or each line of standard input with -, \
      which is the default. Lines are published in groups; what went before a wrong line stays published.

      Prints the id of each artifact. A process that runs agents on the store sees them at once; otherwise they wait.
      """,
    arguments: [
      .init("payload", isRequired: false, default: "-", help: "JSON, @file, or - for JSON lines on standard input.")
    ],
    options: [
      .storeFile,
      .init("type", short: "t", isRequired: true, help: "The artifact's type, such as bug."),
      .init("type-version", .integer(1...1_000_000), default: "1", help: "The version of the type."),
      .init("tag", isRepeated: true, help: "A tag; may be repeated."),
      .init("correlation", valueName: "id", help: "What it belongs to: a UUID, or a text that always names the same."),
      .init("key", help: "The partition key, which decides the shard."),
      .init("id", valueName: "uuid", help: "The artifact's id: published again, it is stored once. One payload only."),
    ],
    examples: [
      .init(#"flockctl publish --store board.db --type bug '{"title":"crash"}'"#, help: "Publish one."),
      .init("flockctl publish --store board.db --type bug < bugs.jsonl", help: "Publish one for each line."),
    ],
    exitCodes: [.badInput, .noInput, .temporary]
  ) { arguments, context in
    let publisher = try Publisher(arguments, context)
    try await StoreAccess.with(arguments, .writing) { try await publisher.run(on: $0) }
    return ExitCode.success.rawValue
  }
}

/// Turns payloads into artifacts and appends them.
struct Publisher {
  /// Lines that are published together.
  static let groupSize = 500
  /// The bytes of their payloads at which a group is published early.
  static let groupBytes = 8 << 20

  private let type: ArtifactType
  private let source: String
  private let options: PublishOptions
  private let context: CommandContext
  private var generator: IDGenerator

  init(_ arguments: ParsedArguments, _ context: CommandContext) throws {
    let name = arguments.string("type")
    guard ArtifactType.isValid(name: name) else {
      throw CommandFailure(.usage, "'\(CommandContext.line(name))' is not a type name: 1 to 200 letters, digits, '.', '_', '-' and '/'")
    }
    type = ArtifactType(name, version: arguments.integer("type-version"))
    source = arguments.string("payload")
    options = PublishOptions(
      correlation: arguments.optionalString("correlation").map { CorrelationID($0) }, tags: Tags(arguments.strings("tag")),
      partitionKey: arguments.optionalString("key"), id: try arguments.optionalString("id").map(StoreAccess.artifactID))
    try options.tags.validate()
    if let key = options.partitionKey, !(1...512).contains(key.utf8.count) {
      throw CommandFailure(.usage, "a partition key has 1 to 512 bytes, not \(key.utf8.count)")
    }
    guard options.id == nil || source != "-" else {
      throw CommandFailure(.usage, "--id names one artifact; give its payload as an argument or with @file")
    }
    self.context = context
    var random = SystemRandomNumberGenerator()
    generator = IDGenerator(seed: random.next())
  }

  func run(on store: SQLiteStore) async throws {
    var publisher = self
    guard source == "-" else {
      let bytes = source.hasPrefix("@") ? try Files.read(String(source.dropFirst())) : Array(source.utf8)
      return try await publisher.publish([try Publisher.compact(bytes, "the payload")], on: store)
    }
    var input = LineInput()
    var group: [[UInt8]] = []
    var bytes = 0
    var number = 0
    do {
      while let line = try input.next() {
        number += 1
        guard line.contains(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }) else { continue }
        group.append(try Publisher.compact(line, "line \(number)"))
        bytes += line.count
        guard group.count >= Publisher.groupSize || bytes >= Publisher.groupBytes else { continue }
        try await publisher.publish(group, on: store)
        group = []
        bytes = 0
      }
    } catch {
      // The lines before the wrong one were right.
      try await publisher.publish(group, on: store)
      throw error
    }
    try await publisher.publish(group, on: store)
  }

  private mutating func publish(_ payloads: [[UInt8]], on store: SQLiteStore) async throws {
    guard !payloads.isEmpty else { return }
    let now = SystemClock().now()
    let artifacts = payloads.map { bytes in
      Artifact(
        id: options.id ?? generator.next(at: now), type: type, payload: EncodedPayload(bytes: bytes, version: type.version),
        correlation: options.correlation, partitionKey: options.partitionKey, tags: options.tags, createdAt: now)
    }
    let receipt = try await store.publish(artifacts.map(LogRecord.artifact))
    if receipt.duplicates > 0 { context.note("the id was there already: nothing was changed") }
    for (artifact, position) in zip(artifacts, receipt.positions) {
      if context.global.json {
        context.emit([
          "id": .string(artifact.id.description), "type": .string(type.name), "correlation": .string(artifact.correlation.description),
          "shard": .integer(Int64(position.shard)), "offset": .integer(position.offset),
        ])
      } else {
        context.out.writeLine(artifact.id.description)
      }
    }
  }

  /// Checked, and without blanks.
  private static func compact(_ bytes: [UInt8], _ what: String) throws -> [UInt8] {
    do {
      var parser = JSONParser()
      parser.options.maximumBytes = Files.maximumBytes
      return try JSONWriter().bytes(of: parser.parse(bytes))
    } catch {
      throw CommandFailure(.badInput, "\(what) is not JSON: \(error)")
    }
  }
}
#endif
