/// The content types of sync-v1, compared exactly.
public enum SyncContentType: String, Sendable, Hashable, CaseIterable {
  /// One JSON document.
  case json = "application/json"
  /// A refusal (RFC 9457).
  case problem = "application/problem+json"
  /// A JSON document, a line feed, and the content of a batch.
  case message = "application/vnd.atoll.sync"
  /// ``message`` compressed with zlib (RFC 1950).
  case compressedMessage = "application/vnd.atoll.sync+zlib"
}
