/// What a sender says to a ``BulkRequest``.
public enum BulkReply: Sendable, Hashable {
  case answer(BulkAnswer)
  /// The sender serves as many snapshots as it wants to, or has trouble: come again after so many milliseconds.
  case retry(after: Int64)
}
