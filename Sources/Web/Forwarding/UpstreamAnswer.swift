internal import NIOCore
internal import NIOHTTP1

/// The head of an answer with as much of its body as came with it.
struct UpstreamAnswer: Sendable {
  let status: HTTPResponseStatus
  let headers: HTTPHeaders
  var body: ByteBuffer?
  /// Nothing more comes: the connection is free already.
  var isWhole: Bool
  /// It began before the request was complete.
  var isEarly = false
}
