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
    /// The trust under which it was made; 0 without TLS.
    let trust: Int
    let since = NIODeadline.now()
  }

  private let limits: ForwarderLimits
  private let idleTime: TimeAmount
  private let authorities: OutboundAuthorities
  private let outbound: OutboundGuard?
  private let names: HostNames
  private let idle = Mutex<[Place: [Idle]]>([:])
  private let isShut = Mutex(false)

  init(limits: ForwarderLimits, authorities: OutboundAuthorities, outbound: OutboundGuard?, names: HostNames = .system)
  {
    self.limits = limits
    idleTime = TimeAmount(limits.idleTime)
    self.authorities = authorities
    self.outbound = outbound
    self.names = names
  }

  /// The connection used last of those that are still good; nil when one has to be made.
  func idle(_ target: ForwardTarget, on loop: any EventLoop) -> UpstreamConnection? {
    let oldest = NIODeadline.now() - idleTime
    let trust = target.isSecure ? authorities.current.number : 0
    let place = Place(target: target, loop: ObjectIdentifier(loop))
    var stale: [UpstreamConnection] = []
    defer { for connection in stale { connection.channel.close(promise: nil) } }
    return idle.withLock { idle in
      while let last = idle[place]?.popLast() {
        if last.since > oldest, last.trust == trust, last.connection.channel.isActive { return last.connection }
        stale.append(last.connection)
      }
      return nil
    }
  }

  /// - Throws: ``ForwardFailure`` of code `unreachable`.
  func connect(to target: ForwardTarget, on loop: any EventLoop, within time: Duration) async throws
    -> UpstreamConnection
  {
    let limits = limits
    let trust = target.isSecure ? authorities.current : nil
    let initialize: @Sendable (any Channel) -> EventLoopFuture<UpstreamConnection> = { channel in
      channel.eventLoop.makeCompletedFuture {
        try Self.prepare(channel, target, limits, trust?.context) { self.free($0, target, trust?.number ?? 0) }
      }
    }
    do {
      switch target.place {
      case .host(let host, let port):
        return try await Self.first(of: try await addresses(of: host, target), within: time) { address, time in
          try await Self.bootstrap(loop, time).connect(host: address, port: port, channelInitializer: initialize)
        }
      case .socket(let path):
        return try await Self.bootstrap(loop, time).connect(
          unixDomainSocketPath: path, channelInitializer: initialize)
      }
    } catch let failure as ForwardFailure {
      throw failure
    } catch {
      try Task.checkCancellation()
      throw ForwardFailure(.unreachable, "\(error)")
    }
  }

  private static func bootstrap(_ loop: any EventLoop, _ time: Duration) -> ClientBootstrap {
    ClientBootstrap(group: loop).connectTimeout(TimeAmount(time)).channelOption(.tcpOption(.tcp_nodelay), value: 1)
  }

  /// Tries one address after the other, each for its share of what is left of the time.
  private static func first(
    of addresses: [String], within time: Duration,
    _ connect: (_ address: String, _ time: Duration) async throws -> UpstreamConnection
  ) async throws -> UpstreamConnection {
    let end = ContinuousClock.now + time
    for (index, address) in addresses.dropLast().enumerated() {
      do {
        return try await connect(address, ContinuousClock.now.duration(to: end) / (addresses.count - index))
      } catch {
        try Task.checkCancellation()
      }
    }
    guard let last = addresses.last else { throw HostNames.Failure.unknown }
    return try await connect(last, ContinuousClock.now.duration(to: end))
  }

  /// Where a connection goes: to an address that was checked, not to a name that may lead elsewhere a moment later. No name is looked up on an event loop's threads.
  private func addresses(of host: String, _ target: ForwardTarget) async throws -> [String] {
    guard ClientAddress(host) == nil, host != "localhost" else { return [host] }
    guard let outbound else {
      do { return try await names.addresses(of: host).map(\.description) } catch let failure as HostNames.Failure {
        throw ForwardFailure(.unreachable, "\(host): no address (\(failure))")
      }
    }
    do { return [try await outbound.target(target.description).address] } catch let failure as OutboundFailure {
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

  private func free(_ connection: UpstreamConnection, _ target: ForwardTarget, _ trust: Int) {
    let place = Place(target: target, loop: ObjectIdentifier(connection.channel.eventLoop))
    let entry = Idle(connection: connection, trust: trust)
    let surplus: Idle? = idle.withLock { idle in
      guard !isShut.withLock({ $0 }) else { return entry }
      idle[place, default: []].append(entry)
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
