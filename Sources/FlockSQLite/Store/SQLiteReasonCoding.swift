#if SQLite
import FlockCore
import FlockKernel

/// Why subscriptions did not fire for one artifact, in one column: a commit has one row an artifact, not one a reason.
enum SQLiteReasonCoding {
  static let version: UInt8 = 1

  static func encode(_ reasons: ArraySlice<NonFiring>) -> [UInt8] {
    var writer = ByteWriter(capacity: 1 + 17 * reasons.count)
    writer.write(version)
    for reason in reasons {
      writer.write(reason.subscription.value)
      writer.write(reason.reason.rawValue)
      writer.write(reason.at)
    }
    return writer.bytes
  }

  static func decode(_ bytes: [UInt8], of artifact: ArtifactID) throws -> [NonFiring] {
    var reader = ByteReader(bytes)
    let found = try reader.uint8()
    guard found == version else {
      throw FlockError(.unsupportedVersion, "reasons are stored in encoding \(found); this program reads \(version)")
    }
    var reasons: [NonFiring] = []
    while !reader.isAtEnd {
      let subscription = SubscriptionID(try reader.uint64())
      guard let reason = NonFiring.Reason(rawValue: try reader.uint8()) else {
        throw SQLiteStoreError.damaged("a reason of artifact \(artifact) is unknown")
      }
      reasons.append(NonFiring(artifact: artifact, subscription: subscription, reason: reason, at: try reader.timestamp()))
    }
    return reasons
  }
}
#endif
