/// What a region must have applied before it serves a person who was just sent to it: a transaction of control's, in an epoch of its log.
///
/// It is reached when the transaction is visible in the snapshot of the last complete tick that was applied; everything that was committed
/// before it is visible there too.
public struct LoginPosition: Sendable, Hashable, LosslessStringConvertible {
  /// The ordinal of control's epoch.
  public let epoch: Int32
  /// A transaction id of control's database (`xid8`).
  public let transaction: UInt64

  public init(epoch: Int32, transaction: UInt64) {
    self.epoch = epoch
    self.transaction = transaction
  }

  /// From ``description``; nil for every other spelling.
  public init?(_ description: String) {
    let parts = description.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, let epoch = Int32(parts[0]), epoch > 0, let transaction = UInt64(parts[1]),
      "\(epoch).\(transaction)" == description
    else { return nil }
    self.init(epoch: epoch, transaction: transaction)
  }

  public var description: String { "\(epoch).\(transaction)" }
}
