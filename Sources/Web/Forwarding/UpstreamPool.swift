internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL
internal import Synchronization

/// Idle connections by target and event loop: a request is passed on by the loop that received it, so that no byte changes threads.
final class UpstreamPool: Sendable {
  private struct Place: Hashable {
    let target: ForwardTarget
    let loop: ObjectIdentifier
  }

  private struct Idle {
    let connection: UpstreamConnection
    let since: NIODeadline
  }

  private let limits: ForwarderLimits
  private let idleTime: TimeAmount
  private let secure: NIOSSLContext
  private let outbound: OutboundGuard?
  private let idle = Mutex<[Place: [Idle]]>([:])
  private let isShut = Mutex(false)

  init(limits: ForwarderLimits, secure: NIOSSLContext, outbound: OutboundGuard?) {
    self.limits = limits
    idleTime = TimeAmount(limits.idleTime)
    self.secure = secure
    self.outbound = outbound
  }

  /// The connection used last of those that are still good; nil when one has to be made.
  func idle(_ target: ForwardTarget, on loop: any EventLoop) -> UpstreamConnection? {
    let oldest = NIODeadline.now() - idleTime
    let place = Place(target: target, loop: ObjectIdentifier(loop))
    var stale: [UpstreamConnection] = []
    defer { for connection in stale { connection.channel.close(promise: nil) } }
    return idle.withLock { idle in
      while let last = idle[place]?.popLast() {
        if last.since > oldest, last.connection.channel.isActive { return last.connection }
        stale.append(last.connection)
      }
      return nil
    }
  }

  /// - Throws: ``ForwardFailure`` of code `unreachable`.
  func connect(to target: ForwardTarget, on loop: any EventLoop, within time: Duration) async throws
    -> UpstreamConnection
  {
    let bootstrap = ClientBootstrap(group: loop).connectTimeout(TimeAmount(time))
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
    let limits = limits
    let secure = target.isSecure ? secure : nil
    let initialize: @Sendable (any Channel) -> EventLoopFuture<UpstreamConnection> = { channel in
      channel.eventLoop.makeCompletedFuture {
        try Self.prepare(channel, target, limits, secure) { self.free($0, target) }
      }
    }
    do {
      switch target.place {
      case .host(let host, let port):
        let address = try await address(of: host, target)
        return try await bootstrap.connect(host: address, port: port, channelInitializer: initialize)
      case .socket(let path):
        return try await bootstrap.connect(unixDomainSocketPath: path, channelInitializer: initialize)
      }
    } catch let failure as ForwardFailure {
      throw failure
    } catch {
      try Task.checkCancellation()
      throw ForwardFailure(.unreachable, "\(error)")
    }
  }

  /// Where a connection goes: to the address that was checked, not to a name that may lead elsewhere a moment later.
  private func address(of host: String, _ target: ForwardTarget) async throws -> String {
    guard let outbound, ClientAddress(host) == nil, host != "localhost" else { return host }
    do { return try await outbound.target(target.description).address } catch let failure as OutboundFailure {
      throw ForwardFailure(.unreachable, failure.description)
    }
  }

  /// Closes every idle connection, and those in use as they become idle.
  func shutdown() {
    isShut.withLock { $0 = true }
    let all = idle.withLock { idle in
      let all = idle.values.flatMap { $0 }
      idle = [:]
      return all
    }
    for entry in all { entry.connection.channel.close(promise: nil) }
  }

  private func free(_ connection: UpstreamConnection, _ target: ForwardTarget) {
    let place = Place(target: target, loop: ObjectIdentifier(connection.channel.eventLoop))
    let surplus: Idle? = idle.withLock { idle in
      guard !isShut.withLock({ $0 }) else { return Idle(connection: connection, since: .now()) }
      idle[place, default: []].append(Idle(connection: connection, since: .now()))
      guard let list = idle[place], list.count > limits.idleConnections else { return nil }
      return idle[place]?.removeFirst()
    }
    surplus?.connection.channel.close(promise: nil)
  }

  private static func prepare(
    _ channel: any Channel, _ target: ForwardTarget, _ limits: ForwarderLimits, _ secure: NIOSSLContext?,
    onFree: @escaping @Sendable (UpstreamConnection) -> Void
  ) throws -> UpstreamConnection {
    let pipeline = channel.pipeline.syncOperations
    if let secure, case .host(let host, _) = target.place {
      try pipeline.addHandler(PeerName(host: host).handler(secure))
    }
    try pipeline.addHandler(HTTPRequestEncoder())
    var bounds = NIOHTTPDecoderLimitConfiguration()
    bounds.maxHeaderFieldSize = limits.headerFieldBytes
    bounds.maxHeaderListSize = limits.headerBytes
    bounds.maxHeaderFieldCount = limits.headerFields
    try pipeline.addHandler(
      ByteToMessageHandler(HTTPResponseDecoder(leftOverBytesStrategy: .dropBytes, limitConfiguration: bounds)))
    let handler = UpstreamHandler(limits: limits, onFree: onFree)
    try pipeline.addHandler(handler)
    return UpstreamConnection(channel: channel, handler: NIOLoopBound(handler, eventLoop: channel.eventLoop), turn: 0)
  }
}
