/// How a transaction is begun.
public struct TransactionOptions: Hashable, Sendable {
  public enum Isolation: Int, Comparable, Hashable, Sendable {
    case readCommitted, repeatableRead, serializable

    public static func < (left: Isolation, right: Isolation) -> Bool { left.rawValue < right.rawValue }
  }

  public var isolation: Isolation
  public var readOnly: Bool

  public init(isolation: Isolation = .readCommitted, readOnly: Bool = false) {
    self.isolation = isolation
    self.readOnly = readOnly
  }

  public static let readCommitted = TransactionOptions()
  public static let repeatableRead = TransactionOptions(isolation: .repeatableRead)
  public static let serializable = TransactionOptions(isolation: .serializable)

  public static func readCommitted(readOnly: Bool) -> TransactionOptions {
    TransactionOptions(isolation: .readCommitted, readOnly: readOnly)
  }

  public static func repeatableRead(readOnly: Bool) -> TransactionOptions {
    TransactionOptions(isolation: .repeatableRead, readOnly: readOnly)
  }

  public static func serializable(readOnly: Bool) -> TransactionOptions {
    TransactionOptions(isolation: .serializable, readOnly: readOnly)
  }

  /// Whether the end of the transaction can tell nothing: only a serializable read may still be refused there.
  var isPlainRead: Bool { readOnly && isolation != .serializable }

  /// The statement that begins such a transaction. Both properties are always spelled out, so server defaults do not matter.
  var beginStatement: String {
    let level =
      switch isolation {
      case .readCommitted: "READ COMMITTED"
      case .repeatableRead: "REPEATABLE READ"
      case .serializable: "SERIALIZABLE"
      }
    return "BEGIN ISOLATION LEVEL \(level) \(readOnly ? "READ ONLY" : "READ WRITE")"
  }
}
