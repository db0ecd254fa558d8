import NIOCore
import NIOHTTP1
import NIOPosix

/// One page of somebody else's, on another port of this host.
enum HostilePage {
  /// - Parameter body: is given the page's address.
  static func with(html: String, _ body: (String) async throws -> Void) async throws {
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.pipeline.configureHTTPServerPipeline().flatMap {
          channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(Answering(html: html))
          }
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    do {
      try await body("http://127.0.0.1:\(channel.localAddress?.port ?? 0)/")
    } catch {
      try await channel.close()
      throw error
    }
    try await channel.close()
  }

  final class Answering: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let html: String

    init(html: String) { self.html = html }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      guard case .end = unwrapInboundIn(data) else { return }
      let bytes = ByteBuffer(string: html)
      let head = HTTPResponseHead(
        version: .http1_1, status: .ok,
        headers: ["content-type": "text/html; charset=utf-8", "content-length": String(bytes.readableBytes)])
      context.write(wrapOutboundOut(.head(head)), promise: nil)
      context.write(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: nil)
      context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
  }
}
