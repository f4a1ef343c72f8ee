import FlockCore

/// The keys of a shard's state: a kind, then what tells entries of it apart, so that keys of one kind lie together.
enum StateKey {
  enum Kind: UInt8 {
    case meta = 1
    case run = 2
    case pool = 3
    case batch = 4
    case delayed = 5
    case schedule = 6
    case correlation = 7
    case held = 8
    case step = 9
    case context = 10
    case relay = 11
    case digest = 12
    case suspects = 13
  }

  private static func key(_ kind: Kind, _ fill: (inout ByteWriter) -> Void) -> [UInt8] {
    var writer = ByteWriter(capacity: 48)
    writer.write(kind.rawValue)
    fill(&writer)
    return writer.bytes
  }

  static let meta: [UInt8] = [Kind.meta.rawValue]
  static let suspects: [UInt8] = [Kind.suspects.rawValue]

  static func run(_ id: RunID) -> [UInt8] { key(.run) { $0.write(id.value) } }

  static func pool(_ subscription: SubscriptionID, _ group: UniqueID, _ ref: InputRef) -> [UInt8] {
    key(.pool) {
      $0.write(subscription.value)
      $0.write(ref.offset)
      $0.write(ref.index)
      $0.write(group)
    }
  }

  static func batch(_ subscription: SubscriptionID, _ group: UniqueID, _ ref: InputRef) -> [UInt8] {
    key(.batch) {
      $0.write(subscription.value)
      $0.write(ref.offset)
      $0.write(ref.index)
      $0.write(group)
    }
  }

  static func delayed(_ subscription: SubscriptionID, _ ref: InputRef) -> [UInt8] {
    key(.delayed) {
      $0.write(subscription.value)
      $0.write(ref.offset)
      $0.write(ref.index)
    }
  }

  static func held(_ subscription: SubscriptionID, _ ref: InputRef) -> [UInt8] {
    key(.held) {
      $0.write(subscription.value)
      $0.write(ref.offset)
      $0.write(ref.index)
    }
  }

  static func schedule(_ subscription: SubscriptionID) -> [UInt8] { key(.schedule) { $0.write(subscription.value) } }

  static func correlation(_ id: CorrelationID) -> [UInt8] { key(.correlation) { $0.write(id.value) } }

  static func step(_ run: RunID, _ step: StepKey) -> [UInt8] {
    key(.step) {
      $0.write(run.value)
      $0.write(UInt32(step.occurrence))
      $0.write(step.name)
    }
  }

  static func context(_ run: RunID) -> [UInt8] { key(.context) { $0.write(run.value) } }

  static func relay(_ source: Int) -> [UInt8] { key(.relay) { $0.write(UInt32(source)) } }

  static func digest(_ subscription: SubscriptionID) -> [UInt8] { key(.digest) { $0.write(subscription.value) } }
}
