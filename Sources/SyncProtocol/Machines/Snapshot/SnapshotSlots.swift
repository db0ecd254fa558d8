/// Which receivers a sender serves snapshots to at the same time. A value without clock; times are monotonic milliseconds.
///
/// A slot belongs to a receiver as long as it asks for chunks; one that is slow or gone loses it, so nothing waits for it.
public struct SnapshotSlots: Sendable, Hashable {
  /// Receivers served at once.
  public let limit: Int
  /// A slot unused for so long is free.
  public let idle: Int64
  /// What others are told to wait, before jitter.
  public let retry: Int64
  private var used: [SiloNumber: Int64] = [:]

  public init(limit: Int = 4, idle: Int64 = 5000, retry: Int64 = 4000) {
    self.limit = max(1, limit)
    self.idle = max(1, idle)
    self.retry = max(1, retry)
  }

  /// Nil when `receiver` may be served now; else how many milliseconds until it should come again.
  /// - Parameter random: any number; spreads those who wait over half of ``retry`` to all of it.
  public mutating func wait(of receiver: SiloNumber, now: Int64, random: UInt64) -> Int64? {
    if used[receiver] == nil {
      used = used.filter { now - $0.value < idle }
      guard used.count < limit else { return retry / 2 + Int64(random % UInt64(retry / 2 + 1)) }
    }
    used[receiver] = now
    return nil
  }

  /// The receiver has everything.
  public mutating func release(_ receiver: SiloNumber) { used[receiver] = nil }

  /// Receivers that hold a slot at `now`.
  public func active(now: Int64) -> Int { used.values.filter { now - $0 < idle }.count }
}
