public import SyncProtocol

/// A row that a sink does not take. It is quarantined with the code and reported to the sender.
public struct RowRefusal: Sendable, Hashable {
  public let key: RowKey
  /// Stable and upper-case, such as `NO_GRANT`.
  public let code: String

  public init(key: RowKey, code: String) {
    self.key = key
    self.code = code
  }
}
