internal import NIOCore
internal import Synchronization

/// The rest of an answer that streams. When nobody wants it any more, because the caller went away, the connection to the upstream ends too.
final class UpstreamRest: Sendable {
  private let connection: UpstreamConnection
  private let held: (any AnyObject & Sendable)?
  private let isDone = Mutex(false)

  init(_ connection: UpstreamConnection, holding held: (any AnyObject & Sendable)?) {
    self.connection = connection
    self.held = held
  }

  deinit { if !isDone.withLock({ $0 }) { connection.close() } }

  /// The next bytes; nil after the last.
  func next() async throws -> ByteBuffer? {
    while !isDone.withLock({ $0 }) {
      let chunk = try await connection.next()
      if chunk.isLast { isDone.withLock { $0 = true } }
      if let bytes = chunk.bytes { return bytes }
    }
    return nil
  }
}
