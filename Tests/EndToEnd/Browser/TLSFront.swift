import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import TestSupport

@testable import atoll

/// TLS on a port of this host, with a certificate that only a browser told to ignore it accepts.
enum TLSFront {
  enum Content: Sendable {
    /// What comes goes to a plain server, as a proxy does it.
    case relay(to: Int)
    /// One page, whatever is asked for.
    case page(String)
  }

  /// - Parameter body: is given the port.
  static func with(_ content: Content, _ body: (Int) async throws -> Void) async throws {
    let context = try await context()
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          try pipeline.addHandler(NIOSSLServerHandler(context: context))
          switch content {
          case .relay(let port): try pipeline.addHandler(RelayHandler(port: port))
          case .page(let html):
            try pipeline.configureHTTPServerPipeline()
            try pipeline.addHandler(HostilePage.Answering(html: html))
          }
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    do {
      try await body(channel.localAddress?.port ?? 0)
    } catch {
      try await channel.close()
      throw error
    }
    try await channel.close()
  }

  private static func context() async throws -> NIOSSLContext {
    let folder = try Islands.temporaryDirectory()
    let (key, certificate) = ("\(folder)/key.pem", "\(folder)/certificate.pem")
    try await Program.run([
      "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
      "-out", certificate, "-days", "2", "-subj", "/CN=atoll.test", "-addext", "subjectAltName=DNS:*.atoll.test",
    ])
    let chain = try NIOSSLCertificate.fromPEMFile(certificate).map { NIOSSLCertificateSource.certificate($0) }
    let configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: chain, privateKey: .privateKey(try NIOSSLPrivateKey(file: key, format: .pem)))
    let made = try NIOSSLContext(configuration: configuration)
    try await Program.run(["rm", "-r", folder])
    return made
  }
}

/// Passes bytes on to another port and back.
private final class RelayHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let port: Int
  private var upstream: (any Channel)?
  private var waiting: [ByteBuffer] = []

  init(port: Int) { self.port = port }

  func handlerAdded(context: ChannelHandlerContext) {
    let client = context.channel
    let connected = ClientBootstrap(group: context.eventLoop)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(BackHandler(to: client))
        }
      }
      .connect(host: "127.0.0.1", port: port)
    connected.assumeIsolated().whenComplete { result in
      switch result {
      case .success(let channel):
        self.upstream = channel
        for bytes in self.waiting { channel.writeAndFlush(bytes, promise: nil) }
        self.waiting = []
      case .failure: client.close(promise: nil)
      }
    }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let bytes = unwrapInboundIn(data)
    if let upstream { upstream.writeAndFlush(bytes, promise: nil) } else { waiting.append(bytes) }
  }

  func channelInactive(context: ChannelHandlerContext) { upstream?.close(promise: nil) }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

/// Passes the answers back.
private final class BackHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let client: any Channel

  init(to client: any Channel) { self.client = client }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    client.writeAndFlush(unwrapInboundIn(data), promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) { client.close(promise: nil) }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
