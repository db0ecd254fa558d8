internal import NIOCore

/// A piece of an answer's body. After the last one the connection belongs to another exchange.
struct UpstreamChunk: Sendable {
  let bytes: ByteBuffer?
  let isLast: Bool
}
