import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// An application of somebody's own: remembers what reached it and answers as it was told.
final class RecordingServer: Sendable {
  struct Seen: Sendable {
    let method: String
    let target: String
    let headers: HTTPHeaders
    let body: String
  }

  struct Answer: Sendable {
    var status = 200
    var headers: HTTPHeaders = ["content-type": "text/plain"]
    var body = "seen"
  }

  let port: Int
  private let state: State

  private final class State: Sendable {
    let seen = Mutex<[Seen]>([])
    let answer: @Sendable (Seen) -> Answer
    init(answer: @escaping @Sendable (Seen) -> Answer) { self.answer = answer }
  }

  private init(port: Int, state: State) {
    self.port = port
    self.state = state
  }

  /// What came since the last call.
  func take() -> [Seen] {
    state.seen.withLock { seen in
      defer { seen = [] }
      return seen
    }
  }

  static func with<Result>(
    answer: @escaping @Sendable (Seen) -> Answer = { _ in Answer() }, _ body: (RecordingServer) async throws -> Result
  ) async throws -> Result {
    let state = State(answer: answer)
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.configureHTTPServerPipeline()
          try channel.pipeline.syncOperations.addHandler(Handler(state))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    do {
      let result = try await body(RecordingServer(port: channel.localAddress?.port ?? 0, state: state))
      try await channel.close()
      return result
    } catch {
      try await channel.close()
      throw error
    }
  }

  private final class Handler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let state: State
    private var head: HTTPRequestHead?
    private var body = ""

    init(_ state: State) { self.state = state }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      switch unwrapInboundIn(data) {
      case .head(let head):
        self.head = head
        body = ""
      case .body(let part): body += String(buffer: part)
      case .end:
        guard let head else { return }
        let seen = Seen(method: head.method.rawValue, target: head.uri, headers: head.headers, body: body)
        state.seen.withLock { $0.append(seen) }
        let answer = state.answer(seen)
        var headers = answer.headers
        headers.replaceOrAdd(name: "content-length", value: "\(answer.body.utf8.count)")
        context.write(
          wrapOutboundOut(
            .head(HTTPResponseHead(version: .http1_1, status: .init(statusCode: answer.status), headers: headers))),
          promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: answer.body)))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
      }
    }
  }
}
