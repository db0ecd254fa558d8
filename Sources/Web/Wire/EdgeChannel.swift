internal import Hummingbird
internal import HummingbirdCore
internal import HummingbirdHTTP2
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTP2
internal import NIOSSL

/// The pipeline of one connection: TLS with the certificate of the moment, HTTP/2 or HTTP/1.1 as agreed, and the guards.
struct EdgeChannel: ServerChildChannel {
  struct Value: ServerChildChannelValue {
    let channel: any Channel
    fileprivate let agreed: EventLoopFuture<NIONegotiatedHTTPVersion<HTTP1Channel.Value, HTTP2Channel.Value>>
  }

  private let http1: HTTP1Channel
  private let http2: HTTP2Channel
  private let limits: WebLimits
  /// Nil for plain HTTP/1.1.
  private let certificates: ServerCertificates?

  init(
    responder: @escaping HTTPChannelHandler.Responder, limits: WebLimits, certificates: ServerCertificates?
  ) {
    self.limits = limits
    self.certificates = certificates
    http1 = HTTP1Channel(
      responder: responder,
      configuration: .init(
        httpDecoderConfiguration: .init(
          maxHeaderFieldSize: limits.headerFieldBytes, maxHeaderListSize: limits.headerBytes,
          maxHeaderFieldCount: limits.headerFields)))
    http2 = HTTP2Channel(
      responder: responder,
      configuration: .init(
        idleTimeout: .seconds(limits.headSeconds), gracefulCloseTimeout: .seconds(limits.stallSeconds),
        streamConfiguration: .init(additionalChannelHandlers: [StreamEntry(limits: limits)])))
  }

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
    guard let certificates else {
      return setupHTTP1(channel, logger).map { plain in
        Value(channel: channel, agreed: channel.eventLoop.makeSucceededFuture(.http1_1(plain)))
      }
    }
    do {
      try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: certificates.context))
      try channel.pipeline.syncOperations.addHandler(ConnectionGuard(limits: limits, loop: channel.eventLoop))
    } catch {
      return channel.eventLoop.makeFailedFuture(error)
    }
    return channel.configureHTTP2AsyncSecureUpgrade { channel in
      guarded(channel) { $0.stop() }.flatMap { setupHTTP1(channel, logger) }
    } http2ConnectionInitializer: { channel in
      guarded(channel) { $0.beginStreams() }.flatMap { setupHTTP2(channel, logger) }
    }
    .map { Value(channel: channel, agreed: $0) }
  }

  func handle(value: Value, logger: Logger) async {
    await withTaskExecutorPreference(LoopExecutor(value.channel.eventLoop)) { await serve(value, logger) }
  }

  private func serve(_ value: Value, _ logger: Logger) async {
    do {
      switch try await value.agreed.get() {
      case .http1_1(let plain): await http1.handle(value: plain, logger: logger)
      case .http2(let streams): await http2.handle(value: streams, logger: logger)
      }
    } catch {
      logger.debug("a connection ended before its first request", metadata: ["error": "\(error)"])
    }
  }

  private func setupHTTP1(_ channel: any Channel, _ logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
    http1.setup(channel: channel, logger: logger).flatMapThrowing { value in
      let pipeline = channel.pipeline.syncOperations
      let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
      let bytes = WireBytes()
      try pipeline.addHandler(bytes, position: .before(decoder))
      try pipeline.addHandler(
        RequestGuard(limits: limits, bytes: bytes, loop: channel.eventLoop), position: .after(decoder))
      return value
    }
  }

  private func setupHTTP2(_ channel: any Channel, _ logger: Logger) -> EventLoopFuture<HTTP2Channel.Value> {
    http2.setup(channel: channel, logger: logger).flatMapThrowing { value in
      let pipeline = channel.pipeline.syncOperations
      try pipeline.addHandler(ConnectionEnd(), position: .after(pipeline.handler(type: NIOHTTP2Handler.self)))
      return value
    }
  }

  private func guarded(
    _ channel: any Channel, _ tell: @escaping @Sendable (ConnectionGuard) -> Void
  ) -> EventLoopFuture<Void> {
    channel.eventLoop.makeCompletedFuture {
      tell(try channel.pipeline.syncOperations.handler(type: ConnectionGuard.self))
    }
  }
}
