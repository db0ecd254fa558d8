/// Which transactions a database snapshot sees: PostgreSQL's `pg_snapshot`, `xmin:xmax:xip,...`.
public struct TransactionSnapshot: Sendable, Hashable {
  /// Sees nothing: the state before the first tick.
  public static let empty = TransactionSnapshot(minimum: 1, maximum: 1, running: [])

  /// All transactions below are over.
  public let minimum: UInt64
  /// No transaction at or above had been over.
  public let maximum: UInt64
  /// Between both, the transactions that were still running, ascending.
  public let running: [UInt64]

  public init(minimum: UInt64, maximum: UInt64, running: [UInt64]) {
    self.minimum = minimum
    self.maximum = maximum
    self.running = running
  }

  /// Whether `transaction`, if it committed, is seen.
  public func sees(_ transaction: UInt64) -> Bool {
    if transaction < minimum { return true }
    if transaction >= maximum { return false }
    var low = 0
    var high = running.count
    while low < high {
      let middle = (low + high) / 2
      if running[middle] < transaction { low = middle + 1 } else { high = middle }
    }
    return !(low < running.count && running[low] == transaction)
  }
}

extension TransactionSnapshot: LosslessStringConvertible {
  public init?(_ description: String) {
    let parts = description.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 3, let minimum = UInt64(parts[0]), let maximum = UInt64(parts[1]), minimum <= maximum else {
      return nil
    }
    var running: [UInt64] = []
    for part in parts[2].split(separator: ",") {
      guard let id = UInt64(part), id >= minimum, id < maximum, running.last.map({ $0 < id }) ?? true else {
        return nil
      }
      running.append(id)
    }
    self.init(minimum: minimum, maximum: maximum, running: running)
  }

  public var description: String { "\(minimum):\(maximum):\(running.map(String.init).joined(separator: ","))" }
}
