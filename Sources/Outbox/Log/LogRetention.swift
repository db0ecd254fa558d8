/// How long a log keeps its entries.
public struct LogRetention: Sendable, Hashable {
  /// Entries kept for receivers that are behind. One that falls further back starts over.
  public var maximumEntries: Int64
  /// Between raising the retention bound and truncating behind it: longer than any statement of a reader may run, so that none finds a
  /// partition empty that it still counts on.
  public var readerGrace: Duration

  public init(maximumEntries: Int64 = 6_000_000, readerGrace: Duration = .seconds(30)) {
    self.maximumEntries = max(1, maximumEntries)
    self.readerGrace = readerGrace
  }
}
