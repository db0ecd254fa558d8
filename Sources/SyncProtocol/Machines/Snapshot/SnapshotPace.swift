/// The bounds and times of a receiver's snapshots, in milliseconds where they are times.
public struct SnapshotPace: Sendable, Hashable {
  /// Each chunk has costs of its own, and holds the row lock of its lane while it applies.
  public static let defaultRows = 10_000
  public static let defaultBytes = 4 * 1024 * 1024

  /// Rows of one chunk.
  public var rows: Int
  /// Bytes of the values of one chunk; one row may have more.
  public var bytes: Int
  /// An exchange without answer is given up after this.
  public var answer: Int64
  /// Whether the next chunk is asked for while one is being applied.
  public var isPipelined: Bool

  public init(
    rows: Int = SnapshotPace.defaultRows, bytes: Int = SnapshotPace.defaultBytes, answer: Int64 = 30_000,
    isPipelined: Bool = true
  ) {
    self.rows = max(1, rows)
    self.bytes = max(1, bytes)
    self.answer = max(1, answer)
    self.isPipelined = isPipelined
  }
}
