import FlockCore

/// The incomplete groups of one subscription's gate or join.
struct PoolSet: Sendable {
  var groups: [GroupKey: Int32] = [:]
  var slab = Slab<PoolGroup>()
  var members = Slab<PoolMember>()
  /// By the instant of their end; entries of groups that ended otherwise are passed over.
  var expiry = Fifo<GroupExpiry>()
  /// In order of their beginning, for the limit.
  var age = Fifo<GroupExpiry>()
}

/// A key of groups, hashed by one word: it is a hash already.
struct GroupKey: Hashable, Sendable {
  var value: UniqueID

  init(_ value: UniqueID) { self.value = value }

  func hash(into hasher: inout Hasher) { hasher.combine(value.low ^ value.high) }
}

struct GroupExpiry: Sendable {
  var deadline: Timestamp
  var slot: Int32
  var generation: UInt32
}

extension Fifo where Element == GroupExpiry {
  /// By the instant: what a round leaves over began before groups that stand in the queue already.
  mutating func insert(_ item: GroupExpiry) { insert(item) { $0.deadline > $1.deadline } }
}

struct PoolGroup: SlabElement {
  mutating func vacate() {}

  var key: UniqueID
  var generation: UInt32
  var firstAt: Timestamp
  /// Artifacts that one round still lacks.
  var missing: Int32
  var memberCount: Int32 = 0
  /// By input.
  var have = SIMD8<Int32>(repeating: 0)
  var head = SIMD8<Int32>(repeating: -1)
  var tail = SIMD8<Int32>(repeating: -1)
}

struct PoolMember: SlabElement {
  mutating func vacate() { artifact = PoolMember.nothing }
  /// Stands in a free place, so that the last artifact there is let go.
  private static let nothing = Artifact(
    id: ArtifactID(.zero), type: ArtifactType("flock/nothing"), payload: EncodedPayload(bytes: []),
    createdAt: Timestamp(nanoseconds: 0))

  var group: Int32
  var artifact: Artifact
  var ref: InputRef
  var at: Timestamp
  var next: Int32
  var isPersisted: Bool
}

extension PoolSet {
  /// Drops the entries of ended groups when they are the most: queues stay as long as twice what lives.
  mutating func compactQueues() {
    let live = slab.liveCount
    if expiry.count > 64, expiry.count > 2 * live {
      expiry.filter { slab.contains($0.slot) && slab[$0.slot].generation == $0.generation }
    }
    if age.count > 64, age.count > 2 * live {
      age.filter { slab.contains($0.slot) && slab[$0.slot].generation == $0.generation }
    }
  }
}

/// The sets that a batch has collected, by scope.
struct BatchSet: Sendable {
  var groups: [GroupKey: Int32] = [:]
  var slab = Slab<BatchGroup>()
  var expiry = Fifo<GroupExpiry>()
}

struct BatchGroup: SlabElement {
  mutating func vacate() { items = [] }

  var key: UniqueID
  var generation: UInt32
  var firstAt: Timestamp
  var items: [BatchItem] = []
}

struct BatchItem: Sendable {
  var inputs: RunInputs
  var refs: InputRefs
  var at: Timestamp
  var isPersisted: Bool
}
