/// The bounds that this module keeps, with their defaults. Each can be lowered or raised through the options of the type that keeps it.
public enum JSONLimits {
  /// How deep arrays and objects may nest: a document's outermost container has depth 1. Reading and writing keep it alike.
  public static let maximumDepth = 128

  /// The depth that no option exceeds, because values are built, written and freed by recursion on the caller's stack.
  /// A larger option is clamped to it.
  public static let depthCeiling = 512

  /// The longest document read, in bytes: 16 MiB.
  public static let maximumBytes = 16 * 1024 * 1024

  /// The length that no option exceeds, in bytes: offsets are kept in 32 bits. A larger option is clamped to it.
  public static let bytesCeiling = 1 << 31

  /// The largest object whose keys are found by a linear scan; a larger one gets an index at its first look-up.
  public static let largestScannedObject = 16
}
