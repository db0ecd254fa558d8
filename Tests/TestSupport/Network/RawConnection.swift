import NIOCore
import NIOPosix
public import NIOSSL

/// One connection over which a test sends exactly the bytes it means, with or without TLS.
public final class RawConnection {
  private typealias Channel = NIOAsyncChannel<ByteBuffer, ByteBuffer>

  private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
  private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
  private var pending = ByteBuffer()
  private var isEnded = false

  private init(
    _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>, _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
  ) {
    self.inbound = inbound.makeAsyncIterator()
    self.outbound = outbound
  }

  /// Connects, and closes at the end.
  ///
  /// - Parameter tls: with the protocols to offer; plain TCP without.
  public static func with<Result>(
    port: Int, tls: NIOSSLContext? = nil, _ body: (RawConnection) async throws -> Result
  ) async throws -> Result {
    let channel = try await ClientBootstrap(group: WireThread.shared.loops)
      .connect(host: "127.0.0.1", port: port) { channel in
        channel.eventLoop.makeCompletedFuture {
          if let tls {
            try channel.pipeline.syncOperations.addHandler(NIOSSLClientHandler(context: tls, serverHostname: nil))
          }
          return try Channel(
            wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
        }
      }
    return try await channel.executeThenClose { inbound, outbound in
      try await body(RawConnection(inbound, outbound))
    }
  }

  public func send(_ text: String) async throws { try await send(Array(text.utf8)) }

  public func send(_ bytes: [UInt8]) async throws { try await outbound.write(ByteBuffer(bytes: bytes)) }

  /// Ends this side; the other may go on.
  public func finish() { outbound.finish() }

  /// The bytes up to and including an end, which stays out of what comes next; nil when the other side ended before.
  public func bytes(through end: [UInt8]) async -> [UInt8]? {
    while true {
      if let range = pending.readableBytesView.firstRange(of: end) {
        return pending.readBytes(length: range.upperBound - pending.readableBytesView.startIndex)
      }
      guard await more() else { return nil }
    }
  }

  /// Exactly so many bytes; nil when the other side ended before.
  public func bytes(count: Int) async -> [UInt8]? {
    while pending.readableBytes < count { guard await more() else { return nil } }
    return pending.readBytes(length: count)
  }

  /// What still comes until the other side ends or breaks the connection.
  public func rest() async -> [UInt8] {
    while await more() {}
    return pending.readBytes(length: pending.readableBytes) ?? []
  }

  /// Reads on; false at the end, however it came.
  private func more() async -> Bool {
    guard !isEnded else { return false }
    do {
      if var part = try await inbound.next(isolation: nil) {
        pending.writeBuffer(&part)
        return true
      }
    } catch {
      // A reset is an end too.
    }
    isEnded = true
    return false
  }
}
